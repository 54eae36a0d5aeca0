import type { DeclineCode, Failure } from '../../core/payments/failure.ts'
import type { ErrorCode } from './catalogue.ts'
import type { CreatedPaymentBody } from './payment-wire.ts'

type FailureBody = NonNullable<CreatedPaymentBody['error']>

/**
 * The engine's codes in this API's words: the names that integrations know already. They are for the merchant's server; the
 * messages of fraud-like declines say no more than that the card was declined.
 */
export const wireDeclineCodes: Record<DeclineCode, string> = {
  authentication_abandoned: 'authentication_abandoned',
  authentication_failed: 'authentication_failed',
  authentication_required: 'authentication_required',
  call_issuer: 'call_issuer',
  card_declined: 'card_declined',
  card_not_supported: 'card_not_supported',
  card_velocity_exceeded: 'card_velocity_exceeded',
  closed_account: 'closed_account',
  do_not_honor: 'do_not_honor',
  expired_card: 'expired_card',
  fraudulent: 'fraudulent',
  generic_decline: 'card_declined',
  incorrect_cvc: 'incorrect_cvc',
  incorrect_number: 'incorrect_number',
  incorrect_pin: 'incorrect_pin',
  insufficient_funds: 'insufficient_funds',
  invalid_amount: 'invalid_amount',
  invalid_transaction: 'invalid_transaction',
  issuer_not_available: 'issuer_not_available',
  lost_card: 'lost_card',
  partial_approval: 'insufficient_funds',
  pickup_card: 'pickup_card',
  pin_try_exceeded: 'pin_try_exceeded',
  processing_error: 'processing_error',
  reenter_transaction: 'reenter_transaction',
  restricted_card: 'restricted_card',
  revocation_of_authorization: 'revocation_of_authorization',
  security_violation: 'security_violation',
  stolen_card: 'stolen_card',
  stop_payment_order: 'stop_payment_order',
  transaction_not_allowed: 'transaction_not_allowed',
  withdrawal_count_limit_exceeded: 'withdrawal_count_limit_exceeded',
}

/** Where an answer tells of its own request: in a failed payment's `error`. */
export interface AnswerOrigin {
  requestId: string
  /** Address of the error page. */
  docs: string
}

/** Without `code` the decline's own; a capture or refund that was refused is `capture_failed` or `refund_failed`. */
export function presentFailure(failure: Failure, origin: AnswerOrigin, code?: ErrorCode): FailureBody {
  const wireCode = code ?? wireDeclineCodes[failure.code]
  return {
    type: 'payment_error',
    code: wireCode,
    category: failure.category,
    message: failure.message,
    recommended_action: failure.recommendedAction,
    request_id: origin.requestId,
    doc_url: `${origin.docs}#${wireCode}`,
  }
}

/** A payment that was voided before its outcome was known: nobody declined it, and nothing stays charged. */
export function presentCancellation(origin: AnswerOrigin): FailureBody {
  return {
    type: 'payment_error',
    code: 'payment_failed',
    category: 'processing_error',
    message: 'The payment was voided before its outcome was known. Whatever the issuer approves is given back.',
    recommended_action: 'do_not_retry',
    request_id: origin.requestId,
    doc_url: `${origin.docs}#payment_failed`,
  }
}
