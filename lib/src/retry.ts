import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import type { Timers } from './timers.ts'

export interface RetryOptions {
  /** Runs in all, the first included. */
  attempts: number
  firstPauseMs: number
  maxPauseMs: number
  /** Counted from the call; no run begins after it. A run that is under way is not cut. */
  deadlineMs: number
  isRetryable(error: unknown): boolean
  clock: Clock
  timers: Timers
  random: Random
}

/** Runs until it succeeds; throws the last error as it came. Pauses double, and half of each is chance. */
export async function retry<T>(run: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, firstPauseMs, maxPauseMs, isRetryable, clock, timers, random } = options
  const giveUpAtMs = clock.monotonicMs() + options.deadlineMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt)
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error
      const fullPauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (attempt - 1))
      const pauseMs = fullPauseMs * (0.5 + random.unit() / 2)
      if (clock.monotonicMs() + pauseMs > giveUpAtMs) throw error
      await timers.sleep(pauseMs)
    }
  }
}
