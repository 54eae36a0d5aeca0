import type { FromJob, ToJob } from '../jobs.ts'
import { runSeeds } from '../seeds.ts'

/** A process of `jobs.ts`: asks for seeds until there are none. Without the process that asked for it, it ends. */
const say = (message: FromJob) => process.send?.(message)
const waiting: ((seed: number | null) => void)[] = []

process.on('message', ({ seed }: ToJob) => waiting.shift()?.(seed))
const abandoned = () => process.exit(1)
process.once('disconnect', abandoned)
// Whoever gave the jobs ends them, after the run that is under way.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

await runSeeds({
  serverUrl: process.argv[2] ?? '',
  next: () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      say({ wants: 'seed' })
    }),
  onResult: (result) => say({ result }),
})
const used = process.cpuUsage()
say({ cpuMs: (used.user + used.system) / 1_000 })
process.off('disconnect', abandoned)
process.disconnect()
