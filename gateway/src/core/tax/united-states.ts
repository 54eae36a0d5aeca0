import { type DatedRate, ratesCheckedOn } from './dated-rate.ts'

/**
 * State sales tax that every place in the state charges; cities and counties add their own, and a ZIP does not tell which.
 * Sources: the states' departments of revenue, as collected in August 2026 (taxlocus-data, CC BY 4.0; Tax Foundation, "State
 * and Local Sales Tax Rates"). California, Nevada and Virginia include the part that is levied for all localities alike.
 */
const baseRates: Readonly<Record<string, number>> = {
  AK: 0,
  AL: 40_000,
  AR: 65_000,
  AZ: 56_000,
  CA: 72_500,
  CO: 29_000,
  CT: 63_500,
  DC: 60_000,
  DE: 0,
  FL: 60_000,
  GA: 40_000,
  HI: 40_000,
  IA: 60_000,
  ID: 60_000,
  IL: 62_500,
  IN: 70_000,
  KS: 65_000,
  KY: 60_000,
  LA: 50_000,
  MA: 62_500,
  MD: 60_000,
  ME: 55_000,
  MI: 60_000,
  MN: 68_750,
  MO: 42_250,
  MS: 70_000,
  MT: 0,
  NC: 47_500,
  ND: 50_000,
  NE: 55_000,
  NH: 0,
  NJ: 66_250,
  NM: 48_750,
  NV: 68_500,
  NY: 40_000,
  OH: 57_500,
  OK: 45_000,
  OR: 0,
  PA: 60_000,
  RI: 70_000,
  SC: 60_000,
  SD: 42_000,
  TN: 70_000,
  TX: 62_500,
  UT: 48_500,
  VA: 53_000,
  VT: 60_000,
  WA: 65_000,
  WI: 50_000,
  WV: 60_000,
  WY: 40_000,
}

/** Rates that changed lately, with the days. */
const changes: Readonly<Record<string, readonly DatedRate[]>> = {
  LA: [
    ['2018-07-01', 44_500],
    ['2025-01-01', 50_000],
  ],
  NM: [
    ['2022-07-01', 50_000],
    ['2023-07-01', 48_750],
  ],
  SD: [
    ['2016-06-01', 45_000],
    ['2023-07-01', 42_000],
  ],
}

/** Undefined for what is no state with a rate of its own: territories and military post. */
export function stateRates(state: string): readonly DatedRate[] | undefined {
  if (!Object.hasOwn(baseRates, state)) return undefined
  return changes[state] ?? [[ratesCheckedOn, baseRates[state] as number]]
}

/**
 * The first three digits of a ZIP lead to a post office region, and each region lies in one state (USPS, Labeling List L002).
 * PR, VI, GU are territories; AA, AE, AP are the forces abroad.
 */
const prefixes: readonly (readonly [state: string, ranges: string])[] = [
  ['AK', '995-999'],
  ['AL', '350-352 354-369'],
  ['AR', '716-729'],
  ['AZ', '850-853 855-857 859-860 863-865'],
  ['CA', '900-908 910-928 930-961'],
  ['CO', '800-816'],
  ['CT', '060-069'],
  ['DC', '200 202-205 569'],
  ['DE', '197-199'],
  ['FL', '320-339 341-342 344 346-347 349'],
  ['GA', '300-319 398-399'],
  ['HI', '967-968'],
  ['IA', '500-516 520-528'],
  ['ID', '832-838'],
  ['IL', '600-620 622-629'],
  ['IN', '460-479'],
  ['KS', '660-662 664-679'],
  ['KY', '400-427'],
  ['LA', '700-701 703-708 710-714'],
  ['MA', '010-027 055'],
  ['MD', '206-212 214-219'],
  ['ME', '039-049'],
  ['MI', '480-499'],
  ['MN', '550-551 553-567'],
  ['MO', '630-631 633-641 644-658'],
  ['MS', '386-397'],
  ['MT', '590-599'],
  ['NC', '270-289'],
  ['ND', '580-588'],
  ['NE', '680-681 683-693'],
  ['NH', '030-038'],
  ['NJ', '070-089'],
  ['NM', '870-871 873-884'],
  ['NV', '889-891 893-895 897-898'],
  ['NY', '005 100-149'],
  ['OH', '430-459'],
  ['OK', '730-731 734-741 743-749'],
  ['OR', '970-979'],
  ['PA', '150-196'],
  ['RI', '028-029'],
  ['SC', '290-299'],
  ['SD', '570-577'],
  ['TN', '370-385'],
  ['TX', '733 750-799 885'],
  ['UT', '840-847'],
  ['VA', '201 220-246'],
  ['VT', '050-054 056-059'],
  ['WA', '980-986 988-994'],
  ['WI', '530-532 534-535 537-549'],
  ['WV', '247-268'],
  ['WY', '820-831'],
  ['PR', '006-007 009'],
  ['VI', '008'],
  ['GU', '969'],
  ['AA', '340'],
  ['AE', '090-098'],
  ['AP', '962-966'],
]

/** Single ZIPs that lie across the border of their region: Fishers Island, and American Samoa. */
const strays: Readonly<Record<string, string>> = { '06390': 'NY', '96799': 'AS' }

const stateOfPrefix: ReadonlyMap<string, string> = new Map(
  prefixes.flatMap(([state, ranges]) =>
    ranges.split(' ').flatMap((range) => expand(range).map((each) => [each, state])),
  ),
)

function expand(range: string): string[] {
  const [first = '', last = first] = range.split('-')
  const count = Number(last) - Number(first) + 1
  return Array.from({ length: count }, (_, index) => String(Number(first) + index).padStart(3, '0'))
}

const zipShape = /^(\d{3})\d{2}(?:[ -]?\d{4})?$/

/** From a ZIP of five or nine digits; undefined for anything else, prefixes that the USPS has not given out among it. */
export function stateOfZip(postalCode: string): string | undefined {
  const zip = postalCode.trim()
  const prefix = zipShape.exec(zip)?.[1]
  if (prefix === undefined) return undefined
  return strays[zip.slice(0, 5)] ?? stateOfPrefix.get(prefix)
}
