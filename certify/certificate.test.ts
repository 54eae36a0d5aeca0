import { expect, it } from 'vitest'
import { certificate, type Evidence, headline, scoreboard } from './certificate.ts'

const run = { isGood: true, command: 'npm run x', commit: 'abc', measuredAt: '2026-01-02', seconds: 1.4 }
const evidence: Evidence = {
  commit: 'abc',
  writtenAt: '2026-01-02',
  machine: { cores: 2, processor: 'a processor', memoryGb: 8, system: 'Linux', node: 'v24' },
  runs: {
    simulation: { ...run, figures: { seeds: 200, 'with violations': 0 } },
    fuzz: { ...run, isGood: false, figures: { requests: 5, faults: 1 } },
  },
  mutation: {
    money: { commit: 'abc', measuredAt: '', mutants: 10, caught: 9, timedOut: 0, survived: 1, notRun: 0, score: 90 },
    tax: { commit: 'abc', measuredAt: '', mutants: 10, caught: 8, timedOut: 0, survived: 1, notRun: 1, score: 80 },
  },
}

it('the headline tells figures of what was run, and says what was not', () => {
  expect(headline(evidence)).toContain('200 simulated worlds with 0 violations')
  expect(headline(evidence)).toContain('fault cases survived: not run')
  expect(headline(evidence)).toContain('1 of 5 campaigns good; 1 of 2 measured modules')
})

it('the scoreboard says which bars are met, and which are not', () => {
  expect(scoreboard(evidence)).toContain('| fuzz | faults | 0 | 1 | not met |')
  expect(scoreboard(evidence)).toContain('| simulation | with violations | 0 | 0 | met |')
  expect(scoreboard(evidence)).toContain('| fuzz | requests | 1,000,000 | 5 | not met |')
  expect(scoreboard(evidence)).toContain('| faults | cases survived | all twenty | – | not run |')
  expect(scoreboard(evidence)).toContain('| mutants | tax | 85 % | 80 % | not met |')
})

it('the certificate names the command, the commit and every figure', () => {
  const text = certificate(evidence)
  expect(text).toContain('Good: `npm run x`, commit abc')
  expect(text).toContain('**Not good**: `npm run x`')
  expect(text).toContain('| with violations | 0 |')
  expect(text).toContain('Not run yet.')
})
