import { expect, test } from 'vitest'
import { type DeclineCode, declineCodes } from '../core/payments/failure.ts'
import { declineCodeOf, isApproval } from './response-codes.ts'

test.each<[string, DeclineCode]>([
  ['01', 'call_issuer'],
  ['05', 'do_not_honor'],
  ['10', 'partial_approval'],
  ['12', 'invalid_transaction'],
  ['14', 'incorrect_number'],
  ['41', 'lost_card'],
  ['43', 'stolen_card'],
  ['51', 'insufficient_funds'],
  ['54', 'expired_card'],
  ['57', 'transaction_not_allowed'],
  ['59', 'fraudulent'],
  ['61', 'card_velocity_exceeded'],
  ['70', 'authentication_required'],
  ['1A', 'authentication_required'],
  ['91', 'issuer_not_available'],
  ['96', 'processing_error'],
  ['N7', 'incorrect_cvc'],
  ['R0', 'stop_payment_order'],
  ['R1', 'revocation_of_authorization'],
])('%s means %s, whatever the brand', (responseCode, code) => {
  for (const brand of ['visa', 'mastercard', 'amex', null] as const) {
    expect(declineCodeOf(responseCode, brand)).toBe(code)
  }
})

test.each<[string, DeclineCode, DeclineCode]>([
  ['65', 'withdrawal_count_limit_exceeded', 'authentication_required'],
  ['82', 'incorrect_cvc', 'card_declined'],
  ['83', 'generic_decline', 'fraudulent'],
  ['79', 'generic_decline', 'card_declined'],
])('%s means %s for Visa and %s for Mastercard', (responseCode, visa, mastercard) => {
  expect(declineCodeOf(responseCode, 'visa')).toBe(visa)
  expect(declineCodeOf(responseCode, 'mastercard')).toBe(mastercard)
  expect(declineCodeOf(responseCode, 'maestro')).toBe(mastercard)
})

test('a code that is not known is a plain decline', () => {
  for (const responseCode of ['ZZ', '', '00', '6', 'constructor']) {
    expect(declineCodeOf(responseCode, 'visa')).toBe('generic_decline')
  }
})

test('every two characters give a code that the engine can explain, and only approvals approve', () => {
  const characters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const codes = characters.flatMap((first) => characters.map((second) => first + second))
  const explained: readonly string[] = declineCodes
  expect(codes.filter((code) => !explained.includes(declineCodeOf(code, 'visa')))).toEqual([])
  expect(codes.filter((code) => isApproval(code, 100))).toEqual(['00', '08', '11'])
  expect(codes.filter((code) => isApproval(code, 0))).toEqual(['00', '08', '11', '85'])
})
