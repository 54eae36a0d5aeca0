import { beginAuthentication, leavesTime } from '../authentication/begin.ts'
import { paymentMethodIdOf } from '../customers/payment-method.ts'
import { captureLines, refundLines } from '../ledger.ts'
import { amountMinor } from '../money/amount.ts'
import { type Decision, type DecisionContext, Draft } from './decision.ts'
import { type Failure, failureOf } from './failure.ts'
import { checkoutDeadlineMs, isHosted } from './hosted.ts'
import { holdLifetimeMs, inquiriesMax, inquiryPauseMs, isFinal, newOperation } from './operation.ts'
import {
  capturableMinor,
  type HeldCard,
  type Operation,
  type Payment,
  type PaymentRecord,
  refundableMinor,
} from './payment.ts'
import { taxOfRefund } from './refund-tax.ts'
import { derivedStage } from './stage.ts'
import { nextState, verdictOf } from './states.ts'

/** What became of an operation, as far as is known. Every source (answer, inquiry, fence) is translated to this. */
export type OperationOutcome =
  | {
      kind: 'approved'
      acquirerReference: string
      /** Authorize: whether the acquirer captured as well. */
      captured: boolean
      networkTransactionId: string | null
      captureBeforeMs: number | null
      /** What the network made of the authentication: it counts more than what the issuer said before. */
      authentication?: { eci: string; liabilityShift: boolean } | null
    }
  | { kind: 'declined'; failure: Failure }
  /** The acquirer took it and decides later. */
  | { kind: 'pending'; acquirerReference: string }
  /** Provably never processed: refused before it left, or not found after the fence and the acquirer's window. */
  | { kind: 'not_processed' }
  /** Sent, or perhaps sent, and no usable answer. `fenced`: it can no longer be sent from now on. */
  | { kind: 'unknown'; fenced: boolean }

/**
 * Applies what became of an operation to its payment. Returns null when there is nothing to record: the operation was
 * settled already, by whoever was faster.
 */
export function applyOutcome(
  record: PaymentRecord,
  operationId: string,
  outcome: OperationOutcome,
  context: DecisionContext,
): Decision | null {
  const operation = record.operations.find((each) => each.operationId === operationId)
  if (operation === undefined) throw new Error(`operation ${operationId} is not of payment ${record.payment.paymentId}`)
  if (isFinal(operation)) return applyLateApproval(record, operation, outcome, context)
  const draft = new Draft(record.payment, context)
  if (outcome.kind === 'unknown') return applyUnknown(draft, operation, outcome.fenced, context)
  if (outcome.kind === 'pending') return applyPending(draft, operation, outcome.acquirerReference, context)
  if (operation.kind === 'authorize') applyToAttempt(draft, operation, outcome, context)
  else if (operation.kind === 'capture') applyToCapture(draft, operation, outcome)
  else if (operation.kind === 'refund') applyToRefund(draft, operation, outcome)
  else applyToReversal(draft, operation, outcome, context)
  return draft.decision()
}

/**
 * An approval for an operation that was given up: the acquirer said "not found" and then did it after all. Money moved, so
 * the books follow it: an authorization is reversed, a capture or refund is recorded where the payment still has room.
 */
function applyLateApproval(
  record: PaymentRecord,
  operation: Operation,
  outcome: OperationOutcome,
  context: DecisionContext,
): Decision | null {
  const isNews = operation.state === 'declined' && operation.acquirerReference === null && outcome.kind === 'approved'
  if (!isNews || operation.kind === 'reversal') return null
  const draft = new Draft(record.payment, context)
  const { amounts } = draft.payment
  if (operation.kind === 'authorize') {
    draft.put({ ...operation, acquirerReference: outcome.acquirerReference })
    amounts.authorizedMinor += operation.amountMinor
    reverseRemainder(draft, context, 'approved after the payment was given up')
    return draft.decision()
  }
  if (operation.kind === 'capture') {
    if (capturableMinor(amounts) < operation.amountMinor + operation.releasesMinor) return null
    amounts.capturingMinor += operation.amountMinor
    amounts.reversingMinor += operation.releasesMinor
    applyToCapture(draft, operation, outcome)
    return draft.decision()
  }
  if (refundableMinor(amounts) < operation.amountMinor) return null
  amounts.refundingMinor += operation.amountMinor
  // Other refunds may have been divided since, as if this one had never been.
  applyToRefund(draft, { ...operation, taxMinor: taxOfRefund(record, operation.amountMinor) }, outcome)
  return draft.decision()
}

type Final = Extract<OperationOutcome, { kind: 'approved' | 'declined' | 'not_processed' }>

