import { outcomeTestNumber, reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, test } from 'vitest'
import { behaviourOf, judge } from './behaviour.ts'
import type { AuthorizeRequest } from './requests.ts'

const nowMs = Date.UTC(2030, 0, 15)

function verdictOf(
  card: Partial<AuthorizeRequest['card']>,
  more: Partial<AuthorizeRequest> = {},
  isAuthenticated = false,
) {
  const request: AuthorizeRequest = {
    account: 'mer_1',
    reference: 'att_1',
    amountMinor: 1000,
    currency: 'usd',
    capture: true,
    initiator: 'customer',
    networkTransactionId: null,
    authentication: null,
    exemption: null,
    ...more,
    card: { number: '4242424242424242', expMonth: 6, expYear: 2031, cvcSent: true, holder: null, ...card },
  }
  return judge(request, behaviourOf(request.card), nowMs, isAuthenticated)
}

describe('which rule decides', () => {
  test.each([
    ['4000000000000002', '05'],
    ['4000000000009995', '51'],
    ['4000000000009987', '41'],
    ['4000000000009979', '43'],
    ['4000000000000069', '54'],
    ['4000000000000127', 'N7'],
    ['4000000000000119', '96'],
    ['4000000000006975', '61'],
    ['4100000000000019', '59'],
  ])('the number %s is declined with %s', (number, responseCode) => {
    expect(verdictOf({ number })).toMatchObject({ approved: false, responseCode })
  })

  test('a number with a behaviour of its own ignores the holder name', () => {
    expect(verdictOf({ number: '4000000000009995', holder: 'CARD_EXPIRED' }).responseCode).toBe('51')
    expect(verdictOf({ number: '4000000000000259', holder: 'DECLINED' }).approved).toBe(true)
  })

  test('the last four digits of an outcome number win over the holder name', () => {
    const number = outcomeTestNumber('0054')
    expect(verdictOf({ number, holder: 'NOT_ENOUGH_BALANCE' }).responseCode).toBe('54')
  })

  test('the last four digits of any other number mean nothing', () => {
    expect(verdictOf({ number: '4000009900000054' }).approved).toBe(true)
    expect(verdictOf({ number: '4242424242420054' }).approved).toBe(true)
  })

  test.each([
    ['DECLINED', '05'],
    [' referral ', '01'],
    ['ERROR', '96'],
    ['BLOCK_CARD', '62'],
    ['CARD_EXPIRED', '54'],
    ['INVALID_AMOUNT', '13'],
    ['NOT_ENOUGH_BALANCE', '51'],
    ['UNKNOWN', '06'],
    ['APPROVED', '00'],
    ['Ada Lovelace', '00'],
  ])('a plain number with the holder name "%s" gives %s', (holder, responseCode) => {
    expect(verdictOf({ holder }).responseCode).toBe(responseCode)
    expect(verdictOf({ number: reservedTestNumber(1), holder }).responseCode).toBe(responseCode)
  })
})

describe('what a card needs to be approved', () => {
  test('it is good through the last day of its month', () => {
    expect(verdictOf({ expMonth: 1, expYear: 2030 }).responseCode).toBe('00')
    expect(verdictOf({ expMonth: 12, expYear: 2029 }).responseCode).toBe('54')
  })

  test('the incorrect-CVC card declines only when a CVC is sent', () => {
    expect(verdictOf({ number: '4000000000000127' })).toMatchObject({ responseCode: 'N7', cvcResult: 'N' })
    expect(verdictOf({ number: '4000000000000127', cvcSent: false })).toMatchObject({ approved: true, cvcResult: 'P' })
  })

  test('the card that only lets itself be saved declines the later charge without CVC', () => {
    expect(verdictOf({ number: '4000000000000341' }).approved).toBe(true)
    expect(verdictOf({ number: '4000000000000341', cvcSent: false }).responseCode).toBe('05')
  })

  test('85 approves a verification without an amount, and nothing else', () => {
    const number = outcomeTestNumber('0085')
    expect(verdictOf({ number }).approved).toBe(false)
    expect(verdictOf({ number }, { amountMinor: 0 }).approved).toBe(true)
  })

  test('checks are reported on approvals', () => {
    expect(verdictOf({ number: '4000000000000101' })).toMatchObject({ approved: true, cvcResult: 'N' })
    expect(verdictOf({ number: '4000000000000010' })).toMatchObject({ approved: true, avsResult: 'N' })
    expect(verdictOf({})).toMatchObject({ approved: true, cvcResult: 'M', avsResult: null })
  })

  test('an advice code comes with the decline', () => {
    const number = outcomeTestNumber('0203', 'mastercard')
    expect(verdictOf({ number })).toMatchObject({ approved: false, responseCode: '05', adviceCode: '03' })
  })
})

describe('cards that demand authentication', () => {
  const before = { networkTransactionId: '123456789012345' }
  test.each([
    ['4000000000003220', {}, '1A'],
    ['4000000000003220', before, '00'],
    ['4000008400001629', {}, '1A'],
    ['4000008400001629', before, '05'],
    ['4000008260003178', before, '51'],
    ['4000002760003184', before, '1A'],
    ['4000003800000446', {}, '1A'],
    ['4000003800000446', { initiator: 'merchant' as const }, '00'],
    ['4000002500003155', { initiator: 'merchant' as const, ...before }, '00'],
    ['4000000000003055', {}, '00'],
  ])('%s with %o gives %s', (number, more, responseCode) => {
    expect(verdictOf({ number }, more).responseCode).toBe(responseCode)
  })
})
