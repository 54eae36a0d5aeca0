import { expect, test } from 'vitest'
import { isConnectionLoss, isDataError, isSerializationFailure, isShortage, sqlState } from './postgres-errors.ts'

function errorWith(code: string | undefined, message = 'failed', cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), code === undefined ? {} : { code })
}

function kindsOf(error: unknown): string[] {
  return [
    ...(isSerializationFailure(error) ? ['serialization'] : []),
    ...(isConnectionLoss(error) ? ['connection'] : []),
    ...(isDataError(error) ? ['data'] : []),
    ...(isShortage(error) ? ['shortage'] : []),
  ]
}

test.each([
  ['40001', 'serialization'],
  ['40P01', 'serialization'],
  ['08006', 'connection'],
  ['08P01', 'connection'],
  ['57P01', 'connection'],
  ['57P02', 'connection'],
  ['57P03', 'connection'],
  ['21000', 'data'],
  ['ECONNRESET', 'connection'],
  ['EPIPE', 'connection'],
  ['ECONNREFUSED', 'connection'],
  ['22P02', 'data'],
  ['23505', 'data'],
  ['23514', 'data'],
  ['57014', 'shortage'],
  ['53100', 'shortage'],
  ['53300', 'shortage'],
  ['55P03', 'shortage'],
])('%s is of kind %s and of no other', (code, kind) => {
  expect(kindsOf(errorWith(code))).toEqual([kind])
})

test.each(['40002', '42P01', 'XX000', '0A000', 'ENOENT', 'E2BIG'])('%s is of none of these kinds', (code) => {
  expect(kindsOf(errorWith(code))).toEqual([])
})

test.each([
  'Connection terminated unexpectedly',
  'Connection terminated',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'timeout exceeded when trying to connect',
])('the driver saying "%s" has lost its connection', (message) => {
  expect(kindsOf(errorWith(undefined, message))).toEqual(['connection'])
})

test('an error that wraps the driver is judged by its cause', () => {
  const wrapped = errorWith(undefined, 'the payment was not recorded', errorWith('40P01', 'deadlock detected'))
  expect(sqlState(wrapped)).toBe('40P01')
  expect(kindsOf(wrapped)).toEqual(['serialization'])
})

test('a database error whose message quotes lost connections is judged by its code', () => {
  expect(kindsOf(errorWith('23505', 'Connection terminated'))).toEqual(['data'])
})

test.each([undefined, null, 'ECONNRESET', 42, {}, { code: 5 }])('%j is no database error', (thrown) => {
  expect(sqlState(thrown)).toBeUndefined()
  expect(kindsOf(thrown)).toEqual([])
})

test('a chain of causes that bites its tail ends', () => {
  const error = errorWith('ENOENT')
  error.cause = error
  expect(kindsOf(error)).toEqual([])
})
