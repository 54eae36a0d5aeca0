export interface Clock {
  /** Wall time, epoch milliseconds. May jump; never measure a duration with it. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. For durations and deadlines inside one process. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}

/**
 * Wall time moved by an offset, for tests of a running deployment. Monotonic time is left alone: moving an hour forward
 * must not break the deadlines of calls that are in flight.
 */
export class OffsetClock implements Clock {
  readonly #inner: Clock
  offsetMs = 0

  constructor(inner: Clock) {
    this.#inner = inner
  }

  now(): number {
    return this.#inner.now() + this.offsetMs
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs()
  }

  advance(ms: number): void {
    this.offsetMs += ms
  }
}

/** Stands still until told. `set` moves wall time alone, as an operator who corrects the clock does. */
export class ManualClock implements Clock {
  #nowMs: number
  #monotonicMs = 0

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  advance(ms: number): void {
    this.#nowMs += ms
    this.#monotonicMs += ms
  }

  set(ms: number): void {
    this.#nowMs = ms
  }
}