function applyUnknown(draft: Draft, operation: Operation, fenced: boolean, context: DecisionContext): Decision {
  const inquiries = operation.inquiries + (operation.state === 'sending' ? 0 : 1)
  draft.put({
    ...operation,
    state: operation.state === 'pending' ? 'pending' : 'unknown',
    inquiries,
    fencedAtMs: operation.fencedAtMs ?? (fenced ? context.nowMs : null),
    dueAtMs: inquiries >= inquiriesMax ? null : context.nowMs + inquiryPauseMs(inquiries),
  })
  if (operation.kind === 'authorize' && operation.state === 'sending' && draft.payment.state === 'processing') {
    draft.tell('payment.pending')
  }
  tellOfWaitingRefund(draft, operation)
  return draft.decision()
}

/** A refund that is not done at once; told of when the wait begins. */
function tellOfWaitingRefund(draft: Draft, operation: Operation): void {
  if (operation.kind === 'refund' && operation.state === 'sending') draft.tell('refund.pending', { operation })
}

function applyPending(
  draft: Draft,
  operation: Operation,
  acquirerReference: string,
  context: DecisionContext,
): Decision {
  const inquiries = operation.inquiries + (operation.state === 'sending' ? 0 : 1)
  draft.put({
    ...operation,
    state: 'pending',
    acquirerReference,
    inquiries,
    dueAtMs: context.nowMs + inquiryPauseMs(Math.min(inquiries, inquiriesMax)),
  })
  tellOfWaitingRefund(draft, operation)
  return draft.decision()
}

function finished(operation: Operation, outcome: Final): Operation {
  if (outcome.kind === 'approved') {
    const { authentication } = outcome
    return {
      ...operation,
      authentication:
        operation.authentication && authentication
          ? { ...operation.authentication, ...authentication }
          : operation.authentication,
      state: 'approved',
      acquirerReference: outcome.acquirerReference,
      networkTransactionId: outcome.networkTransactionId,
      dueAtMs: null,
    }
  }
  const failure = outcome.kind === 'declined' ? outcome.failure : failureOf('processing_error')
  return { ...operation, state: 'declined', failure, dueAtMs: null }
}

function applyToAttempt(draft: Draft, operation: Operation, outcome: Final, context: DecisionContext): void {
  const done = finished(operation, outcome)
  draft.put(done)
  if (outcome.kind !== 'approved' && authenticatesInstead(draft, done, context)) return
  if (operation.saves !== null) draft.settleCard(operation.saves.cardId)
  if (outcome.kind !== 'approved') {
    applyDecline(draft, done)
    return
  }
  const { payment } = draft
  noteNetworksView(draft, done)
  const trigger = outcome.captured ? 'approved_captured' : 'approved'
  payment.amounts.authorizedMinor += operation.amountMinor
  if (verdictOf(payment.state, trigger) === 'reverse') {
    reverseRemainder(draft, context, 'approved after the payment was given up')
    return
  }
  payment.state = nextState(payment.state, trigger)
  payment.failure = null
  payment.captureBeforeMs = outcome.captured ? null : outcome.captureBeforeMs
  payment.dueAtMs = payment.captureBeforeMs
  const saved = operation.saves !== null && payment.customerId !== null && payment.card !== null
  if (saved && operation.saves && payment.customerId && payment.card) {
    payment.paymentMethodId = paymentMethodIdOf(payment, payment.customerId, operation.saves.fingerprintId)
    draft.save({
      paymentMethodId: payment.paymentMethodId,
      customerId: payment.customerId,
      cardId: operation.saves.cardId,
      fingerprintId: operation.saves.fingerprintId,
      connectorId: payment.connectorId,
      card: payment.card,
      networkTransactionId: outcome.networkTransactionId,
    })
  }
  if (outcome.captured) {
    payment.amounts.capturedMinor += operation.amountMinor
    draft.post(operation.operationId, captureLines(operation.amountMinor, operation.currency))
    draft.tell('payment.succeeded')
  } else {
    draft.tell('payment.authorized')
  }
  if (saved) draft.tell('payment_method.saved')
}

function applyDecline(draft: Draft, attempt: Operation): void {
  const { payment } = draft
  if (payment.state !== 'processing') return
  payment.state = nextState(payment.state, isHosted(payment) ? 'declined_open' : 'declined')
  payment.failure = attempt.failure
  if (payment.state === 'created') payment.dueAtMs = checkoutDeadlineMs(payment)
  if (payment.state === 'failed') {
    payment.dueAtMs = null
    draft.tell('payment.failed', { failure: attempt.failure })
  }
}

