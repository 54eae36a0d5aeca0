import type { Choices } from '../loop/choices.ts'

/** What goes wrong with one statement. `after`: it was done, and the answer is lost. */
export type Fault = { at: 'before' | 'after'; error: Error }

export interface DatabaseWeather {
  /** Of statements that meet a fault. */
  faultRate: number
  /** Of statements that take seconds. */
  slowRate: number
  /** Nothing can be reached while this holds. */
  isAway: boolean
}

function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}

export const connectionLost = (): Error => failure('Connection terminated unexpectedly')
const connectionReset = (): Error => failure('read ECONNRESET', 'ECONNRESET')
const shutDown = (): Error => failure('terminating connection due to administrator command', '57P01')
const noConnection = (): Error => failure('timeout exceeded when trying to connect')
const serialization = (): Error => failure('could not serialize access', '40001')
const deadlock = (): Error => failure('deadlock detected', '40P01')
const timedOut = (): Error => failure('canceling statement due to statement timeout', '57014')

const before = [connectionLost, connectionReset, shutDown, noConnection, serialization, deadlock, timedOut]
const after = [connectionLost, connectionReset, shutDown]

export function drawFault(weather: DatabaseWeather, choices: Choices): Fault | null {
  if (weather.isAway) return { at: 'before', error: choices.pick([connectionLost, noConnection])() }
  if (!choices.chance(weather.faultRate)) return null
  if (choices.chance(0.5)) return { at: 'after', error: choices.pick(after)() }
  return { at: 'before', error: choices.pick(before)() }
}

/** Milliseconds to the database and back. */
export function drawWire(weather: DatabaseWeather, choices: Choices): { outMs: number; backMs: number } {
  const oneWay = () => 0.2 + 3 * choices.unit() ** 3
  if (!choices.chance(weather.slowRate)) return { outMs: oneWay(), backMs: oneWay() }
  const slowMs = choices.between(100, 9_000)
  return choices.chance(0.5) ? { outMs: slowMs, backMs: oneWay() } : { outMs: oneWay(), backMs: slowMs }
}

/** The session is gone: its transaction was rolled back, and nothing more can be sent over it. */
export function endsSession({ error }: Fault): boolean {
  const { code } = error as { code?: string }
  return code !== '40001' && code !== '40P01' && code !== '57014'
}
