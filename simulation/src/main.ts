import { systemClock } from '@tessera/lib/clock'
import { readArguments } from './arguments.ts'
import { openRunDatabase } from './database/database.ts'
import { describeFailure, Report } from './report.ts'
import { simulate } from './simulate.ts'
import { openShop } from './world/merchant.ts'

/** Runs seeds one after another; ends with 1 when one of them broke a promise. */
async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2))
  if (typeof read === 'string') {
    process.stderr.write(`${read}\n`)
    return 2
  }
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isStopping = true
    })
  }
  const print = (text: string) => void process.stdout.write(text)
  const database = await openRunDatabase(read.serverUrl)
  const report = new Report()
  const [startedMs, cpu] = [systemClock.monotonicMs(), process.cpuUsage()]
  try {
    const shop = await openShop(database.sessions)
    const trace = read.trace ? (line: string) => print(`${line}\n`) : undefined
    for (let seed = read.firstSeed; seed < read.firstSeed + read.seeds && !isStopping; seed += 1) {
      const result = await simulate({ seed: String(seed), database, shop, trace })
      report.add(result)
      if (read.seeds === 1) print(`seed ${seed}: ${result.digest}\n`)
      if (result.violations.length === 0) continue
      print(describeFailure(result))
      if (!read.keepsGoing) break
    }
  } finally {
    await database.close()
  }
  const used = process.cpuUsage(cpu)
  const cpuMs = (used.user + used.system) / 1_000
  print(report.text({ wallMs: systemClock.monotonicMs() - startedMs, cpuMs }))
  return report.failed.length > 0 ? 1 : 0
}

process.exitCode = await main()
