import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { parseArgs } from 'node:util'
import { systemClock } from '@tessera/lib/clock'
import { certificate, type Evidence, headline, type Run, scoreboard } from './certificate.ts'
import { readScores } from './mutation/record.ts'
import { commitOf } from './repository.ts'
import { type Amounts, readJson, shortAmounts, steps } from './steps.ts'

/**
 * `npm run certify`: short versions of every campaign, then the certificate, the scoreboard and the README's headline. Longer
 * by flags; `--only NAME` runs one and leaves the others as they were, `--only none` writes the pages anew. Exit code 1 when
 * something is not good.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seeds: { type: 'string' },
    'first-seed': { type: 'string' },
    repeat: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string' },
  },
})
const runsFile = new URL('data/runs.json', import.meta.url)
const pages = new URL('../docs/operating/', import.meta.url)
const readme = new URL('../README.md', import.meta.url)

const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text))
const amounts: Amounts = {
  seeds: number(values.seeds, shortAmounts.seeds),
  firstSeed: number(values['first-seed'], shortAmounts.firstSeed),
  repeat: number(values.repeat, shortAmounts.repeat),
  requests: number(values.requests, shortAmounts.requests),
  seed: number(values.seed, shortAmounts.seed),
}
const now = (): string => `${new Date(systemClock.now()).toISOString().slice(0, 16)}Z`
const runs = readJson<Record<string, Run>>(runsFile, {})

for (const step of steps.filter(({ name }) => values.only === undefined || values.only.includes(name))) {
  process.stdout.write(`${step.name}: ${step.command(amounts)}\n`)
  const sinceMs = systemClock.monotonicMs()
  const outcome = await step.run(amounts)
  const seconds = (systemClock.monotonicMs() - sinceMs) / 1000
  runs[step.name] = { ...outcome, command: step.command(amounts), commit: commitOf(), measuredAt: now(), seconds }
  process.stdout.write(`${step.name}: ${outcome.isGood ? 'good' : 'NOT GOOD'} ${JSON.stringify(outcome.figures)}\n`)
  // Kept at once, so that what comes later cannot lose it.
  writeFileSync(runsFile, `${JSON.stringify(runs, null, 2)}\n`)
}
writePages({
  commit: commitOf(),
  writtenAt: now(),
  machine: {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  },
  runs,
  mutation: readScores(),
})
process.exitCode = steps.every(({ name }) => runs[name]?.isGood !== false) ? 0 : 1

function writePages(evidence: Evidence): void {
  writeFileSync(new URL('certificate.md', pages), certificate(evidence))
  writeFileSync(new URL('scoreboard.md', pages), scoreboard(evidence))
  const text = readFileSync(readme, 'utf8')
  const marked = /(<!-- certificate -->\n)[\s\S]*?(<!-- \/certificate -->)/
  if (!marked.test(text)) throw new Error('the README has no line for the certificate')
  writeFileSync(
    readme,
    text.replace(marked, (_, begin: string, end: string) => `${begin}${headline(evidence)}\n${end}`),
  )
}
