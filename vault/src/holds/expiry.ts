import type { Clock } from '@tessera/lib/clock'
import type { ExpiryRows } from '../store/expiry.ts'

const batchRows = 500
const batchesPerRunMax = 40
/** A used token is told from an unknown one for this long after it expired. */
const tombstoneMs = 24 * 3_600_000
const stepMarkMs = 30 * 24 * 3_600_000
/** Clocks of several vaults, and tokens that are stored a moment after their time was taken. */
const overlapMs = 5 * 60_000

export interface Expiry {
  /** Removes what is past its time, in bounded batches. Resolves with the number of rows. */
  run(): Promise<number>
}

export function createExpiry(rows: ExpiryRows, clock: Clock): Expiry {
  // Tombstones behind this are known to be empty, so that a run does not walk over a day of them.
  let emptiedUntilMs: number | null = null

  async function repeat(remove: () => Promise<number>): Promise<number> {
    let total = 0
    for (let batch = 0; batch < batchesPerRunMax; batch += 1) {
      const count = await remove()
      total += count
      if (count < batchRows) break
    }
    return total
  }

  return {
    async run() {
      const nowMs = clock.now()
      const fromMs = emptiedUntilMs ?? nowMs - tombstoneMs - overlapMs
      const emptied = await repeat(() => rows.emptyTokens(Math.min(fromMs, nowMs - overlapMs), nowMs, batchRows))
      if (emptied < batchRows * batchesPerRunMax) emptiedUntilMs = nowMs - overlapMs
      const ended = await repeat(() => rows.endHolds(nowMs, batchRows))
      const removed = await repeat(() => rows.deleteTombstones(nowMs - tombstoneMs, batchRows))
      const forgotten = await repeat(() => rows.deleteStepMarks(nowMs - stepMarkMs, batchRows))
      return emptied + ended + removed + forgotten
    },
  }
}
