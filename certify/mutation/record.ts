import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Mutant } from './stryker.ts'

export interface MutationScore {
  commit: string
  measuredAt: string
  mutants: number
  caught: number
  /** Of these, the ones that ran into their time limit. */
  timedOut: number
  survived: number
  /** No test runs these lines at all. */
  notRun: number
  /** Caught of all, in percent, cut after two decimals. */
  score: number
}

const file = new URL('../data/mutation.json', import.meta.url)

/** The last measured scores, by module. */
export function readScores(): Record<string, MutationScore> {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

export function recordScore(module: string, score: MutationScore): void {
  const scores = Object.entries({ ...readScores(), [module]: score }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(scores), null, 2)}\n`)
}

/** A mutant that ran into its time limit was noticed; one that could not run says nothing. */
export function scoreOf(mutants: readonly Mutant[]): Omit<MutationScore, 'commit' | 'measuredAt'> {
  const count = (...statuses: Mutant['status'][]) => mutants.filter(({ status }) => statuses.includes(status)).length
  const caught = count('Killed', 'Timeout')
  const [survived, notRun] = [count('Survived'), count('NoCoverage')]
  const all = caught + survived + notRun
  return {
    mutants: all,
    caught,
    timedOut: count('Timeout'),
    survived,
    notRun,
    score: all === 0 ? 100 : Math.floor((10_000 * caught) / all) / 100,
  }
}