/**
 * A soft decline: the issuer wants the shopper to authenticate. So they do, once, with a challenge that is mandated, and the
 * card is held for a second try. False where that is not to be had, and the decline stands.
 */
function authenticatesInstead(draft: Draft, attempt: Operation, context: DecisionContext): boolean {
  const { payment } = draft
  if (attempt.failure?.code !== 'authentication_required' || !mayAuthenticate(payment, attempt)) return false
  const expiresAtMs = attempt.holdEndsAtMs ?? attempt.createdAtMs + holdLifetimeMs
  if (!leavesTime(expiresAtMs, context.nowMs)) return false
  const session = context.newSession?.(payment.mode)
  if (!session) return false
  const held: HeldCard = {
    attemptId: attempt.operationId,
    cvcSpent: true,
    saves: attempt.saves,
    transactionId: attempt.networkTransactionId,
    expiresAtMs,
  }
  beginAuthentication(draft, held, session, { challengeMandated: true, required: true })
  return true
}

/** No shopper is there where the merchant charges by itself, and none is asked twice or against the merchant's word. */
function mayAuthenticate(payment: Payment, attempt: Operation): boolean {
  const isMerchantsOwn = payment.authentication !== null && payment.authentication.authenticationId === null
  return (
    payment.state === 'processing' &&
    payment.initiator === 'customer' &&
    payment.authenticationWish?.threeDSecure !== 'skip' &&
    !isMerchantsOwn &&
    attempt.holdId === null
  )
}

function noteNetworksView({ payment }: Draft, { authentication }: Operation): void {
  if (payment.authentication === null || authentication === null) return
  const { eci, liabilityShift } = authentication
  payment.authentication = { ...payment.authentication, eci, liabilityShift }
}

function applyToCapture(draft: Draft, operation: Operation, outcome: Final): void {
  const { payment } = draft
  const { amounts } = payment
  draft.put(finished(operation, outcome))
  amounts.capturingMinor -= operation.amountMinor
  amounts.reversingMinor -= operation.releasesMinor
  if (outcome.kind !== 'approved') return
  const first = amounts.capturedMinor === 0
  amounts.capturedMinor += operation.amountMinor
  amounts.reversedMinor += operation.releasesMinor
  payment.state = nextState(payment.state, 'capture_approved')
  if (capturableMinor(amounts) === 0) payment.dueAtMs = null
  draft.post(operation.operationId, captureLines(operation.amountMinor, operation.currency))
  draft.tell(first ? 'payment.succeeded' : 'payment.captured', { operation })
}

function applyToRefund(draft: Draft, operation: Operation, outcome: Final): void {
  const { amounts } = draft.payment
  const done = finished(operation, outcome)
  draft.put(done)
  amounts.refundingMinor -= operation.amountMinor
  if (outcome.kind !== 'approved') {
    if (derivedStage(draft.payment) !== 'disputed') draft.stand('refund_failed')
    draft.tell('refund.failed', { operation, failure: done.failure })
    return
  }
  amounts.refundedMinor += operation.amountMinor
  draft.post(operation.operationId, refundLines(operation.amountMinor, operation.currency))
  draft.tell('payment.refunded', { operation })
}

/** A reversal is owed: it is asked for again until the acquirer has answered, and a reversal in doubt is simply sent again. */
function applyToReversal(draft: Draft, operation: Operation, outcome: Final, context: DecisionContext): void {
  const { amounts } = draft.payment
  if (outcome.kind === 'not_processed') {
    const inquiries = operation.inquiries + 1
    const dueAtMs = inquiries >= inquiriesMax ? null : context.nowMs + inquiryPauseMs(inquiries)
    draft.put({ ...operation, state: 'unknown', inquiries, dueAtMs })
    return
  }
  draft.put(finished(operation, outcome))
  amounts.reversingMinor -= operation.amountMinor
  if (outcome.kind === 'approved') amounts.reversedMinor += operation.amountMinor
}

/**
 * Reserves what is left of the authorization and records the reversal that gives it back, due at once: whoever decided
 * sends it, and the worker does where that one died. Null when nothing is left.
 */
export function reverseRemainder(draft: Draft, context: DecisionContext, reason: string): Operation | null {
  const left = capturableMinor(draft.payment.amounts)
  if (left === 0) return null
  const reversal: Operation = {
    ...newOperation(draft.payment, 'reversal', amountMinor(left), context, { reason }),
    dueAtMs: context.nowMs,
  }
  draft.payment.amounts.reversingMinor += left
  draft.put(reversal)
  return reversal
}
