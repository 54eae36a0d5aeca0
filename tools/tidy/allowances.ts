/**
 * Places where a rule is broken for a reason. An allowance that nothing needs any more is itself a finding, so that this
 * list only ever holds what is true.
 */
export interface Allowance {
  rule: string
  path: string
  /** A part of the finding's message. */
  message: string
  why: string
}

export const allowances: readonly Allowance[] = [
  {
    rule: 'portable-sql',
    path: 'gateway/migrations/0001-foundation.sql',
    message: 'the unique index api_keys_hash',
    why: 'A key is looked up before its merchant is known. Distributed by merchant, this table is a reference table.',
  },
  {
    rule: 'banned-calls',
    path: 'simulation/src/loop/turns.ts',
    message: 'setImmediate',
    why: 'The simulation takes the turns of the event loop into its own hands.',
  },
]
