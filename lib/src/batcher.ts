import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import { retry } from './retry.ts'
import type { Timers } from './timers.ts'

/**
 * Natural batching: while one commit is in flight, arriving rows form the next batch. No timer, so a lone row waits for
 * nothing; under load batches grow by themselves.
 */
export interface BatcherOptions<Row, Outcome> {
  /** Told in errors. */
  name: string
  /** About half of the expected concurrency keeps two lanes busy. */
  maxBatch?: number
  /** Batches in flight at once. */
  lanes?: number
  maxQueued?: number
  /** How long a row may wait before its batch is formed. */
  deadlineMs?: number
  /**
   * At most one row per key is in a batch or in flight; null is free. Two rows of one aggregate in one statement would
   * both see the state before it.
   */
  aggregateKey?: (row: Row) => string | null
  /** One statement, one commit; outcome i belongs to row i. May run again with the same rows. */
  write(rows: readonly Row[]): Promise<readonly Outcome[]>
  /** The error blames a row: the batch is halved down to that row, which alone is rejected. */
  isPoison?(error: unknown): boolean
  /** The same rows run again, bounded. Checked before `isPoison`. */
  isRetryable?(error: unknown): boolean
  clock: Clock
  timers: Timers
  random: Random
}

export interface Batcher<Row, Outcome> {
  /**
   * Resolves after the commit that holds the row. Rejects with QueueFull or QueueDeadlinePassed, when nothing was
   * written; or with the error of `write`, when it may have been.
   */
  submit(row: Row): Promise<Outcome>
  /** Resolves once nothing waits and nothing is in flight. Rows submitted meanwhile are waited for as well. */
  drain(): Promise<void>
  /** Rows that wait, those in flight not counted. */
  readonly queued: number
}

export class QueueFull extends Error {
  constructor(batcher: string) {
    super(`the write queue "${batcher}" is full`)
    this.name = 'QueueFull'
  }
}

export class QueueDeadlinePassed extends Error {
  constructor(batcher: string) {
    super(`a row waited too long in the write queue "${batcher}"`)
    this.name = 'QueueDeadlinePassed'
  }
}

const writeAttempts = 8
const firstPauseMs = 20
const maxPauseMs = 2_000
const writeDeadlineMs = 15_000

interface Entry<Row, Outcome> {
  row: Row
  key: string | null
  /** Order of arrival over all queues. */
  sequence: number
  expiresAtMs: number
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

export function createBatcher<Row, Outcome>(options: BatcherOptions<Row, Outcome>): Batcher<Row, Outcome> {
  return new NaturalBatcher(options)
}

class NaturalBatcher<Row, Outcome> implements Batcher<Row, Outcome> {
  readonly #options: BatcherOptions<Row, Outcome>
  readonly #maxBatch: number
  readonly #lanes: number
  readonly #maxQueued: number
  readonly #deadlineMs: number

  // A row whose key is taken waits behind that key, outside the two ready queues: what is ready can always be taken, so
  // forming a batch never scans past blocked rows. Freed rows are older than most, hence a queue of their own.
  readonly #arrived = new Fifo<Entry<Row, Outcome>>()
  readonly #freed = new Fifo<Entry<Row, Outcome>>()
  readonly #behindKey = new Map<string, Fifo<Entry<Row, Outcome>> | null>()

  #sequence = 0
  #queued = 0
  #busyLanes = 0
  #flushScheduled = false
  readonly #drained: (() => void)[] = []

  constructor(options: BatcherOptions<Row, Outcome>) {
    this.#options = options
    this.#maxBatch = options.maxBatch ?? 128
    this.#lanes = options.lanes ?? 2
    this.#maxQueued = options.maxQueued ?? 4096
    this.#deadlineMs = options.deadlineMs ?? 10_000
  }

  get queued(): number {
    return this.#queued
  }

  submit(row: Row): Promise<Outcome> {
    if (this.#queued >= this.#maxQueued) return Promise.reject(new QueueFull(this.#options.name))
    const key = this.#options.aggregateKey?.(row) ?? null
    const expiresAtMs = this.#options.clock.monotonicMs() + this.#deadlineMs
    return new Promise((resolve, reject) => {
      this.#enqueue({ row, key, sequence: this.#sequence++, expiresAtMs, resolve, reject })
    })
  }

  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #isIdle(): boolean {
    return this.#queued === 0 && this.#busyLanes === 0
  }

