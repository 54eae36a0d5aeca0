/**
 * The last net before a log line: callers must not log card numbers or secrets in the first place, but error messages
 * of other people's code quote what they were given (PCI DSS 3.5.1 counts logs as storage).
 */

export const maskedCard = '[card number]'
export const maskedDigits = '[digits]'

// Up to two separators between digits; a colon or a letter ends a run, so that timestamps and ids are left alone.
const digitRun = /\d(?:(?:[ \t\u00a0._+-]|%20){0,2}\d){12,}/g
const groupOrSpace = /%20|\d+/g
const shortestCard = 13
const longestCard = 19

const secretPatterns: readonly (readonly [RegExp, string])[] = [
  [/(tsk_|pk_live_|whsec_|tok_|inflow_priv_)[A-Za-z0-9_+/=-]{8,}/g, '$1[masked]'],
  [/\b([Bb]earer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g, '$1 [masked]'],
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
 * Masks every window of 13 to 19 digits that begins and ends where a group does and passes Luhn, so that an amount or a
 * year beside a grouped number does not hide it; overlapping windows are masked as one, since each may be the number. A
 * single group longer than any card is masked whole.
 */
function maskRun(run: string): string {
  const groups = [...run.matchAll(groupOrSpace)]
    .filter((match) => match[0] !== '%20')
    .map((match) => ({ digits: match[0], start: match.index, end: match.index + match[0].length }))
  let masked = ''
  let copiedTo = 0
  for (let first = 0; first < groups.length; first++) {
    let last = lastMaskable(groups, first)
    if (last === undefined) continue
    const from = first
    while (++first <= last) last = Math.max(last, lastMaskable(groups, first) ?? last)
    first = last
    masked += run.slice(copiedTo, groups[from]?.start) + (isOverlong(groups[from]) ? maskedDigits : maskedCard)
    copiedTo = groups[last]?.end ?? run.length
  }
  return masked + run.slice(copiedTo)
}

function isOverlong(group: { digits: string } | undefined): boolean {
  return group !== undefined && group.digits.length > longestCard
}

/** Where the longest window that must go ends, of those that begin with the group `first`. */
function lastMaskable(groups: readonly { digits: string }[], first: number): number | undefined {
  if (isOverlong(groups[first])) return first
  let found: number | undefined
  let digits = ''
  for (let last = first; last < groups.length; last++) {
    digits += groups[last]?.digits ?? ''
    if (digits.length > longestCard) break
    if (digits.length >= shortestCard && passesLuhn(digits)) found = last
  }
  return found
}
