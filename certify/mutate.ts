import { parseArgs } from 'node:util'
import { startThrowawayPostgres } from '@tessera/cli/postgres/throwaway'
import { systemClock } from '@tessera/lib/clock'
import { installApart } from '../tools/install-apart.ts'
import { type MutationModule, modules } from './mutation/modules.ts'
import { recordScore, scoreOf } from './mutation/record.ts'
import { mutantsOf } from './mutation/stryker.ts'
import { commitOf, judgesFolder } from './repository.ts'

/** Which mistakes would the tests notice? `npm run mutate -- [--module NAME …] [--jobs N] [--show]`, smallest module first. */
const { values } = parseArgs({
  options: {
    module: { type: 'string', multiple: true },
    jobs: { type: 'string', default: '1' },
    /** Prints each mutant that nothing noticed. */
    show: { type: 'boolean', default: false },
  },
})
const asked = values.module ?? modules.map(({ name }) => name)
const unknown = asked.filter((name) => !modules.some((each) => each.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `no such module: ${unknown.join(', ')}; there are ${modules.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}
const print = (line: string) => void process.stdout.write(`${line}\n`)

const measured = modules.filter(({ name }) => asked.includes(name))
await installApart(judgesFolder, 'the judges')
const stopPostgres = measured.some(({ databaseTests }) => databaseTests.length > 0) ? await offerPostgres() : null
for (const each of measured) {
  // One that cannot be measured does not keep the others from it.
  await measure(each).catch((error: Error) => {
    print(`${each.name}: not measured: ${error.message}`)
    process.exitCode = 1
  })
}
await stopPostgres?.()

/** One server for all mutants, as in the suite: they make and drop databases of their own. */
async function offerPostgres(): Promise<(() => Promise<void>) | null> {
  if (process.env.TESSERA_TEST_POSTGRES !== undefined) return null
  const postgres = await startThrowawayPostgres()
  process.env.TESSERA_TEST_POSTGRES = postgres.url
  return () => postgres.stop()
}

async function measure(each: MutationModule): Promise<void> {
  const sinceMs = systemClock.monotonicMs()
  // Of the copy that is made now: the repository may go on meanwhile.
  const commit = commitOf()
  const mutants = await mutantsOf(each, Number(values.jobs))
  const score = scoreOf(mutants)
  recordScore(each.name, { commit, measuredAt: new Date(systemClock.now()).toISOString(), ...score })
  if (values.show) {
    for (const { file, line, status, mutator, replacement } of mutants) {
      if (status !== 'Survived' && status !== 'NoCoverage') continue
      print(`  ${file}:${line} ${status} ${mutator}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 120)}`)
    }
  }
  const seconds = Math.round((systemClock.monotonicMs() - sinceMs) / 1000)
  print(
    `${each.name}: ${score.score} % (${score.caught} of ${score.mutants} caught, ${score.timedOut} of these by their time limit; ${score.notRun} not run at all) in ${seconds} s`,
  )
}
