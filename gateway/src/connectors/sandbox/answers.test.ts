import { describe, expect, test } from 'vitest'
import type { ConnectorAnswer, ConnectorOutcome } from '../../core/ports/connector.ts'
import { type Expected, parseAuthorization, parseInquiry, parseModification } from './answers.ts'

const expected: Expected = {
  reference: 'att_1',
  amountMinor: 1762,
  currency: 'usd',
  cardBrand: 'visa',
  capture: true,
}

const answer = (status: number, body: object): ConnectorAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
})

const authorization = (more: object = {}) => ({
  type: 'authorization',
  id: 'auth_1',
  reference: 'att_1',
  status: 'approved',
  response_code: '00',
  advice_code: null,
  network_transaction_id: '123456789012345',
  amount_minor: 1762,
  currency: 'usd',
  captured: true,
  capture_before: '2030-01-22T12:00:00.000Z',
  ...more,
})

const mismatch: ConnectorOutcome = { kind: 'unknown', reason: 'mismatch' }

describe('an authorization that contradicts itself is unknown', () => {
  test.each<[string, object]>([
    ['approved with the code of a decline', { response_code: '51' }],
    ['approved with "no reason to decline" although there is an amount', { response_code: '85' }],
    ['approved in part', { response_code: '10', amount_minor: 881 }],
    ['approved without the capture that was asked for', { captured: false }],
    ['declined with the code of an approval', { status: 'declined', captured: false }],
    ['declined and captured', { status: 'declined', response_code: '51' }],
    ['of another type', { type: 'refund' }],
  ])('%s', (_, more) => {
    expect(parseAuthorization(answer(200, authorization(more)), expected)).toEqual(mismatch)
  })

  test('captured although that was not asked for', () => {
    const parsed = parseAuthorization(answer(200, authorization()), { ...expected, capture: false })
    expect(parsed).toEqual(mismatch)
  })
})

test('an inquiry takes the capture that it is told of', () => {
  for (const captured of [true, false]) {
    const parsed = parseInquiry(answer(200, authorization({ captured })), 'authorization', {
      ...expected,
      capture: null,
    })
    expect(parsed).toMatchObject({ kind: 'approved', captured })
  }
})

test('an inquiry about one kind of operation does not take another kind for it', () => {
  const refund = {
    type: 'refund',
    id: 'ref_1',
    reference: 'att_1',
    status: 'succeeded',
    code: null,
    amount_minor: 1762,
  }
  expect(parseInquiry(answer(200, refund), 'refund', expected).kind).toBe('succeeded')
  for (const type of ['capture', 'reversal', 'authorization'] as const) {
    expect(parseInquiry(answer(200, refund), type, expected)).toEqual(mismatch)
  }
  expect(parseInquiry(answer(200, authorization()), 'capture', expected)).toEqual(mismatch)
})

test('a brand decides what its codes mean', () => {
  const declined = answer(200, authorization({ status: 'declined', response_code: '65', captured: false }))
  expect(parseAuthorization(declined, expected)).toMatchObject({
    code: 'withdrawal_count_limit_exceeded',
    rawCode: '65',
  })
  expect(parseAuthorization(declined, { ...expected, cardBrand: 'mastercard' })).toMatchObject({
    code: 'authentication_required',
    rawCode: '65',
  })
})

describe('a reversal', () => {
  const reversal = (more: object) =>
    answer(200, { type: 'reversal', id: 'rev_1', reference: 'att_1', code: null, ...more })
  test('that found nothing to give back has succeeded', () => {
    const nothing = reversal({ status: 'succeeded', effect: 'nothing_held', amount_minor: 0 })
    expect(parseModification(nothing, 'reversal', expected)).toEqual({ kind: 'succeeded', acquirerReference: 'rev_1' })
  })

  test.each([
    { status: 'succeeded', effect: 'nothing_held', amount_minor: 1762 },
    { status: 'succeeded', effect: 'released', amount_minor: 0 },
    { status: 'succeeded', effect: 'undone', amount_minor: 1761 },
    { status: 'refused', code: 'already_captured', amount_minor: 0 },
  ])('answered with %o is unknown', (more) => {
    expect(parseModification(reversal(more), 'reversal', expected)).toEqual(mismatch)
  })
})

test('only a refund can be pending', () => {
  const pending = (type: string) =>
    answer(200, { type, id: 'x_1', reference: 'att_1', status: 'pending', code: null, amount_minor: 1762 })
  expect(parseModification(pending('refund'), 'refund', expected).kind).toBe('pending')
  expect(parseModification(pending('capture'), 'capture', expected).kind).toBe('unknown')
  expect(parseModification(pending('reversal'), 'reversal', expected).kind).toBe('unknown')
})
