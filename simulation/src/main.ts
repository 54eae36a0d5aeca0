import { availableParallelism } from 'node:os'
import { startThrowawayPostgres } from '@tessera/cli/postgres/throwaway'
import { systemClock } from '@tessera/lib/clock'
import { readArguments } from './arguments.ts'
import { runInJobs } from './jobs.ts'
import { describeFailure, Report } from './report.ts'
import { runSeeds } from './seeds.ts'
import type { RunSummary } from './simulate.ts'

/** Runs seeds, several at once; ends with 1 when one of them broke a promise. */
async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2), availableParallelism())
  if (typeof read === 'string') {
    process.stderr.write(`${read}\n`)
    return 2
  }
  const { jobs, firstSeed, seeds } = read
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isStopping = true
    })
  }
  const print = (text: string) => void process.stdout.write(text)
  const report = new Report()
  let upcoming = firstSeed
  const next = () => (isStopping || upcoming >= firstSeed + seeds ? null : upcoming++)
  const onResult = (result: RunSummary) => {
    report.add(result)
    if (seeds === 1) print(`seed ${result.seed}: ${result.digest}\n`)
    if (result.violations.length === 0) return
    print(describeFailure(result))
    if (!read.keepsGoing) isStopping = true
  }

  const server = read.serverUrl === undefined ? await startThrowawayPostgres() : null
  const serverUrl = read.serverUrl ?? server?.url ?? ''
  const [startedMs, cpu] = [systemClock.monotonicMs(), process.cpuUsage()]
  let cpuMs = 0
  try {
    if (jobs > 1) cpuMs = await runInJobs({ jobs, serverUrl, next, onResult })
    else {
      const trace = read.trace ? (line: string) => print(`${line}\n`) : undefined
      await runSeeds({ serverUrl, next: async () => next(), onResult, trace })
      const used = process.cpuUsage(cpu)
      cpuMs = (used.user + used.system) / 1_000
    }
  } finally {
    await server?.stop()
  }
  print(report.text({ wallMs: systemClock.monotonicMs() - startedMs, cpuMs, jobs }))
  return report.failed.length > 0 ? 1 : 0
}

process.exitCode = await main()
