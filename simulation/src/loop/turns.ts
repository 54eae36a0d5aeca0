/**
 * The event loop's own turns. Code under test hands work to `setImmediate` (batches of writes, answers of injected
 * requests); here that work is queued and run to its end between two steps, so that a step has no loose ends when the next
 * one is chosen.
 */
const nextTurn = globalThis.setImmediate

type Task = { run: () => void }

export interface Turns {
  /** Resolves when nothing is left to run without the scheduler. */
  settle(): Promise<void>
  giveBack(): void
}

const turnsMax = 10_000

export function takeTurns(): Turns {
  let waiting: Task[] = []
  const queueing = (run: (...args: unknown[]) => void, ...args: unknown[]): Task => {
    const task = { run: () => run(...args) }
    waiting.push(task)
    return task
  }
  const clear = globalThis.clearImmediate
  globalThis.setImmediate = queueing as unknown as typeof setImmediate
  globalThis.clearImmediate = ((task: Task) => {
    waiting = waiting.filter((each) => each !== task)
  }) as unknown as typeof clearImmediate
  return {
    async settle() {
      for (let turns = 0; turns < turnsMax; turns += 1) {
        // Promises and ticks run out before the real next turn.
        await new Promise<void>((resolve) => nextTurn(resolve))
        const tasks = waiting
        if (tasks.length === 0) return
        waiting = []
        for (const task of tasks) task.run()
      }
      throw new Error('a step does not come to its end')
    },
    giveBack() {
      globalThis.setImmediate = nextTurn
      globalThis.clearImmediate = clear
    },
  }
}
