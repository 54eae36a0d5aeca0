import type { Clock } from '@tessera/lib/clock'
import type { Timers } from '@tessera/lib/timers'

/** Why everything is to stop. `failed` is an end that the operator did not ask for. */
export interface StopReason {
  kind: 'asked' | 'failed'
  text: string
}

export class Stopped extends Error {
  override name = 'Stopped'
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(reason.text)
    this.reason = reason
  }
}

/** One wish to stop, from whoever utters it first. */
export class StopRequest {
  readonly #controller = new AbortController()

  /** Aborts with a `Stopped`. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  ask(kind: StopReason['kind'], text: string): void {
    if (!this.signal.aborted) this.#controller.abort(new Stopped({ kind, text }))
  }

  wait(): Promise<StopReason> {
    return new Promise((resolve) => {
      const answer = () => resolve((this.signal.reason as Stopped).reason)
      if (this.signal.aborted) answer()
      else this.signal.addEventListener('abort', answer, { once: true })
    })
  }

  /** The value of `promise`, or a rejection with `Stopped` when the wish comes first. */
  during<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(this.signal.reason)
      if (this.signal.aborted) stop()
      else this.signal.addEventListener('abort', stop, { once: true })
      promise.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', stop))
    })
  }
}

/** Ctrl-C comes twice at once: from the terminal, and passed on by npm. A person's second one comes later. */
const sameSignalMs = 500

/**
 * Hears whoever wants an end: signals, a bug in the supervisor itself, and, under npm, the loss of the parent, since after
 * `kill -9` of npm nobody would ever stop us. A second signal calls `onImpatience`. Answers how to stop hearing.
 */
export function listenForStops(
  request: StopRequest,
  o: { clock: Clock; timers: Timers; onImpatience(): void; onPoll(): void },
): () => void {
  let firstMs: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const nowMs = o.clock.monotonicMs()
    firstMs ??= nowMs
    request.ask('asked', signal)
    if (nowMs - firstMs > sameSignalMs) o.onImpatience()
  }
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, onSignal)
  const onBug = (error: unknown) => {
    request.ask('failed', `a bug: ${error instanceof Error ? error.stack : String(error)}`)
  }
  process.on('uncaughtException', onBug)
  const parent = process.ppid
  const underNpm = process.env.npm_lifecycle_event !== undefined
  const poll = o.timers.every(500, () => {
    if (underNpm && process.ppid !== parent) request.ask('asked', 'npm is gone')
    o.onPoll()
  })
  return () => {
    poll.stop()
    for (const signal of signals) process.off(signal, onSignal)
    process.off('uncaughtException', onBug)
  }
}
