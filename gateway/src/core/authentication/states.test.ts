import { describe, expect, it } from 'vitest'
import { authenticationStates, authenticationTriggers, awaitsResult, isOver, stateAfter } from './states.ts'

/** Written from what 3-D Secure says, state by state: what each trigger leads to; what is left out has no effect. */
const lawful: Record<string, Record<string, string>> = {
  created: { method_done: 'ready', request: 'requested', U: 'unavailable', give_up: 'abandoned' },
  ready: { request: 'requested', U: 'unavailable', give_up: 'abandoned' },
  requested: {
    Y: 'authenticated',
    A: 'attempted',
    N: 'not_authenticated',
    R: 'rejected',
    U: 'unavailable',
    I: 'informational',
    C: 'challenge',
    D: 'decoupled',
    give_up: 'abandoned',
  },
  challenge: {
    Y: 'authenticated',
    A: 'attempted',
    N: 'not_authenticated',
    R: 'rejected',
    U: 'unavailable',
    come_back: 'returned',
    give_up: 'abandoned',
  },
  returned: {
    Y: 'authenticated',
    A: 'attempted',
    N: 'not_authenticated',
    R: 'rejected',
    U: 'unavailable',
    give_up: 'abandoned',
  },
  decoupled: {
    Y: 'authenticated',
    A: 'attempted',
    N: 'not_authenticated',
    R: 'rejected',
    U: 'unavailable',
    give_up: 'abandoned',
  },
}

describe.each(authenticationStates)('an authentication that is %s', (state) => {
  it.each(authenticationTriggers)('meets %s as the protocol has it', (trigger) => {
    expect(stateAfter(state, trigger)).toBe(lawful[state]?.[trigger] ?? null)
  })

  it('is over exactly when nothing leads out of it', () => {
    expect(isOver(state)).toBe(lawful[state] === undefined)
    expect(awaitsResult(state)).toBe(['challenge', 'returned', 'decoupled'].includes(state))
  })
})
