import { describe, expect, test } from 'vitest'
import type { Cruise } from './dependency-cruise.ts'
import { plantedFaults, unreadFiles } from './import-rules.ts'
import { plantedFiles } from './planted-imports.ts'

const violations = plantedFiles.flatMap(({ path, breaks }) =>
  breaks.map((rule) => ({ rule, from: path, to: 'anywhere', comment: '', circle: [] })),
)
const rules = [...new Set(violations.map((violation) => violation.rule))]
const perfect: Cruise = { modules: plantedFiles.map(({ path }) => path), violations, rules }

describe('the proof that the import rules bite', () => {
  test('is content when exactly the planted violations were found', () => {
    expect(plantedFaults(perfect)).toEqual([])
  })

  test('fails when a planted violation, the circle for one, was not found', () => {
    const blind = { ...perfect, violations: violations.filter(({ rule }) => rule !== 'no-cycle') }
    expect(plantedFaults(blind)).toEqual([expect.stringMatching(/^planted, but not found: .* breaks no-cycle$/)])
  })

  test('fails when an import that is allowed was found', () => {
    const eager = { rule: 'core-is-pure', from: 'gateway/src/core/rules.ts', to: 'lib', comment: '', circle: [] }
    expect(plantedFaults({ ...perfect, violations: [...violations, eager] })).toEqual([
      'found, but not planted: gateway/src/core/rules.ts breaks core-is-pure',
    ])
  })

  test('fails for a rule that nothing was planted for', () => {
    expect(plantedFaults({ ...perfect, rules: [...rules, 'untried'] })).toEqual([
      'no violation is planted for the rule untried',
    ])
  })
})

describe('the count of modules', () => {
  test('fails when dependency-cruiser saw no modules, although it is content', () => {
    const sources = ['lib/src/clock.ts', 'lib/src/ids.ts']
    expect(unreadFiles({ modules: [], violations: [], rules: [] }, sources, 2)).toHaveLength(2)
  })

  test('fails when there are fewer source files than there must be', () => {
    expect(unreadFiles({ ...perfect, modules: ['lib/src/clock.ts'] }, ['lib/src/clock.ts'], 2)).toEqual([
      'only 1 source files were found, at least 2 must be there',
    ])
  })
})
