import type { Clock } from '@tessera/lib/clock'
import { type Timers, timersOver } from '@tessera/lib/timers'
import type { Planned, Scheduler } from './scheduler.ts'

/** How long a message takes there and back. */
export interface Wire {
  outMs: number
  backMs: number
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})

/**
 * One process while it lives. After a crash none of its continuations ever runs: no answer is handed to it, no timer fires,
 * and what it had not sent yet is not sent.
 */
export class Life {
  readonly name: string
  isAlive = true
  /** Wall time of this machine is off by so much. */
  skewMs = 0
  readonly #scheduler: Scheduler
  readonly #startMs: number
  readonly #onCrash: (() => void)[] = []

  constructor(name: string, scheduler: Scheduler, startMs: number) {
    this.name = name
    this.#scheduler = scheduler
    this.#startMs = startMs
  }

  readonly clock: Clock = {
    now: () => Math.floor(this.#startMs + this.#scheduler.nowMs + this.skewMs),
    monotonicMs: () => this.#scheduler.nowMs,
  }

  /** `stretched` says how late timers are; late is always allowed. */
  timers(label: string, stretched: (ms: number) => number = (ms) => ms): Timers {
    return timersOver((ms, run) => {
      const planned = this.after(Math.max(1, stretched(ms)), label, run)
      return () => planned.cancel()
    })
  }

  after(delayMs: number, label: string, run: () => void): Planned {
    return this.#scheduler.after(delayMs, `${this.name} ${label}`, () => {
      if (this.isAlive) run()
    })
  }

  /**
   * A call that leaves this process: `perform` runs elsewhere, even when this process has died meanwhile (its request was on the
   * way), unless `survivesCrash` says otherwise. Its answer is handed over if this process still lives.
   */
  call<T>(
    label: string,
    wire: Wire,
    perform: () => T | Promise<T>,
    survivesCrash: () => boolean = () => true,
  ): Promise<T> {
    if (!this.isAlive) return never()
    return new Promise<T>((resolve, reject) => {
      this.#scheduler.after(wire.outMs, `${this.name} ${label}`, async () => {
        if (!this.isAlive && !survivesCrash()) return
        const settle = await Promise.resolve()
          .then(perform)
          .then(
            (value) => () => resolve(value),
            (error: unknown) => () => reject(error),
          )
        this.after(wire.backMs, `${label} answered`, settle)
      })
    })
  }

  whenCrashed(run: () => void): void {
    this.#onCrash.push(run)
  }

  crash(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#scheduler.log.note(`${this.name} crashes`)
    for (const run of this.#onCrash) run()
  }
}
