import { type DatedRate, ratesCheckedOn } from './dated-rate.ts'

/**
 * Standard rates by country, as facts. Sources: the European Commission's TEDB ("Taxes in Europe Database") for the EU, XI
 * and the neighbours; for the others the tax authority's own pages (GOV.UK, ESTV, Skatteetaten, Skatturinn, ATO, IRD, IRAS,
 * NTA, CBIC, CRA, FTA). A row's day is the first of its rate; earlier rates are listed where their days are known too.
 */
const since = (validFrom: string, rateMillionths: number): DatedRate => [validFrom, rateMillionths]
const known = (rateMillionths: number): DatedRate => [ratesCheckedOn, rateMillionths]

export const nationalRates: Readonly<Record<string, readonly DatedRate[]>> = {
  // The EU.
  AT: [since('1984-01-01', 200_000)],
  BE: [since('1996-01-01', 210_000)],
  BG: [since('1999-01-01', 200_000)],
  CY: [since('2014-01-13', 190_000)],
  CZ: [since('2013-01-01', 210_000)],
  DE: [since('2007-01-01', 190_000), since('2020-07-01', 160_000), since('2021-01-01', 190_000)],
  DK: [since('1992-01-01', 250_000)],
  EE: [since('2009-07-01', 200_000), since('2024-01-01', 220_000), since('2025-07-01', 240_000)],
  ES: [since('2012-09-01', 210_000)],
  FI: [since('2013-01-01', 240_000), since('2024-09-01', 255_000)],
  FR: [since('2014-01-01', 200_000)],
  GR: [since('2016-06-01', 240_000)],
  HR: [since('2012-03-01', 250_000)],
  HU: [since('2012-01-01', 270_000)],
  IE: [since('2012-01-01', 230_000), since('2020-09-01', 210_000), since('2021-03-01', 230_000)],
  IT: [since('2013-10-01', 220_000)],
  LT: [since('2009-09-01', 210_000)],
  LU: [since('2015-01-01', 170_000), since('2023-01-01', 160_000), since('2024-01-01', 170_000)],
  LV: [since('2012-07-01', 210_000)],
  MT: [since('2004-01-01', 180_000)],
  NL: [since('2012-10-01', 210_000)],
  PL: [since('2011-01-01', 230_000)],
  PT: [since('2011-01-01', 230_000)],
  RO: [since('2017-01-01', 190_000), since('2025-08-01', 210_000)],
  SE: [since('1990-07-01', 250_000)],
  SI: [since('2013-07-01', 220_000)],
  SK: [since('2011-01-01', 200_000), since('2025-01-01', 230_000)],

  // Its neighbours.
  AD: [since('2013-01-01', 45_000)],
  AL: [known(200_000)],
  BA: [since('2006-01-01', 170_000)],
  CH: [since('2018-01-01', 77_000), since('2024-01-01', 81_000)],
  GB: [since('2011-01-04', 200_000)],
  GE: [known(180_000)],
  IS: [since('2015-01-01', 240_000)],
  LI: [since('2018-01-01', 77_000), since('2024-01-01', 81_000)],
  MD: [known(200_000)],
  ME: [since('2018-01-01', 210_000)],
  MK: [known(180_000)],
  NO: [since('2005-01-01', 250_000)],
  RS: [since('2012-10-01', 200_000)],
  TR: [since('2023-07-10', 200_000)],
  UA: [known(200_000)],
  XI: [since('2021-01-01', 200_000)],
  XK: [since('2015-09-01', 180_000)],

  // Elsewhere. Canada's provinces are in canada.ts, the United States in united-states.ts.
  AE: [since('2018-01-01', 50_000)],
  AU: [since('2000-07-01', 100_000)],
  CA: [since('2008-01-01', 50_000)],
  IN: [since('2017-07-01', 180_000)],
  JP: [since('2019-10-01', 100_000)],
  NZ: [since('2010-10-01', 150_000)],
  SG: [since('2007-07-01', 70_000), since('2023-01-01', 80_000), since('2024-01-01', 90_000)],
}

const otherNames: Readonly<Record<string, string>> = {
  AU: 'GST',
  CA: 'GST',
  IN: 'GST',
  JP: 'Consumption tax',
  NZ: 'GST',
  SG: 'GST',
}

/** What a country's tax is called on a bill. */
export function taxNameOf(territory: string): string {
  if (!Object.hasOwn(nationalRates, territory)) return 'Tax'
  return otherNames[territory] ?? 'VAT'
}
