import { parseArgs } from 'node:util'
import { runLongCampaign } from './long-campaign.ts'
import { canMountSmallDisk, faultCases, type Round, runRound } from './matrix.ts'
import { isSurvived, type MatrixResult, matrixResult, matrixTable } from './matrix-report.ts'

/**
 * `npm run faults`: the matrix of twenty cases, `--repeat N` times each or `--case NAME` alone. With `--minutes N`, processes are
 * killed at random for so long instead. Exit code 1 on any disagreement.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    repeat: { type: 'string', default: '2' },
    case: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    shoppers: { type: 'string', default: '40' },
    /** Seconds that all doubt has to be settled in afterwards. */
    quiet: { type: 'string', default: '300' },
  },
})
const log = (line: string) => console.log(line)
const options = {
  seed: Number(values.seed),
  shoppers: Number(values.shoppers),
  quietWithinMs: Number(values.quiet) * 1_000,
  log,
}

async function runMatrix(): Promise<boolean> {
  const wanted = faultCases.filter(({ name }) => values.case === undefined || values.case.includes(name))
  if (wanted.length < (values.case?.length ?? 1)) {
    log(`there is no such case; the cases are ${faultCases.map(({ name }) => name).join(', ')}`)
    return false
  }
  const hasDisk = canMountSmallDisk()
  const cases = wanted.filter((each) => hasDisk || !each.needsSmallDisk)
  const leftOut = wanted.filter((each) => !cases.includes(each)).map(({ name }) => name)
  if (leftOut.length > 0) log(`left out, since a small file system cannot be mounted here: ${leftOut.join(', ')}`)
  const rounds: Round[] = []
  const repeat = Number(values.repeat)
  for (let round = 1; round <= repeat; round += 1) {
    const seed = options.seed + round - 1
    log(`round ${round} of ${repeat}, seed ${seed}`)
    // A disk of its own, for the one that fills it.
    const thisRound: Round[] = []
    for (const group of [cases.filter((each) => !each.needsSmallDisk), cases.filter((each) => each.needsSmallDisk)]) {
      if (group.length > 0) thisRound.push(await runRound(group, { ...options, seed }))
    }
    rounds.push(...thisRound)
    logBroken(matrixResult(cases, thisRound, leftOut), seed)
    logSoFar(matrixResult(cases, rounds, leftOut), round)
  }
  const result = matrixResult(cases, rounds, leftOut)
  log(`\n${matrixTable(result)}\n`)
  log(`${result.payments} payments compared`)
  log(JSON.stringify({ faults: { seed: options.seed, repeat, ...result } }))
  return isSurvived(result)
}

function logBroken({ disagreements, cases }: MatrixResult, seed: number): void {
  for (const what of disagreements.slice(0, 50)) log(`BROKEN in seed ${seed}: ${what}`)
  for (const { name, faults } of cases) for (const fault of faults) log(`BROKEN in seed ${seed}: ${name}: ${fault}`)
}

/** A long run that is cut off has still shown something. */
function logSoFar({ cases, disagreements, payments }: MatrixResult, rounds: number): void {
  const tried = cases.reduce((sum, each) => sum + each.tried, 0)
  const survived = cases.reduce((sum, each) => sum + each.survived, 0)
  log(
    `so far ${rounds} rounds, ${survived}/${tried} survived, ${payments} payments, ${disagreements.length} disagreements`,
  )
}

const isFine = await (values.minutes === undefined
  ? runMatrix()
  : runLongCampaign({ ...options, minutes: Number(values.minutes) }))
// Not by an exit code alone: after many connections that were cut, Node was seen to close its handles for ever.
process.exit(isFine ? 0 : 1)
