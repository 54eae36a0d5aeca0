import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import type { Timers } from '@tessera/lib/timers'
import type { BroughtResult, Exemption } from '../authentication/authentication.ts'
import { beginAuthentication } from '../authentication/begin.ts'
import { type FirstPlan, planFirst, withBrought } from '../authentication/first-plan.ts'
import { type PaymentId, trustedId } from '../ids.ts'
import type { Caller, MerchantDirectory } from '../merchants/merchant.ts'
import type { IdempotencyClaim, NewPayment, Scope } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { selectFlow } from '../routing/select-flow.ts'
import type { Acquirer } from './acquirer.ts'
import { type ClaimedCard, claimCard, type NoCard, returnSpareClaim } from './claim-card.ts'
import { Draft } from './decision.ts'
import { awaitConfirmation, beginAttempt, createdEvent, type NewPaymentParts, newPayment } from './new-payment.ts'
import type { Payment } from './payment.ts'
import { type Answered, type CreatePayment, operationOf, type WriteRequest } from './payments.ts'
import { replay } from './replay.ts'
import { decisionContext, type EngineParts, settle } from './settlement.ts'
import { type TermsParts, termsOf } from './terms.ts'

export type CreatePaymentParts = EngineParts &
  TermsParts & { directory: MerchantDirectory; acquirer: Acquirer; timers: Timers }

/**
 * One payment, as the design's flow has it: claim the card, record the attempt (A), send it with no transaction open, record
 * what came of it (B). A crash between any two of them leaves a row that the worker finds and settles. With a card that waits for
 * its confirmation, and without a card, it ends with A.
 */
export async function createPayment(
  parts: CreatePaymentParts,
  caller: Caller,
  command: CreatePayment,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const scope: Scope = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const { source } = command
  if (source !== null && !caller.merchant.s2sEnabled) return refuse({ refusal: 's2s_not_enabled' })
  const flow = selectFlow(parts.directory, caller, command.flowId)
  if (!flow.ok) return flow
  const terms = await termsOf(parts, caller, command)
  if (!terms.ok) return terms
  const made = { caller, flow: flow.value, command, terms: terms.value, paymentMethodId: null }
  if (source === null) return recordWaiting(parts, beginPayment(parts, made), null, request)

  if (command.authenticationWish?.threeDSecure === 'required' && !parts.threeDSecure?.isAvailable(caller.mode)) {
    return refuse({ refusal: 'not_supported', why: '3-D Secure is not set up for this mode' })
  }
  const card = await claimCard(parts, scope, command, source, request.claim)
  if (!card.ok) return refuseCard(parts, scope, card.none, request)
  const paymentMethodId = card.claimed.method?.paymentMethodId ?? null
  const payment = beginPayment(parts, { ...made, paymentMethodId })
  const plan = await planFirst(parts, caller, command, payment, card.claimed)
  if (plan.kind === 'authenticate') return recordAuthenticating(parts, payment, card.claimed, plan, request)
  if (command.confirmation === 'automatic') {
    return sendAttempt(parts, payment, { ...card.claimed, ...plan, brought: command.broughtResult }, request)
  }
  const waiting = awaitConfirmation(payment, card.claimed.card, card.claimed.held, payment.createdAtMs)
  return recordWaiting(parts, waiting, card.claimed, request)
}

function beginPayment(parts: CreatePaymentParts, made: NewPaymentParts): Payment {
  return newPayment(made, trustedId<PaymentId>(parts.ids.timeOrdered()), parts.clock.now())
}

