import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../harness/until.ts'

/** Options that make a Node process write a heap snapshot into `directory` when it is asked to. */
export const heapSnapshotOptions = (directory: string): string =>
  `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${directory}`

/** Everything that the process can still reach, as V8 writes it down. Answers the file. */
export async function takeHeapSnapshot(pid: number, directory: string): Promise<string> {
  const own = () => readdirSync(directory).filter((name) => name.endsWith('.heapsnapshot') && name.includes(`.${pid}.`))
  const before = own().length
  process.kill(pid, 'SIGUSR2')
  let size = -1
  const name = await until(
    () => {
      const newest = own().sort().at(-1)
      if (newest === undefined || own().length === before) return null
      const now = statSync(join(directory, newest)).size
      const isWhole = now > 0 && now === size
      size = now
      return isWhole ? newest : null
    },
    { withinMs: 60_000, everyMs: 400, what: `the heap snapshot of process ${pid}` },
  )
  return join(directory, name)
}