  #enqueue(entry: Entry<Row, Outcome>): void {
    this.#queued++
    if (this.#holdBehindKey(entry)) return
    this.#arrived.push(entry)
    this.#scheduleFlush()
  }

  /** Takes the key for this entry, or puts the entry behind the one that has it. */
  #holdBehindKey(entry: Entry<Row, Outcome>): boolean {
    if (entry.key === null) return false
    const waiting = this.#behindKey.get(entry.key)
    if (waiting === undefined) {
      this.#behindKey.set(entry.key, null)
      return false
    }
    if (waiting === null) {
      const line = new Fifo<Entry<Row, Outcome>>()
      line.push(entry)
      this.#behindKey.set(entry.key, line)
    } else {
      waiting.push(entry)
    }
    return true
  }

  /** The entry has its answer: the next row of its key becomes ready and takes the key over. */
  #freeKey(entry: Entry<Row, Outcome>): void {
    if (entry.key === null) return
    const next = this.#behindKey.get(entry.key)?.shift()
    if (next === undefined) {
      this.#behindKey.delete(entry.key)
      return
    }
    this.#freed.push(next)
    this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#busyLanes >= this.#lanes) return
    this.#flushScheduled = true
    setImmediate(() => {
      this.#flushScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#busyLanes < this.#lanes) {
      const batch = this.#takeBatch()
      if (batch.length === 0) break
      this.#busyLanes++
      void this.#runLane(batch)
    }
    this.#announceIdle()
  }

  async #runLane(batch: Entry<Row, Outcome>[]): Promise<void> {
    const giveUpAtMs = this.#options.clock.monotonicMs() + writeDeadlineMs
    await this.#write(batch, giveUpAtMs)
    this.#busyLanes--
    this.#scheduleFlush()
  }

  #announceIdle(): void {
    if (!this.#isIdle()) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #takeBatch(): Entry<Row, Outcome>[] {
    const nowMs = this.#options.clock.monotonicMs()
    const batch: Entry<Row, Outcome>[] = []
    while (batch.length < this.#maxBatch) {
      const entry = this.#takeOldest()
      if (entry === undefined) break
      this.#queued--
      if (entry.expiresAtMs > nowMs) batch.push(entry)
      else this.#reject(entry, new QueueDeadlinePassed(this.#options.name))
    }
    return batch
  }

  #takeOldest(): Entry<Row, Outcome> | undefined {
    const freed = this.#freed.peek()
    if (freed === undefined) return this.#arrived.shift()
    const arrived = this.#arrived.peek()
    return arrived !== undefined && arrived.sequence < freed.sequence ? this.#arrived.shift() : this.#freed.shift()
  }

  /** Answers every entry of the batch; never throws. */
  async #write(batch: Entry<Row, Outcome>[], giveUpAtMs: number): Promise<void> {
    let outcomes: readonly Outcome[]
    try {
      outcomes = await this.#writeWithRetry(batch, giveUpAtMs)
    } catch (error) {
      if (batch.length === 1 || !this.#options.isPoison?.(error)) {
        for (const entry of batch) this.#reject(entry, error)
        return
      }
      const middle = batch.length >> 1
      await this.#write(batch.slice(0, middle), giveUpAtMs)
      await this.#write(batch.slice(middle), giveUpAtMs)
      return
    }
    for (let index = 0; index < batch.length; index++) {
      const entry = batch[index] as Entry<Row, Outcome>
      entry.resolve(outcomes[index] as Outcome)
      this.#freeKey(entry)
    }
  }

  async #writeWithRetry(batch: Entry<Row, Outcome>[], giveUpAtMs: number): Promise<readonly Outcome[]> {
    const options = this.#options
    const { name, clock, timers, random } = options
    const rows = batch.map((entry) => entry.row)
    const outcomes = await retry(async () => options.write(rows), {
      attempts: writeAttempts,
      firstPauseMs,
      maxPauseMs,
      deadlineMs: Math.max(0, giveUpAtMs - clock.monotonicMs()),
      isRetryable: (error) => options.isRetryable?.(error) ?? false,
      clock,
      timers,
      random,
    })
    if (outcomes.length !== rows.length) {
      throw new Error(`"${name}" answered ${outcomes.length} outcomes for ${rows.length} rows`)
    }
    return outcomes
  }

  #reject(entry: Entry<Row, Outcome>, error: unknown): void {
    entry.reject(error)
    this.#freeKey(entry)
  }
}

/** First in, first out, at amortised constant cost: taken places are dropped in bulk. */
class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
