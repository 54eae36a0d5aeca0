export interface Timers {
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  every(ms: number, run: () => void): { stop(): void }
  after(ms: number, run: () => void): { cancel(): void }
}

/** Built on a single primitive, so that real and manual timers cannot differ in anything but the waiting. */
export function timersOver(schedule: (ms: number, run: () => void) => () => void): Timers {
  return {
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const cancel = schedule(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        function onAbort(): void {
          cancel()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
    every(ms, run) {
      let stopped = false
      let cancel = schedule(ms, tick)
      function tick(): void {
        cancel = schedule(ms, tick)
        run()
        if (stopped) cancel()
      }
      return {
        stop() {
          stopped = true
          cancel()
        },
      }
    },
    after: (ms, run) => ({ cancel: schedule(ms, run) }),
  }
}

/** A waiting timer keeps the process alive; whoever starts one ends it. */
export const realTimers: Timers = timersOver((ms, run) => {
  const handle = setTimeout(run, ms)
  return () => clearTimeout(handle)
})

interface Scheduled {
  dueMs: number
  run: () => void
}

/** Timers for tests: time passes by `advance` alone. */
export class ManualTimers implements Timers {
  readonly #clock: { advance(ms: number): void } | undefined
  readonly #scheduled = new Set<Scheduled>()
  readonly #timers: Timers
  #nowMs = 0

  /** The clock, when given, moves along with the timers. */
  constructor(clock?: { advance(ms: number): void }) {
    this.#clock = clock
    this.#timers = timersOver((ms, run) => {
      const entry = { dueMs: this.#nowMs + Math.max(1, ms), run }
      this.#scheduled.add(entry)
      return () => this.#scheduled.delete(entry)
    })
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#timers.sleep(ms, signal)
  }

  every(ms: number, run: () => void): { stop(): void } {
    return this.#timers.every(ms, run)
  }

  after(ms: number, run: () => void): { cancel(): void } {
    return this.#timers.after(ms, run)
  }

  get waiting(): number {
    return this.#scheduled.size
  }

  /** Runs what falls due on the way, in order of time, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      const next = this.#nextDue(untilMs)
      if (next === undefined) break
      this.#moveTo(next.dueMs)
      this.#scheduled.delete(next)
      next.run()
    }
    this.#moveTo(untilMs)
  }

  #nextDue(untilMs: number): Scheduled | undefined {
    let first: Scheduled | undefined
    for (const entry of this.#scheduled) {
      if (entry.dueMs <= untilMs && (first === undefined || entry.dueMs < first.dueMs)) first = entry
    }
    return first
  }

  #moveTo(ms: number): void {
    const passedMs = ms - this.#nowMs
    this.#nowMs = ms
    this.#clock?.advance(passedMs)
  }
}
