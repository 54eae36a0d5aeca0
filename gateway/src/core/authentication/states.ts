/**
 * The life of an authentication, as a table. Nobody else writes its state; a new state or trigger does not compile until every
 * row mentions it. Its end never changes: a result counts once.
 */
export const authenticationStates = [
  'created', // nobody came yet, or the issuer's hidden page is running
  'ready', // that page is done with
  'requested', // the issuer is being asked
  'challenge', // the issuer wants to ask the shopper, in the browser
  'returned', // the browser is back from the issuer, whose result is not here yet
  'decoupled', // the shopper answers elsewhere
  'authenticated',
  'attempted',
  'informational',
  'unavailable',
  'not_authenticated',
  'rejected',
  'abandoned',
] as const
export type AuthenticationState = (typeof authenticationStates)[number]

export const authenticationTriggers = [
  'method_done',
  'request',
  'come_back', // the browser brought a CRes
  'Y',
  'A',
  'I',
  'U',
  'N',
  'R',
  'C',
  'D',
  'give_up', // the deadline, a void, the shopper's or the merchant's change of mind
] as const
export type AuthenticationTrigger = (typeof authenticationTriggers)[number]

type Row = Record<AuthenticationTrigger, AuthenticationState | 'no'>

const nothing: Row = {
  method_done: 'no',
  request: 'no',
  come_back: 'no',
  Y: 'no',
  A: 'no',
  I: 'no',
  U: 'no',
  N: 'no',
  R: 'no',
  C: 'no',
  D: 'no',
  give_up: 'no',
}

/** What a results request may say; an issuer that could ask the shopper has nothing to inform of. */
const results: Pick<Row, 'Y' | 'A' | 'U' | 'N' | 'R'> = {
  Y: 'authenticated',
  A: 'attempted',
  U: 'unavailable',
  N: 'not_authenticated',
  R: 'rejected',
}

const table: Record<AuthenticationState, Row> = {
  created: { ...nothing, method_done: 'ready', request: 'requested', U: 'unavailable', give_up: 'abandoned' },
  ready: { ...nothing, request: 'requested', U: 'unavailable', give_up: 'abandoned' },
  requested: {
    ...nothing,
    ...results,
    I: 'informational',
    C: 'challenge',
    D: 'decoupled',
    give_up: 'abandoned',
  },
  challenge: { ...nothing, ...results, come_back: 'returned', give_up: 'abandoned' },
  returned: { ...nothing, ...results, give_up: 'abandoned' },
  decoupled: { ...nothing, ...results, give_up: 'abandoned' },
  authenticated: nothing,
  attempted: nothing,
  informational: nothing,
  unavailable: nothing,
  not_authenticated: nothing,
  rejected: nothing,
  abandoned: nothing,
}

/** Where the trigger leads; null where it has no effect any more, or not yet. */
export function stateAfter(state: AuthenticationState, trigger: AuthenticationTrigger): AuthenticationState | null {
  const next = table[state][trigger]
  return next === 'no' ? null : next
}

export function isOver(state: AuthenticationState): boolean {
  return table[state] === nothing
}

/** The issuer has the shopper, and owes a result. */
export function awaitsResult(state: AuthenticationState): boolean {
  return state === 'challenge' || state === 'returned' || state === 'decoupled'
}
