import type { SupervisedProcess, SupervisorMessage } from '@tessera/contracts/supervision'
import { type ChildHooks, type ChildPlan, SupervisedChild } from './child.ts'

export interface GroupStatus {
  pid: number | null
  restarts: number
  urls: Record<string, string> | null
}

/** The processes of one deployment, their common clock, and the order in which they stop. */
export class ProcessGroup {
  readonly #children = new Map<SupervisedProcess, SupervisedChild>()
  readonly #hooks: Omit<ChildHooks, 'greeting'>
  #offsetMs = 0

  constructor(hooks: Omit<ChildHooks, 'greeting'>) {
    this.#hooks = hooks
  }

  /** Starts them all at once. Rejects as soon as one cannot be brought to listen. */
  async start(plans: ChildPlan[]): Promise<void> {
    const ready = plans.map((plan) => {
      const child = new SupervisedChild(plan, { ...this.#hooks, greeting: () => this.#greeting() })
      this.#children.set(plan.name, child)
      return child.start()
    })
    await Promise.all(ready)
  }

  child(name: SupervisedProcess): SupervisedChild {
    const child = this.#children.get(name)
    if (child === undefined) throw new Error(`There is no ${name} in this deployment.`)
    return child
  }

  get pids(): number[] {
    return [...this.#children.values()].flatMap((child) => child.pid ?? [])
  }

  get offsetMs(): number {
    return this.#offsetMs
  }

  status(): Record<string, GroupStatus> {
    const entries = [...this.#children.values()].map((child): [string, GroupStatus] => [
      child.name,
      { pid: child.pid ?? null, restarts: child.restarts, urls: child.urls ?? null },
    ])
    return Object.fromEntries(entries)
  }

  /** Answers once every process has moved its clock. A process that is just being restarted gets the offset then. */
  async advanceClock(ms: number): Promise<void> {
    this.#offsetMs += ms
    const running = [...this.#children.values()].filter((child) => child.pid !== undefined)
    await Promise.all(
      running.map((child) => child.ask({ type: 'advance_clock', offsetMs: ms }, 'clock_advanced', 5_000)),
    )
  }

  /** First those that use the others. */
  async stop(graceMs: number): Promise<void> {
    for (const names of [['gateway', 'worker'], ['vault'], ['sandbox']] as SupervisedProcess[][]) {
      await Promise.all(names.map((name) => this.#children.get(name)?.stop(graceMs)))
    }
  }

  kill(): void {
    for (const child of this.#children.values()) child.kill()
  }

  #greeting(): SupervisorMessage[] {
    return this.#offsetMs === 0 ? [] : [{ type: 'advance_clock', offsetMs: this.#offsetMs }]
  }
}
