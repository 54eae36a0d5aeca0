import { dropHeld, giveUpAuthentication } from '../authentication/begin.ts'
import { accept, type PaymentAction, type Refusal, type Result, refuse } from '../refusals.ts'
import { type Decision, type DecisionContext, Draft } from './decision.ts'
import { failureOf } from './failure.ts'
import { checkoutDeadlineMs, isHosted } from './hosted.ts'
import { newOperation } from './operation.ts'
import { reverseRemainder } from './outcome.ts'
import { capturableMinor, type Operation, type Payment, type PaymentRecord, refundableMinor } from './payment.ts'
import { taxOfRefund } from './refund-tax.ts'
import { isGivenUp, nextState, verdictOf } from './states.ts'

/** A decision and the operation that it wants sent afterwards; null where nothing needs an acquirer. */
export interface CommandDecision {
  decision: Decision
  operation: Operation | null
}

export const notNow = (payment: Payment, action: PaymentAction, why: string): { ok: false; refusal: Refusal } =>
  refuse({ refusal: 'invalid_state', action, state: payment.state, why })

/** The acquirer would release with it what the capture under way still needs. */
const captureUnderWay =
  'Another capture is under way. Make the final one when it is done, or send final: false with this one.'

/** Captures a part or, without an amount, all that is left; `final` releases the rest with it. */
export function decideCapture(
  { payment }: PaymentRecord,
  command: { amountMinor: number | null; final: boolean },
  context: DecisionContext,
): Result<CommandDecision> {
  if (verdictOf(payment.state, 'capture') === 'no') {
    return notNow(payment, 'capture', 'Only an authorized payment can be captured.')
  }
  const available = capturableMinor(payment.amounts)
  if (available === 0) return notNow(payment, 'capture', 'Nothing of the authorization is left to capture.')
  if (command.final && payment.amounts.capturingMinor > 0) return notNow(payment, 'capture', captureUnderWay)
  const amount = command.amountMinor ?? available
  if (amount > available) {
    return refuse({
      refusal: 'amount_too_large',
      action: 'capture',
      availableMinor: available,
      currency: payment.currency,
    })
  }
  const draft = new Draft(payment, context)
  const releasesMinor = command.final ? available - amount : 0
  const operation = newOperation(payment, 'capture', amount, context, { final: command.final, releasesMinor })
  draft.payment.amounts.capturingMinor += amount
  draft.payment.amounts.reversingMinor += releasesMinor
  draft.put(operation)
  return accept({ decision: draft.decision(), operation })
}

/**
 * Gives up what is not captured. Before anything was sent the payment just ends; while an outcome is awaited, whatever is
 * approved later is reversed; an authorization is reversed; after a partial capture the rest is released.
 */
export function decideVoid(
  { payment, authentication }: PaymentRecord,
  command: { reason: string | null },
  context: DecisionContext,
): Result<CommandDecision> {
  const verdict = verdictOf(payment.state, 'void')
  if (verdict === 'no') return notNow(payment, 'void', 'The payment is over; there is nothing left to void.')
  if (payment.amounts.capturingMinor > 0) {
    return notNow(payment, 'void', 'A capture is under way. Void again when it is done, or refund.')
  }
  if (payment.state === 'captured' && capturableMinor(payment.amounts) === 0) {
    return notNow(payment, 'void', 'The payment is captured. Refund it instead.')
  }
  const draft = new Draft(payment, context)
  const before = payment.state
  draft.payment.state = nextState(before, 'void')
  draft.payment.dueAtMs = null
  giveUpAuthentication(draft, authentication)
  dropHeld(draft)
  const reversal = reverseRemainder(draft, context, command.reason ?? 'voided')
  if (draft.payment.state !== before) draft.tell('payment.canceled')
  return accept({ decision: draft.decision(), operation: reversal })
}

/** Refunds a part or, without an amount, all that is left of what was captured. */
export function decideRefund(
  record: PaymentRecord,
  command: { amountMinor: number | null; reason: string | null },
  context: DecisionContext,
): Result<CommandDecision> {
  const { payment } = record
  if (verdictOf(payment.state, 'refund') === 'no') {
    return notNow(payment, 'refund', 'Only a captured payment can be refunded; void one that is only authorized.')
  }
  if (payment.dispute?.state === 'open') {
    return notNow(payment, 'refund', 'The payment is disputed. What is refunded now could be lost twice.')
  }
  const available = refundableMinor(payment.amounts)
  if (available === 0 && payment.amounts.disputedMinor > 0) {
    return notNow(payment, 'refund', 'Nothing is left to refund: the dispute was lost.')
  }
  if (available === 0) return notNow(payment, 'refund', 'All that was captured is refunded, or is being refunded.')
  const amount = command.amountMinor ?? available
  if (amount > available) {
    return refuse({
      refusal: 'amount_too_large',
      action: 'refund',
      availableMinor: available,
      currency: payment.currency,
    })
  }
  const draft = new Draft(payment, context)
  const operation = newOperation(payment, 'refund', amount, context, {
    reason: command.reason,
    taxMinor: taxOfRefund(record, amount),
  })
  draft.payment.amounts.refundingMinor += amount
  draft.put(operation)
  return accept({ decision: draft.decision(), operation })
}

/**
 * The payment's own deadline has passed: an unfinished one ends uncharged, an authorization that lapses is given back.
 * Null when it is not due after all.
 */
export function decideExpiry(
  { payment, authentication }: PaymentRecord,
  context: DecisionContext,
): CommandDecision | null {
  if (payment.dueAtMs === null || payment.dueAtMs > context.nowMs) return null
  const draft = new Draft(payment, context)
  draft.payment.dueAtMs = null
  if (payment.amounts.capturingMinor > 0) {
    draft.payment.dueAtMs = context.nowMs + 60_000
    return { decision: draft.decision(), operation: null }
  }
  if (payment.state === 'processing' || isGivenUp(payment.state)) return { decision: draft.decision(), operation: null }
  const mayRetry =
    payment.state === 'requires_action' && isHosted(payment) && checkoutDeadlineMs(payment) > context.nowMs
  draft.payment.state = nextState(payment.state, mayRetry ? 'reopen' : 'expire')
  giveUpAuthentication(draft, authentication)
  dropHeld(draft)
  const reversal = reverseRemainder(draft, context, 'the authorization lapsed')
  if (mayRetry) {
    draft.payment.failure = failureOf('authentication_abandoned')
    draft.payment.dueAtMs = checkoutDeadlineMs(payment)
  } else if (draft.payment.state === 'failed') {
    draft.payment.failure = failureOf('authentication_abandoned')
    draft.tell('payment.failed', { failure: draft.payment.failure })
  } else if (draft.payment.state === 'expired') {
    draft.tell('payment.canceled')
  }
  return { decision: draft.decision(), operation: reversal }
}
