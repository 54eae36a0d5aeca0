import type { MutationScore } from './mutation/record.ts'
import { type Outcome, type Step, steps } from './steps.ts'

/** The last run of a step. */
export interface Run extends Outcome {
  command: string
  commit: string
  measuredAt: string
  seconds: number
}

export interface Machine {
  cores: number
  processor: string
  memoryGb: number
  system: string
  node: string
}

export interface Evidence {
  commit: string
  writtenAt: string
  machine: Machine
  runs: Record<string, Run>
  mutation: Record<string, MutationScore>
}

type Meets = (figure: string, run: Run) => boolean

const first = (figure: string): number => Number.parseFloat(figure.replaceAll(',', ''))
const atLeast =
  (least: number): Meets =>
  (figure) =>
    first(figure) >= least
const below =
  (limit: number): Meets =>
  (figure) =>
    first(figure) < limit
const allOf: Meets = (figure) => /^(\d+) of \1$/.test(figure)
const none: Meets = (figure) => first(figure) === 0

const bars: readonly (readonly [step: string, figure: string, bar: string, meets: Meets])[] = [
  ['simulation', 'with violations', '0', none],
  ['simulation', 'seeds per hour', '20,000 on two cores, quiet', atLeast(20_000)],
  ['faults', 'cases survived', 'all twenty', allOf],
  ['faults', 'serving again after a kill, worst', 'under 5 s', below(5_000)],
  ['faults', 'all doubts settled, worst', 'under 60 s', below(60_000)],
  ['fuzz', 'requests', '1,000,000', atLeast(1_000_000)],
  ['fuzz', 'faults', '0', none],
  ['judges', 'Spectral with the OWASP API Security rules', '0 errors', none],
  ['judges', 'Redocly', '0 errors', none],
  ['judges', 'secretlint', '0 errors', none],
  ['isolation', 'checks', 'all pass', (_, run) => run.isGood],
]
const mutationBar = 85

export const headline = ({ runs, mutation, commit }: Evidence): string => {
  const told = (step: string, name: string) => runs[step]?.figures[name] ?? 'not run'
  const kept = steps.filter(({ name }) => runs[name]?.isGood).length
  const reached = Object.values(mutation).filter(({ score }) => score >= mutationBar).length
  return (
    `**What was tried to make money go wrong** (commit ${commit}): ${told('simulation', 'seeds')} simulated worlds with ` +
    `${told('simulation', 'with violations')} violations; fault cases survived: ${told('faults', 'cases survived')}; ` +
    `${told('fuzz', 'requests')} generated requests with ${told('fuzz', 'faults')} faults; ${kept} of ${steps.length} campaigns good; ` +
    `${reached} of ${Object.keys(mutation).length} measured modules notice at least ${mutationBar} % of planted mutants. ` +
    'See the [certificate](docs/operating/certificate.md).'
  )
}

/** One page: what is promised, the bar, what was measured. */
export function scoreboard(evidence: Evidence): string {
  const { runs, mutation } = evidence
  const rows = bars.map(([step, figure, bar, meets]) => {
    const run = runs[step]
    const measured = run?.figures[figure]
    const state = run === undefined ? 'not run' : meets(String(measured), run) ? 'met' : 'not met'
    return `| ${step} | ${figure} | ${bar} | ${measured ?? '–'} | ${state} |`
  })
  const scores = Object.entries(mutation).map(
    ([name, { score }]) =>
      `| mutants | ${name} | ${mutationBar} % | ${score} % | ${score >= mutationBar ? 'met' : 'not met'} |`,
  )
  return [
    '# Scoreboard',
    '',
    `Written by \`npm run certify\`; what stands behind each line is in the [certificate](certificate.md).`,
    '',
    '| campaign | figure | bar | measured | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...scores,
    '',
  ].join('\n')
}

export function certificate(evidence: Evidence): string {
  const { commit, writtenAt, machine, runs, mutation } = evidence
  return [
    '# Certificate',
    '',
    `Written by \`npm run certify\` at ${writtenAt}, commit ${commit}. One page of it: the [scoreboard](scoreboard.md). Figures of an`,
    'earlier commit say so: a long run is made when there is time for it, and its result stays until the next one.',
    '',
    `Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`,
    '',
    ...steps.flatMap((step) => campaign(step, runs[step.name])),
    ...mutants(mutation),
    ...fixedText,
  ].join('\n')
}

function campaign({ name, promise }: Step, run: Run | undefined): string[] {
  const head = [`## ${name}`, '', `${promise}.`, '']
  if (run === undefined) return [...head, 'Not run yet.', '']
  const verdict = run.isGood ? 'Good' : '**Not good**'
  return [
    ...head,
    `${verdict}: \`${run.command}\`, commit ${run.commit}, ${run.measuredAt}, ${Math.round(run.seconds)} s.`,
    '',
    '| | |',
    '| --- | --- |',
    ...Object.entries(run.figures).map(([what, figure]) => `| ${what} | ${figure} |`),
    '',
  ]
}

function mutants(mutation: Record<string, MutationScore>): string[] {
  const rows = Object.entries(mutation).map(
    ([name, each]) =>
      `| ${name} | ${each.score} % | ${each.caught} of ${each.mutants} | ${each.notRun} | ${each.commit} |`,
  )
  return [
    '## mutants',
    '',
    `Would the tests notice a mistake? Each mutant is one small mistake in the code; the bar is ${mutationBar} % noticed. A module is`,
    'measured by the tests beside it, most of them without a database; what simulation, fault matrix and journeys would notice does not',
    'count. `npm run mutate -- --module NAME --show` measures a module and lists what nothing noticed. Modules that are not listed were',
    'not measured yet.',
    '',
    '| module | noticed | mutants | run by no test | commit |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ]
}

const fixedText = [
  '## What this does not say',
  '',
  'A search of memory finds what lies there at that moment. The vault keeps card numbers in buffers of its own and overwrites them, and',
  'what its sockets read is overwritten as soon as it is parsed; but Node, OpenSSL and the kernel may keep copies of their own for as long',
  'as they like, and a text in V8 cannot be overwritten at all. So the rule is: no card that came as a card is found in the memory of any',
  'process but the simulated acquirer; numbers inside of texts (a header, an address, another field) are counted above. Run the vault',
  'without core dumps and without swap.',
  '',
]