async function sendAttempt(
  parts: CreatePaymentParts,
  created: Payment,
  claimed: ClaimedCard & { exemption: Exemption | null; brought: BroughtResult | null },
  request: WriteRequest,
): Promise<Result<Answered>> {
  const context = decisionContext(parts)
  const { brought, exemption, card } = claimed
  const authenticated = brought === null ? created : withBrought(parts, created, card.brand, brought)
  const { payment, operation } = beginAttempt(authenticated, { ...claimed.held, card, exemption }, context)
  const events = [createdEvent(payment, context)]
  const replayed = await recordNew(
    parts,
    { payment, operation, events, claim: request.claim, answer: null },
    claimed,
    request,
  )
  if (replayed !== null) return replayed

  const record = { payment, operations: [operation] }
  const { networkTransactionId: transactionId } = operation
  const sent = await parts.acquirer.send(record, operation, { transactionId, cavv: brought?.cavv ?? null })
  const after = await settle(parts, record, operation, sent.outcome, replyOf(request))
  const answer = request.answer(after, operationOf(after, operation.operationId))
  return accept({ answer, replayed: false, acquirerMs: sent.acquirerMs })
}

/** A payment whose shopper authenticates before anything is sent. */
async function recordAuthenticating(
  parts: CreatePaymentParts,
  created: Payment,
  claimed: ClaimedCard,
  plan: FirstPlan & { kind: 'authenticate' },
  request: WriteRequest,
): Promise<Result<Answered>> {
  const context = decisionContext(parts)
  const draft = new Draft({ ...created, card: claimed.card }, context)
  beginAuthentication(draft, claimed.held, plan.session, plan)
  const { payment, events, authentications } = draft.decision()
  const [authentication] = authentications
  const answer = request.answer({ payment, operations: [] }, null)
  const row: NewPayment = {
    payment,
    operation: null,
    ...(authentication === undefined ? {} : { authentication }),
    events: [createdEvent(created, context), ...events],
    claim: request.claim,
    answer,
  }
  return (await recordNew(parts, row, claimed, request)) ?? accept({ answer, replayed: false, acquirerMs: 0 })
}

/** A payment that nothing is sent of yet: it waits for a card, or for its confirmation. */
async function recordWaiting(
  parts: CreatePaymentParts,
  payment: Payment,
  claimed: ClaimedCard | null,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const answer = request.answer({ payment, operations: [] }, null)
  const events = [createdEvent(payment, decisionContext(parts))]
  const row: NewPayment = { payment, operation: null, events, claim: request.claim, answer }
  return (await recordNew(parts, row, claimed, request)) ?? accept({ answer, replayed: false, acquirerMs: 0 })
}

/** Records the payment. Not null where this request is a repetition: the first one's answer. */
async function recordNew(
  parts: CreatePaymentParts,
  row: NewPayment,
  claimed: ClaimedCard | null,
  request: WriteRequest,
): Promise<Result<Answered> | null> {
  const { merchantId, mode } = row.payment
  const scope: Scope = { merchantId, mode }
  const recorded = await parts.store.create(row).catch((error: unknown) => {
    // Turned away before it was written: the token can be used again at once. After any other failure the row may exist.
    const isUnwritten = error instanceof QueueFull || error instanceof QueueDeadlinePassed
    if (isUnwritten && claimed) parts.vault.release({ ...scope, attemptId: claimed.attemptId, reason: 'unused' })
    throw error
  })
  if (recorded.kind === 'created') return null
  if (claimed !== null) await returnSpareClaim(parts, scope, recorded.record, claimed.attemptId)
  return replay(parts, scope, request.claim as IdempotencyClaim, recorded.record, request.answer)
}

export function replyOf(request: WriteRequest): Parameters<typeof settle>[4] {
  return request.claim === null ? undefined : { key: request.claim.key, render: request.answer }
}

/** Where this very request, sent before, used the card: its answer is given again. */
async function refuseCard(
  parts: CreatePaymentParts,
  scope: Scope,
  { refusal, mayBeRepeated }: NoCard,
  request: WriteRequest,
): Promise<Result<Answered>> {
  if (mayBeRepeated && request.claim !== null) {
    const first = await parts.store.findKey(scope, request.claim.key)
    if (first !== undefined) return replay(parts, scope, request.claim, first, request.answer)
  }
  return refuse(refusal)
}
