/** ISO 3166-1 alpha-2, officially assigned codes (249 since 2011). */
const assigned =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG ' +
  'CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL ' +
  'GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA ' +
  'LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP ' +
  'NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV ' +
  'SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'

/** Those that people live in or buy from, as a form lists them. */
export const assignedCountries: readonly string[] = assigned.split(' ')

/** User-assigned codes that tax law and banks use: Kosovo, and Northern Ireland as the EU's customs and VAT systems name it. */
const inUse = 'XI XK'

const known: ReadonlySet<string> = new Set(`${assigned} ${inUse}`.split(' '))

/** Member states of the EU since 2020-02-01. */
const members: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
)

/** Countries that belong to the tax territory of another: article 7 of Directive 2006/112/EC. */
const partOf: Readonly<Record<string, string>> = { IM: 'GB', MC: 'FR' }

/** Upper case; undefined for anything that is not a country's code. EL and UK are not: they are spellings of VIES and of habit. */
export function findCountry(text: string): string | undefined {
  const code = text.toUpperCase()
  return known.has(code) ? code : undefined
}

/** The country whose tax is due in a country: Monaco is taxed as France. */
export function taxTerritoryOf(country: string): string {
  return partOf[country] ?? country
}

export function isInEu(country: string): boolean {
  return members.has(taxTerritoryOf(country))
}

/**
 * The country that a checked tax id belongs to, by its prefix. VIES writes EL for Greece, and XI for Northern Ireland, whose
 * businesses count as businesses of the EU while Great Britain's do not.
 */
export function countryOfTaxId(taxId: string): string {
  const prefix = taxId.slice(0, 2)
  return prefix === 'EL' ? 'GR' : prefix
}
