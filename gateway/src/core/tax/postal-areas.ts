import type { DatedRate } from './dated-rate.ts'

/**
 * Parts of countries with a rate of their own, or outside the EU's VAT area (articles 6 and 7 of Directive 2006/112/EC; French
 * overseas departments are third territories to all other taxpayers), told apart by the beginning of the postal code. Places
 * that have a country code of their own (AX, GP, RE …) are known by that as well.
 */
interface PostalArea {
  /** ISO 3166-2; null for a single town. */
  region: string | null
  prefixes: readonly string[]
  /** Null: outside the VAT area. */
  rates: readonly DatedRate[] | null
}

const outside = (region: string | null, ...prefixes: string[]): PostalArea => ({ region, prefixes, rates: null })

const areas: Readonly<Record<string, readonly PostalArea[]>> = {
  // Büsingen, Helgoland.
  DE: [outside(null, '78266', '27498')],
  // The Canary Islands, Ceuta, Melilla.
  ES: [outside('ES-CN', '35', '38'), outside('ES-CE', '51'), outside('ES-ML', '52')],
  // Åland.
  FI: [outside('FI-01', '22')],
  FR: ['971', '972', '973', '974', '975', '976', '977', '978', '984', '986', '987', '988'].map((prefix) =>
    outside(`FR-${prefix}`, prefix),
  ),
  // Mount Athos.
  GR: [outside('GR-69', '63086')],
  // Livigno, Campione d'Italia.
  IT: [outside(null, '23041', '22061')],
  PT: [
    { region: 'PT-20', prefixes: ['95', '96', '97', '98', '99'], rates: [['2021-07-01', 160_000]] },
    { region: 'PT-30', prefixes: ['90', '91', '92', '93', '94'], rates: [['2012-04-01', 220_000]] },
  ],
}

export function postalAreaOf(country: string, postalCode: string): PostalArea | undefined {
  // Some people write the country before the code: "FI-22100".
  const compact = postalCode.replace(/^[A-Za-z]{1,3}/, '').replace(/[\s-]/g, '')
  return areas[country]?.find(({ prefixes }) => prefixes.some((prefix) => compact.startsWith(prefix)))
}
