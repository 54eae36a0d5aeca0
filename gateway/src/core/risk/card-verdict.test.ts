import { expect, test } from 'vitest'
import type { AmountMinor } from '../money/amount.ts'
import { findCurrency } from '../money/currencies.ts'
import { type DeclineCode, failureOf } from '../payments/failure.ts'
import { cardVerdictOf } from './card-verdict.ts'

const authorization = (
  state: 'approved' | 'declined' | 'unknown',
  code: DeclineCode | null,
  amountMinor = 5_000,
  currency = 'usd',
) => ({
  state,
  failure: code === null ? null : failureOf(code),
  amountMinor: amountMinor as AmountMinor,
  currency: findCurrency(currency) as NonNullable<ReturnType<typeof findCurrency>>,
})

test('an approval is told, and a doubt is not', () => {
  expect(cardVerdictOf(authorization('approved', null))).toBe('approved')
  expect(cardVerdictOf(authorization('unknown', null))).toBeNull()
})

test('an ordinary decline of an ordinary amount counts once', () => {
  expect(cardVerdictOf(authorization('declined', 'insufficient_funds'))).toBe('declined')
  expect(cardVerdictOf(authorization('declined', 'do_not_honor'))).toBe('declined')
})

test('a guessed code, an invented number or a tiny amount counts as a probe', () => {
  expect(cardVerdictOf(authorization('declined', 'incorrect_cvc'))).toBe('probed')
  expect(cardVerdictOf(authorization('declined', 'incorrect_number'))).toBe('probed')
  expect(cardVerdictOf(authorization('declined', 'do_not_honor', 300))).toBe('probed')
  expect(cardVerdictOf(authorization('declined', 'do_not_honor', 301))).toBe('declined')
})

test('what a tiny amount is follows the decimals of the currency', () => {
  expect(cardVerdictOf(authorization('declined', 'do_not_honor', 300, 'jpy'))).toBe('probed')
  expect(cardVerdictOf(authorization('declined', 'do_not_honor', 3_000, 'kwd'))).toBe('probed')
  expect(cardVerdictOf(authorization('declined', 'do_not_honor', 3_001, 'kwd'))).toBe('declined')
})

test('an issuer that was not reached, or wants the shopper to authenticate, says nothing about the card', () => {
  expect(cardVerdictOf(authorization('declined', 'issuer_not_available'))).toBeNull()
  expect(cardVerdictOf(authorization('declined', 'authentication_required'))).toBeNull()
})

test.each<[DeclineCode, string | null]>([
  ['closed_account', 'probed'],
  ['expired_card', 'probed'],
  ['fraudulent', 'probed'],
  ['incorrect_cvc', 'probed'],
  ['incorrect_number', 'probed'],
  ['lost_card', 'probed'],
  ['pickup_card', 'probed'],
  ['restricted_card', 'probed'],
  ['security_violation', 'probed'],
  ['stolen_card', 'probed'],
  ['authentication_required', null],
  ['issuer_not_available', null],
  ['processing_error', null],
  ['reenter_transaction', null],
])('%s tells of the card: %s', (code, verdict) => {
  expect(cardVerdictOf(authorization('declined', code))).toBe(verdict)
})

test('only what is decided tells of a card', () => {
  expect(cardVerdictOf(authorization('unknown', 'stolen_card'))).toBeNull()
  expect(cardVerdictOf(authorization('declined', null, 100))).toBeNull()
})
