import { beforeAll, describe, expect, it } from 'vitest'
import { faultCases, type Round, runRound } from './matrix.ts'
import { isSurvived, type MatrixResult, matrixResult, matrixTable } from './matrix-report.ts'

/** The short run: one of each kind. `npm run faults` strikes with all twenty. */
const names = ['gateway-killed', 'reply-of-commit-lost', 'timeout-before-receipt', 'one-key-a-hundred-times']
const cases = faultCases.filter(({ name }) => names.includes(name))
const seed = Date.now() % 1_000_000

let round: Round
let result: MatrixResult

beforeAll(async () => {
  round = await runRound(cases, { seed, shoppers: 25, quietWithinMs: 180_000, log: () => undefined })
  result = matrixResult(cases, [round], [])
  console.info(`${matrixTable(result)}\n${result.payments} payments compared, seed ${seed}`)
}, 480_000)

it('the twenty cases have a name each, and every number is there', () => {
  expect(new Set(faultCases.map(({ number }) => number)).size).toBe(20)
  expect(new Set(faultCases.map(({ name }) => name)).size).toBe(faultCases.length)
})

describe('under load, with at least twenty payments in flight each time,', () => {
  for (const { name, what } of cases) {
    it(`it is survived: ${what}`, () => {
      const strike = round.strikes.find((each) => each.name === name)
      expect(strike?.inFlight.length).toBeGreaterThanOrEqual(20)
      expect(result.cases.find((each) => each.name === name)).toMatchObject({ tried: 1, survived: 1, faults: [] })
    })
  }

  it('all books agree afterwards', () => {
    expect(result.disagreements).toEqual([])
    expect(isSurvived(result)).toBe(true)
    expect(result.payments).toBeGreaterThan(50)
  })
})

describe('a strike counts as survived only', () => {
  const name = cases[0]?.name as string
  const spoilt = (change: (copy: Round) => void): MatrixResult => {
    const copy = structuredClone({ ...round, output: '' })
    change(copy)
    return matrixResult(cases, [copy], [])
  }
  const survived = (of: MatrixResult) => of.cases.find((each) => each.name === name)?.survived

  it('when every payment that was in flight agrees in all books', () => {
    const other = spoilt(({ strikes, aftermath }) => {
      const order = strikes.find((each) => each.name === name)?.inFlight[0]?.name ?? null
      aftermath.disagreements['nothing is stuck'] = [{ order, what: 'planted' }]
    })
    expect(survived(other)).toBe(0)
    expect(isSurvived(other)).toBe(false)
  })

  it('when nothing was seen that must not be', () => {
    const other = spoilt(({ strikes }) => {
      for (const strike of strikes) if (strike.name === name) strike.fault = 'planted'
    })
    expect(survived(other)).toBe(0)
  })

  it('when it was tried', () => {
    const other = spoilt(({ strikes }) => {
      strikes.splice(0)
    })
    expect(isSurvived(other)).toBe(false)
  })
})
