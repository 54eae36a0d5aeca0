import { expect, it } from 'vitest'
import { scoreOf } from './record.ts'
import type { Mutant } from './stryker.ts'

const mutant = (status: Mutant['status']): Mutant => ({ file: 'a.ts', line: 1, status, mutator: 'x', replacement: '' })

it('a score counts mutants that no test runs as missed, and leaves out those that could not run', () => {
  const mutants = (['Killed', 'Timeout', 'Survived', 'NoCoverage', 'RuntimeError', 'Ignored'] as const).map(mutant)
  expect(scoreOf(mutants)).toEqual({ mutants: 4, caught: 2, timedOut: 1, survived: 1, notRun: 1, score: 50 })
})

it('a score is never rounded up', () => {
  const mutants = [...Array.from({ length: 2 }, () => mutant('Killed')), mutant('Survived')]
  expect(scoreOf(mutants).score).toBe(66.66)
})
