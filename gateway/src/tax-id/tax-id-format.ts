import { checkVAT, countries } from 'jsvat'
import { countryOfTaxId } from '../core/tax/countries.ts'

export interface FormatCheck {
  /** Upper case, without separators, with the prefix that VIES uses. */
  taxId: string
  /** `unknown`: there is no rule for ids of this country. */
  verdict: 'well_formed' | 'malformed' | 'unknown'
}

type Rule = (typeof countries)[number]

/** By ISO code. Not among them: `EU`, whose "check" accepts any nine digits. */
const rules: ReadonlyMap<string, Rule> = new Map(
  countries.filter(({ name }) => name !== 'Europe').map((rule) => [rule.codes[0] as string, rule]),
)

/** Prefixes that are not the country's ISO code: Greece's own, and territories whose businesses have ids of another country. */
const prefixes: Readonly<Record<string, string>> = { GR: 'EL', IM: 'GB', MC: 'FR' }

/** No id is longer, with its prefix; the longest are Sweden's and Switzerland's, with 14 and 16. */
const longest = 20

/**
 * Shape and check digits of a tax id, as people write it: in any case, with blanks, points and dashes, with its country's
 * prefix or without. An id with a prefix of another country is taken for what it says it is.
 */
export function checkFormat(text: string, country: string): FormatCheck {
  // Old Irish numbers may hold + or *.
  const written = text.toUpperCase().replace(/[^A-Z0-9+*]/g, '')
  const code = country.toUpperCase()
  const own = prefixes[code] ?? code
  if (written.length > longest) return { taxId: written.slice(0, longest), verdict: 'malformed' }

  const prefixed = written.startsWith('GR') ? `EL${written.slice(2)}` : written
  for (const taxId of [prefixed, own + written]) {
    if (followsRule(taxId)) return { taxId, verdict: 'well_formed' }
  }
  const taxId = prefixed.startsWith(own) ? prefixed : own + written
  return { taxId, verdict: rules.has(ruleCodeOf(own)) ? 'malformed' : 'unknown' }
}

function followsRule(taxId: string): boolean {
  const rule = rules.get(ruleCodeOf(taxId))
  if (rule === undefined) return false
  // A business of Northern Ireland has the number of its British registration.
  const asWritten = taxId.startsWith('XI') ? `GB${taxId.slice(2)}` : taxId
  return checkVAT(asWritten, [rule]).isValid
}

function ruleCodeOf(prefix: string): string {
  const code = countryOfTaxId(prefix)
  return code === 'XI' ? 'GB' : code
}
