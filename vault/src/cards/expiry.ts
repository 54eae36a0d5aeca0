/** A card is good to the end of its month, wherever on earth that comes last (UTC-12). */
const lastZoneMs = 12 * 3_600_000

/** What of an expiry date lies in the past: the year, the month of this year, or nothing. */
export function isPast(expMonth: number, expYear: number, nowMs: number): 'year' | 'month' | null {
  const now = new Date(nowMs - lastZoneMs)
  const year = now.getUTCFullYear()
  if (expYear < year) return 'year'
  return expYear === year && expMonth < now.getUTCMonth() + 1 ? 'month' : null
}
