import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
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
  const name = await until(
    () => {
      const newest = own().sort().at(-1)
      if (newest === undefined || own().length === before) return null
      return isWhole(join(directory, newest)) ? newest : null
    },
    { withinMs: 120_000, everyMs: 400, what: `the heap snapshot of process ${pid}` },
  )
  return join(directory, name)
}

/** Its strings come last. A file that has stopped growing may only wait for a slow disk. */
function isWhole(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const last = Buffer.alloc(3)
    readSync(file, last, 0, last.length, Math.max(0, fstatSync(file).size - last.length))
    return last.toString() === '"]}'
  } finally {
    closeSync(file)
  }
}
