/** Why an attempt or another operation did not succeed, in the engine's words. Dialects translate codes, never invent them. */
export type DeclineCode =
  | 'authentication_abandoned'
  | 'authentication_failed'
  | 'authentication_required'
  | 'call_issuer'
  | 'card_declined'
  | 'card_not_supported'
  | 'card_velocity_exceeded'
  | 'closed_account'
  | 'do_not_honor'
  | 'expired_card'
  | 'fraudulent'
  | 'generic_decline'
  | 'incorrect_cvc'
  | 'incorrect_number'
  | 'incorrect_pin'
  | 'insufficient_funds'
  | 'invalid_amount'
  | 'invalid_transaction'
  | 'issuer_not_available'
  | 'lost_card'
  | 'partial_approval'
  | 'pickup_card'
  | 'pin_try_exceeded'
  | 'processing_error'
  | 'reenter_transaction'
  | 'restricted_card'
  | 'revocation_of_authorization'
  | 'security_violation'
  | 'stolen_card'
  | 'stop_payment_order'
  | 'transaction_not_allowed'
  | 'withdrawal_count_limit_exceeded'

export type FailureCategory = 'soft_decline' | 'hard_decline' | 'authentication_failed' | 'processing_error' | 'blocked'

export type RecommendedAction =
  | 'use_different_card'
  | 'retry_later'
  | 'fix_card_data'
  | 'authenticate'
  | 'contact_issuer'
  | 'do_not_retry'

export interface Failure {
  code: DeclineCode
  category: FailureCategory
  recommendedAction: RecommendedAction
  message: string
  /** The scheme's own code (DE39) and advice code, for the operator; never shown to a shopper. */
  rawCode: string | null
  adviceCode: string | null
}

interface Explanation {
  category: FailureCategory
  action: RecommendedAction
  message: string
}

const say = (category: FailureCategory, action: RecommendedAction, message: string): Explanation => ({
  category,
  action,
  message,
})

/** Fraud-like declines read like any other decline, so that a thief learns nothing from them. */
const declined = 'The card was declined. Ask the shopper for another card.'

const explanations: Record<DeclineCode, Explanation> = {
  authentication_abandoned: say(
    'authentication_failed',
    'authenticate',
    'The shopper did not finish the authentication (3-D Secure). Nothing was charged.',
  ),
  authentication_failed: say(
    'authentication_failed',
    'use_different_card',
    'The shopper could not be authenticated (3-D Secure). Nothing was charged.',
  ),
  authentication_required: say(
    'authentication_failed',
    'authenticate',
    'The issuer wants the shopper to authenticate (3-D Secure) before it approves this payment.',
  ),
  call_issuer: say('soft_decline', 'contact_issuer', 'The issuer wants the shopper to call before it approves.'),
  card_declined: say('hard_decline', 'use_different_card', declined),
  card_not_supported: say('hard_decline', 'use_different_card', 'The card does not support this kind of purchase.'),
  card_velocity_exceeded: say('soft_decline', 'retry_later', 'The card has reached its spending limit for now.'),
  closed_account: say('hard_decline', 'do_not_retry', 'The account behind the card is closed.'),
  do_not_honor: say('soft_decline', 'retry_later', 'The issuer declined without giving a reason.'),
  expired_card: say('hard_decline', 'fix_card_data', 'The card has expired, or the expiry date is wrong.'),
  fraudulent: say('hard_decline', 'do_not_retry', declined),
  generic_decline: say('hard_decline', 'use_different_card', declined),
  incorrect_cvc: say('hard_decline', 'fix_card_data', 'The security code is wrong.'),
  incorrect_number: say('hard_decline', 'fix_card_data', 'The card number is wrong.'),
  incorrect_pin: say('hard_decline', 'use_different_card', 'The PIN is wrong.'),
  insufficient_funds: say('soft_decline', 'retry_later', 'The card has not enough funds.'),
  invalid_amount: say('hard_decline', 'fix_card_data', 'The issuer does not accept this amount.'),
  invalid_transaction: say('hard_decline', 'do_not_retry', 'The issuer does not accept this kind of transaction.'),
  issuer_not_available: say('processing_error', 'retry_later', 'The issuer could not be reached. Nothing was charged.'),
  lost_card: say('hard_decline', 'do_not_retry', declined),
  partial_approval: say('soft_decline', 'use_different_card', 'The issuer would approve a part of the amount only.'),
  pickup_card: say('hard_decline', 'do_not_retry', declined),
  pin_try_exceeded: say('hard_decline', 'use_different_card', 'The PIN was wrong too often.'),
  processing_error: say(
    'processing_error',
    'retry_later',
    'The payment could not be processed. Nothing was charged; try again in a moment.',
  ),
  reenter_transaction: say('processing_error', 'retry_later', 'The issuer asks for the payment to be sent again.'),
  restricted_card: say('hard_decline', 'use_different_card', 'The card may not be used for this purchase.'),
  revocation_of_authorization: say('hard_decline', 'do_not_retry', 'The cardholder has revoked this permission.'),
  security_violation: say('hard_decline', 'do_not_retry', declined),
  stolen_card: say('hard_decline', 'do_not_retry', declined),
  stop_payment_order: say('hard_decline', 'do_not_retry', 'The cardholder has stopped these payments.'),
  transaction_not_allowed: say('hard_decline', 'do_not_retry', 'The card does not allow this transaction.'),
  withdrawal_count_limit_exceeded: say('soft_decline', 'retry_later', 'The card was used too often today.'),
}

export function failureOf(code: DeclineCode, rawCode: string | null = null, adviceCode: string | null = null): Failure {
  const { category, action, message } = explanations[code]
  return { code, category, recommendedAction: action, message, rawCode, adviceCode }
}

export const declineCodes = Object.keys(explanations) as DeclineCode[]
