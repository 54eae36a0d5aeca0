import type { CardBrand } from '@tessera/contracts/vault-protocol'
import type { DeclineCode } from '../core/payments/failure.ts'

/** ISO 8583 field 39, as far as the schemes agree on it. */
const declineCodes: ReadonlyMap<string, DeclineCode> = new Map([
  ['01', 'call_issuer'],
  ['02', 'call_issuer'],
  ['03', 'processing_error'], // the acquirer's record of the merchant is wrong: nothing the shopper can do
  ['04', 'pickup_card'],
  ['05', 'do_not_honor'],
  ['07', 'pickup_card'],
  ['10', 'partial_approval'],
  ['12', 'invalid_transaction'],
  ['13', 'invalid_amount'],
  ['14', 'incorrect_number'],
  ['15', 'incorrect_number'],
  ['19', 'reenter_transaction'],
  ['30', 'processing_error'],
  ['41', 'lost_card'],
  ['43', 'stolen_card'],
  ['46', 'closed_account'],
  ['51', 'insufficient_funds'],
  ['54', 'expired_card'],
  ['55', 'incorrect_pin'],
  ['57', 'transaction_not_allowed'],
  ['58', 'transaction_not_allowed'],
  ['59', 'fraudulent'],
  ['61', 'card_velocity_exceeded'],
  ['62', 'restricted_card'],
  ['63', 'security_violation'],
  ['65', 'withdrawal_count_limit_exceeded'],
  ['70', 'authentication_required'],
  ['75', 'pin_try_exceeded'],
  ['78', 'restricted_card'],
  ['82', 'incorrect_cvc'],
  ['86', 'processing_error'],
  ['91', 'issuer_not_available'],
  ['93', 'restricted_card'],
  ['96', 'processing_error'],
  ['1A', 'authentication_required'],
  ['5C', 'restricted_card'],
  ['6P', 'card_declined'], // the identity could not be verified; no code of ours asks for that alone
  ['9G', 'restricted_card'],
  ['N7', 'incorrect_cvc'],
  ['R0', 'stop_payment_order'],
  ['R1', 'revocation_of_authorization'],
  ['R3', 'revocation_of_authorization'],
  ['Z5', 'processing_error'],
])

/**
 * Where Mastercard's codes mean something else: 65 is its soft decline (come back with authentication), and 79, 82 and 83
 * stand for lifecycle, policy and fraud, with the advice code telling what to do.
 */
const mastercardCodes: ReadonlyMap<string, DeclineCode> = new Map([
  ['65', 'authentication_required'],
  ['79', 'card_declined'],
  ['82', 'card_declined'],
  ['83', 'fraudulent'],
])

const approvals: ReadonlySet<string> = new Set(['00', '08', '11'])

/** 85 ("no reason to decline") approves a verification without an amount only. */
export function isApproval(responseCode: string, amountMinor: number): boolean {
  return approvals.has(responseCode) || (responseCode === '85' && amountMinor === 0)
}

/** A code that nobody told us about is a plain decline: the money did not move, only the reason is unknown. */
export function declineCodeOf(responseCode: string, brand: CardBrand | null): DeclineCode {
  const byBrand = brand === 'mastercard' || brand === 'maestro' ? mastercardCodes.get(responseCode) : undefined
  return byBrand ?? declineCodes.get(responseCode) ?? 'generic_decline'
}
