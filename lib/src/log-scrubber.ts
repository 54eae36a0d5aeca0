/**
 * The last net before a log line: callers must not log card numbers or secrets in the first place, but error messages
 * of other people's code quote what they were given (PCI DSS 3.5.1 counts logs as storage).
 */

export const maskedCard = '[card number]'
export const maskedDigits = '[digits]'

// Up to two separators between digits; a colon or a letter ends a run, so that timestamps and ids are left alone.
const digitRun = /\d(?:(?:[ \t\u00a0._+-]|%20){0,2}\d){12,}/g
const digitGroup = /\d+/g
const shortestCard = 13
const longestCard = 19

const secretPatterns: readonly (readonly [RegExp, string])[] = [
  [/(tsk_|pk_live_|whsec_|tok_|inflow_priv_)[A-Za-z0-9_+/=-]{8,}/g, '$1[masked]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [masked]'],
  [/(:\/\/[^\s/:@]*):[^\s/@]+@/g, '$1:[masked]@'],
]

export function scrub(text: string): string {
  let scrubbed = text.replace(digitRun, maskRun)
  for (const [pattern, replacement] of secretPatterns) scrubbed = scrubbed.replace(pattern, replacement)
  return scrubbed
}

/** ISO/IEC 7812-1 Annex B, over ASCII digits. */
function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * Masks the windows of 13 to 19 digits that begin and end where a group does and pass Luhn, so that an amount or a year
 * beside a grouped number does not hide it. A single group longer than any card is masked whole.
 */
function maskRun(run: string): string {
  const groups = [...run.matchAll(digitGroup)].map((match) => ({
    digits: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }))
  let masked = ''
  let copiedTo = 0
  for (let first = 0; first < groups.length; first++) {
    const found = maskableFrom(groups, first)
    if (found === undefined) continue
    masked += run.slice(copiedTo, groups[first]?.start) + found.mask
    copiedTo = groups[found.last]?.end ?? run.length
    first = found.last
  }
  return masked + run.slice(copiedTo)
}

function maskableFrom(
  groups: readonly { digits: string }[],
  first: number,
): { last: number; mask: string } | undefined {
  let digits = ''
  for (let last = first; last < groups.length; last++) {
    digits += groups[last]?.digits ?? ''
    if (digits.length > longestCard) return last === first ? { last, mask: maskedDigits } : undefined
    if (digits.length >= shortestCard && passesLuhn(digits)) return { last, mask: maskedCard }
  }
  return undefined
}
