import type { EventLog } from './event-log.ts'
import type { Turns } from './turns.ts'

/** One thing that happens at one moment. */
interface Step {
  atMs: number
  order: number
  label: string
  run: () => void | Promise<void>
  isCanceled: boolean
}

export interface Planned {
  cancel(): void
}

/** Runs steps one at a time in order of virtual time, each to its end. No step sees another one half done. */
export class Scheduler {
  nowMs = 0
  steps = 0
  readonly log: EventLog
  readonly #turns: Turns
  readonly #heap: Step[] = []
  #order = 0

  constructor(parts: { log: EventLog; turns: Turns }) {
    this.log = parts.log
    this.#turns = parts.turns
  }

  /** Equal times run in the order of planning; whoever plans draws the delay. */
  after(delayMs: number, label: string, run: Step['run']): Planned {
    const step: Step = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#order++,
      label,
      run,
      isCanceled: false,
    }
    this.#push(step)
    return {
      cancel: () => {
        step.isCanceled = true
      },
    }
  }

  /** False when nothing is left to do before `untilMs`; the time is `untilMs` then. */
  async step(untilMs: number): Promise<boolean> {
    let next = this.#heap[0]
    while (next?.isCanceled) {
      this.#pop()
      next = this.#heap[0]
    }
    if (next === undefined || next.atMs > untilMs) {
      this.nowMs = Math.max(this.nowMs, untilMs)
      return false
    }
    this.#pop()
    this.nowMs = next.atMs
    this.steps += 1
    this.log.note(`${next.atMs.toFixed(3)} ${next.label}`)
    await next.run()
    await this.#turns.settle()
    return true
  }

  async runUntil(untilMs: number): Promise<void> {
    while (await this.step(untilMs));
  }

  #isBefore(left: Step, right: Step): boolean {
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  }

  #push(step: Step): void {
    const heap = this.#heap
    let index = heap.push(step) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(step, heap[parent] as Step)) break
      heap[index] = heap[parent] as Step
      index = parent
    }
    heap[index] = step
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as Step, heap[child] as Step)) child += 1
      if (!this.#isBefore(heap[child] as Step, last)) break
      heap[index] = heap[child] as Step
      index = child
    }
    heap[index] = last
  }
}
