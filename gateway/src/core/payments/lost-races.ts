import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { PaymentId } from '../ids.ts'

export interface RaceParts {
  timers: Timers
  random: Random
}

/** Deciders of one payment at one moment are few; more lost races than this mean that something is wrong. */
const racesMax = 25
const firstPauseMs = 4
const longestPauseMs = 200

/**
 * For whoever decides on a payment as it stands and records that, which only one of several at once can. Waits after each
 * race that was lost, longer each time and not as long as the other losers; throws after the last, some three seconds later.
 */
export function lostRaces({ timers, random }: RaceParts, paymentId: PaymentId): () => Promise<void> {
  let lost = 0
  return async () => {
    lost += 1
    if (lost === racesMax) throw new Error(`payment ${paymentId} changed under ${racesMax} decisions in a row`)
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (lost - 1))
    await timers.sleep(pauseMs * (0.5 + random.unit() / 2))
  }
}
