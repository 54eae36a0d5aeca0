import type { DeclineCode } from '../../core/payments/failure.ts'
import type { Operation, Payment, Stage } from '../../core/payments/payment.ts'

/** Why an attempt failed, as far as this API has words for it. */
export const attemptErrors = [
  'card_declined',
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'invalid_cvc',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_number',
  'processing_error',
  'generic_decline',
  'do_not_honor',
  'lost_card',
  'stolen_card',
  'restricted_card',
  'authentication_required',
  'withdrawal_count_limit_exceeded',
] as const
export type AttemptError = (typeof attemptErrors)[number]

/** This API's list of codes is closed: what it has no word for is told by the nearest one. */
export const attemptErrorOf: Record<DeclineCode, AttemptError> = {
  authentication_abandoned: 'authentication_required',
  authentication_failed: 'authentication_required',
  authentication_required: 'authentication_required',
  call_issuer: 'generic_decline',
  card_declined: 'card_declined',
  card_not_supported: 'restricted_card',
  card_velocity_exceeded: 'withdrawal_count_limit_exceeded',
  closed_account: 'card_declined',
  do_not_honor: 'do_not_honor',
  expired_card: 'expired_card',
  fraudulent: 'card_declined',
  generic_decline: 'generic_decline',
  incorrect_cvc: 'incorrect_cvc',
  incorrect_number: 'incorrect_number',
  incorrect_pin: 'generic_decline',
  insufficient_funds: 'insufficient_funds',
  invalid_amount: 'generic_decline',
  invalid_transaction: 'generic_decline',
  issuer_not_available: 'processing_error',
  lost_card: 'lost_card',
  partial_approval: 'insufficient_funds',
  pickup_card: 'card_declined',
  pin_try_exceeded: 'generic_decline',
  processing_error: 'processing_error',
  reenter_transaction: 'processing_error',
  restricted_card: 'restricted_card',
  revocation_of_authorization: 'card_declined',
  security_violation: 'card_declined',
  stolen_card: 'stolen_card',
  stop_payment_order: 'card_declined',
  transaction_not_allowed: 'restricted_card',
  withdrawal_count_limit_exceeded: 'withdrawal_count_limit_exceeded',
}

export interface DepositAttempt {
  status: 'failed' | 'succeeded'
  amountMinor: number
  error: AttemptError | null
  atMs: number
}

/**
 * What was tried so far and has an outcome, oldest first. A webhook carries the payment without its operations: then the
 * timeline tells the same, all but the reasons of declines that a later attempt has followed.
 */
export function depositAttemptsOf(payment: Payment, operations: readonly Operation[] | null): DepositAttempt[] {
  return operations === null ? attemptsInTimeline(payment) : attemptsAmong(payment, operations)
}

function attemptsAmong(payment: Payment, operations: readonly Operation[]): DepositAttempt[] {
  const attempts = operations
    .filter(({ kind, state }) => kind === 'authorize' && (state === 'approved' || state === 'declined'))
    .map((operation): DepositAttempt => {
      const common = { amountMinor: operation.amountMinor, atMs: operation.createdAtMs }
      if (operation.state === 'approved') return { status: 'succeeded', error: null, ...common }
      return { status: 'failed', error: attemptErrorOf[operation.failure?.code ?? 'processing_error'], ...common }
    })
  return attempts.length === 0 ? neverSent(payment) : attempts
}

/** Where a payment stands after an attempt, and what that says of it. */
const outcomeOf: Partial<Record<Stage, Pick<DepositAttempt, 'status' | 'error'>>> = {
  authorized: { status: 'succeeded', error: null },
  captured: { status: 'succeeded', error: null },
  failed: { status: 'failed', error: 'generic_decline' },
  // A decline on a checkout, where the shopper may try again.
  created: { status: 'failed', error: 'generic_decline' },
  // A soft decline: the issuer asks for authentication.
  requires_action: { status: 'failed', error: 'authentication_required' },
}

function attemptsInTimeline(payment: Payment): DepositAttempt[] {
  const { timeline, failure, amountMinor } = payment
  const attempts = timeline.flatMap(({ stage, atMs }, index): DepositAttempt[] => {
    const next = timeline[index + 1]?.stage
    const outcome = stage === 'processing' && next !== undefined ? outcomeOf[next] : undefined
    return outcome === undefined ? [] : [{ ...outcome, amountMinor, atMs }]
  })
  const last = attempts.at(-1)
  if (last?.status === 'failed' && failure !== null) last.error = attemptErrorOf[failure.code]
  return attempts.length === 0 ? neverSent(payment) : attempts
}

/** A payment whose authentication failed ended before anything was sent, but the shopper did try. */
function neverSent({ state, failure, amountMinor, timeline }: Payment): DepositAttempt[] {
  if (state !== 'failed' || failure === null) return []
  const atMs = timeline.findLast(({ stage }) => stage === 'failed')?.atMs
  if (atMs === undefined) return []
  return [{ status: 'failed', amountMinor, error: attemptErrorOf[failure.code], atMs }]
}
