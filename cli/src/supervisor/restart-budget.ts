import type { Clock } from '@tessera/lib/clock'

const windowMs = 60_000
const restartsMax = 10
const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * How often a process that dies is started again: after 100 ms, then twice as long each time up to 5 s, ten times within
 * one minute at most. What runs for a minute starts over with a full budget.
 */
export class RestartBudget {
  readonly #clock: Clock
  #restartsMs: number[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long to wait before the next restart, or that there will be none. */
  take(): { pauseMs: number } | 'exhausted' {
    const nowMs = this.#clock.monotonicMs()
    this.#restartsMs = this.#restartsMs.filter((restartMs) => nowMs - restartMs < windowMs)
    if (this.#restartsMs.length >= restartsMax) return 'exhausted'
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#restartsMs.length)
    this.#restartsMs.push(nowMs)
    return { pauseMs }
  }
}
