import { describe, expect, it } from 'vitest'
import { consequenceOf, countsForAuthorization } from './consequence.ts'
import { authenticationStates, isOver, stateAfter } from './states.ts'

/** From the facts' table of transStatus; `required` stands for an authentication without which nothing is sent. */
const rows = [
  ['Y', 'authorize_with_proof', 'authorize_with_proof'],
  ['A', 'authorize_with_proof', 'authorize_with_proof'],
  ['N', 'fail', 'fail'],
  ['R', 'fail', 'fail'],
  ['U', 'authorize_without', 'fail'],
  ['I', 'authorize_without', 'fail'],
] as const

describe('what a payment does about', () => {
  it.each(rows)('%s: %s, and where it is required: %s', (status, otherwise, required) => {
    const state = stateAfter('requested', status)
    if (state === null) throw new Error('no such answer')
    expect(consequenceOf(state, { required: false })).toBe(otherwise)
    expect(consequenceOf(state, { required: true })).toBe(required)
  })

  it.each(['C', 'D'] as const)('%s: nothing yet', (status) => {
    const state = stateAfter('requested', status)
    expect(() => consequenceOf(state as never, { required: false })).toThrow('no consequence yet')
  })

  it('every end, without exception, and nothing else', () => {
    for (const state of authenticationStates) {
      const decide = () => consequenceOf(state, { required: true })
      if (isOver(state)) expect(['fail', 'authorize_with_proof']).toContain(decide())
      else expect(decide).toThrow()
    }
  })
})

it('an authorization speaks of what the issuer has vouched for or taken note of, and of nothing else', () => {
  expect(authenticationStates.filter(countsForAuthorization)).toEqual(['authenticated', 'attempted', 'informational'])
})
