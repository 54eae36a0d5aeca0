import type { Clock } from '@tessera/lib/clock'
import type { Timers } from '@tessera/lib/timers'
import { type Result, refuse } from '../refusals.ts'

/** How long a repeated request waits for the first one's answer. */
const waitMs = 10_000
const firstPauseMs = 15
const longestPauseMs = 400

/** Looks again and again, with growing pauses, until there is something to say: null means that the first still runs. */
export async function waitForFirst<T>(
  parts: { clock: Clock; timers: Timers },
  look: () => Promise<Result<T> | null>,
): Promise<Result<T>> {
  const deadlineMs = parts.clock.monotonicMs() + waitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.7, longestPauseMs)) {
    const seen = await look()
    if (seen !== null) return seen
    if (parts.clock.monotonicMs() + pauseMs > deadlineMs) return refuse({ refusal: 'idempotency_key_in_use' })
    await parts.timers.sleep(pauseMs)
  }
}
