/**
 * What a database error means for whoever sent the statement. Recognised by shape, not by the driver's classes, since
 * only the store rooms may import the driver.
 */

interface ErrorShape {
  code?: unknown
  message?: unknown
  cause?: unknown
}

/** The error and its causes, outermost first; bounded, since a cause may point back. */
function* chainOf(error: unknown): Generator<ErrorShape> {
  let current = error
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    yield current as ErrorShape
    current = (current as ErrorShape).cause
  }
}

// System errors begin with E (`EPIPE` has the length of an SQLSTATE); no SQLSTATE class does.
const sqlStateShape = /^(?!E)[0-9A-Z]{5}$/

export function sqlState(error: unknown): string | undefined {
  for (const { code } of chainOf(error)) if (typeof code === 'string' && sqlStateShape.test(code)) return code
  return undefined
}

/** Nothing was committed; the same transaction may run again. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error)
  return state === '40001' || state === '40P01'
}

const lostSocketCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'ECONNABORTED', 'ENOTCONN'])
const lostConnectionText =
  /^Connection terminated|Client has encountered a connection error|Client was closed and is not queryable|timeout exceeded when trying to connect/

/** The connection is gone, and whether the statement was committed is not known. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return state.startsWith('08') || /^57P0[123]$/.test(state)
  for (const { code, message } of chainOf(error)) {
    if (typeof code === 'string' && lostSocketCodes.has(code)) return true
    if (typeof message === 'string' && lostConnectionText.test(message)) return true
  }
  return false
}

/** The database is too busy or too full for this statement, which it gave up or never began: nothing was committed. */
export function isShortage(error: unknown): boolean {
  const state = sqlState(error)
  return state !== undefined && (state.startsWith('53') || state === '57014' || state === '55P03')
}

/**
 * The data of a row is at fault (classes 22 and 23), or two rows of a batch are at odds (class 21): the batch fails again,
 * parts of it need not.
 */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error)
  return state !== undefined && /^2[123]/.test(state)
}
