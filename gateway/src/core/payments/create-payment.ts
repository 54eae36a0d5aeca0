import type { ClaimReply, ClaimRequest } from '@tessera/contracts/vault-protocol'
import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import { derivedId } from '@tessera/lib/derived-id'
import type { Timers } from '@tessera/lib/timers'
import type { PaymentMethod } from '../customers/payment-method.ts'
import { type FingerprintId, type OperationId, type PaymentId, trustedId, type VaultCardId } from '../ids.ts'
import type { Caller, Flow, MerchantDirectory } from '../merchants/merchant.ts'
import { checkLimits } from '../money/limits.ts'
import type { IdempotencyClaim, NewPayment, Scope } from '../ports/payment-store.ts'
import { accept, type Refusal, type Result, refuse } from '../refusals.ts'
import { selectFlow } from '../routing/select-flow.ts'
import type { Acquirer } from './acquirer.ts'
import type { DecisionContext } from './decision.ts'
import { beginAttempt, createdEvent, newPayment } from './new-payment.ts'
import type { Operation } from './payment.ts'
import { type Answered, type CreatePayment, operationOf, type WriteRequest } from './payments.ts'
import { replay } from './replay.ts'
import { decisionContext, type EngineParts, settle } from './settlement.ts'

export type CreatePaymentParts = EngineParts & { directory: MerchantDirectory; acquirer: Acquirer; timers: Timers }

/**
 * One payment, as the design's flow has it: claim the card, record the attempt (A), send it with no transaction open, record
 * what came of it (B). A crash between any two of them leaves a row that the worker finds and settles.
 */
export async function createPayment(
  parts: CreatePaymentParts,
  caller: Caller,
  command: CreatePayment,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const scope: Scope = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const flow = selectFlow(parts.directory, caller, command.flowId)
  if (!flow.ok) return flow
  const limits = checkLimits(command.money)
  if (!limits.ok) return limits
  if (command.source === null) return createForCheckout(parts, caller, flow.value, command, request)

  const method = await findMethod(parts, scope, command)
  if (!method.ok) return method
  const attemptId = attemptIdOf(parts, scope, command, request.claim)
  const claimed = await parts.vault.claim({
    merchantId: scope.merchantId,
    mode: scope.mode,
    attemptId,
    source: sourceOf(command, method.value),
    withFingerprint: command.saveCard && command.source.kind === 'token',
  })
  if (claimed.outcome !== 'claimed') return refuseClaim(parts, scope, claimed.outcome, request)
  return sendAttempt(parts, caller, flow.value, command, request, { attemptId, claimed, method: method.value })
}

type Claimed = Extract<ClaimReply, { outcome: 'claimed' }>

async function sendAttempt(
  parts: CreatePaymentParts,
  caller: Caller,
  flow: Flow,
  command: CreatePayment,
  request: WriteRequest,
  card: { attemptId: OperationId; claimed: Claimed; method: PaymentMethod | null },
): Promise<Result<Answered>> {
  const scope: Scope = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const context = decisionContext(parts)
  const created = newPayment(caller, flow, command, trustedId<PaymentId>(parts.ids.timeOrdered()), context.nowMs)
  const saves = savedBy(command, card.claimed, context)
  const begun = beginAttempt(created, { operationId: card.attemptId, card: card.claimed.card, saves }, context)
  const row: NewPayment = {
    payment: begun.payment,
    operation: begun.operation,
    events: [createdEvent(begun.payment, context)],
    claim: request.claim,
    answer: null,
  }
  const recorded = await parts.store.create(row).catch((error: unknown) => {
    // Turned away before it was written: the token can be used again at once. After any other failure the row may exist.
    const isUnwritten = error instanceof QueueFull || error instanceof QueueDeadlinePassed
    if (isUnwritten) parts.vault.release({ ...scope, attemptId: card.attemptId, reason: 'unused' })
    throw error
  })
  if (recorded.kind === 'key_taken') {
    // The claim is shared with the first request where both derive the same attempt; only one of our own is given back.
    if (recorded.record.operationId !== card.attemptId) {
      parts.vault.release({ ...scope, attemptId: card.attemptId, reason: 'unused' })
    }
    return replay(parts, scope, request.claim as IdempotencyClaim, recorded.record, request.answer)
  }

  const record = { payment: begun.payment, operations: [begun.operation] }
  const transactionId = card.method?.networkTransactionId ?? null
  const sent = await parts.acquirer.send(record, begun.operation, { transactionId })
  const after = await settle(parts, record, begun.operation, sent.outcome, replyOf(request))
  const answer = request.answer(after, operationOf(after, begun.operation.operationId))
  return accept({ answer, replayed: false, acquirerMs: sent.acquirerMs })
}

/** Where the card will be kept. One that is kept already, and charged again, stays where it is. */
function savedBy(command: CreatePayment, claimed: Claimed, context: DecisionContext): Operation['saves'] {
  if (!command.saveCard || command.source?.kind !== 'token' || claimed.fingerprintId === null) return null
  return {
    cardId: trustedId<VaultCardId>(context.newId('card')),
    fingerprintId: trustedId<FingerprintId>(claimed.fingerprintId),
  }
}

async function createForCheckout(
  parts: CreatePaymentParts,
  caller: Caller,
  flow: Flow,
  command: CreatePayment,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const context = decisionContext(parts)
  const payment = newPayment(caller, flow, command, trustedId<PaymentId>(parts.ids.timeOrdered()), context.nowMs)
  const answer = request.answer({ payment, operations: [] }, null)
  const events = [createdEvent(payment, context)]
  const recorded = await parts.store.create({ payment, operation: null, events, claim: request.claim, answer })
  if (recorded.kind === 'created') return accept({ answer, replayed: false, acquirerMs: 0 })
  const scope: Scope = { merchantId: payment.merchantId, mode: payment.mode }
  return replay(parts, scope, request.claim as IdempotencyClaim, recorded.record, request.answer)
}

export function replyOf(request: WriteRequest): Parameters<typeof settle>[4] {
  return request.claim === null ? undefined : { key: request.claim.key, render: request.answer }
}

/**
 * A token's attempt follows from key and token, so that a repeated request claims as the same attempt; without a key, and for
 * a saved card (which many attempts may claim), each request is its own.
 */
function attemptIdOf(
  parts: EngineParts,
  scope: Scope,
  command: CreatePayment,
  claim: IdempotencyClaim | null,
): OperationId {
  if (claim === null || command.source?.kind !== 'token')
    return trustedId<OperationId>(`att_${parts.ids.timeOrdered()}`)
  return trustedId<OperationId>(`att_${derivedId(scope.merchantId, scope.mode, claim.key, command.source.token)}`)
}

async function findMethod(
  parts: EngineParts,
  scope: Scope,
  command: CreatePayment,
): Promise<Result<PaymentMethod | null>> {
  if (command.source?.kind !== 'payment_method') return accept(null)
  const method = await parts.store.findPaymentMethod(scope, command.source.paymentMethodId)
  const isForeign = command.customerId !== null && method?.customerId !== command.customerId
  if (method === undefined || isForeign) return refuse({ refusal: 'not_found', what: 'payment_method' })
  if (method.status === 'blocked') return refuse({ refusal: 'payment_method_blocked' })
  return accept(method)
}

function sourceOf(command: CreatePayment, method: PaymentMethod | null): ClaimRequest['source'] {
  if (method !== null) return { kind: 'card', cardId: method.cardId }
  if (command.source?.kind === 'token') return { kind: 'token', token: command.source.token }
  throw new Error('a payment without a card has nothing to claim')
}

const claimRefusals: Record<Exclude<ClaimReply['outcome'], 'claimed'>, Refusal> = {
  token_unknown: { refusal: 'token_unknown' },
  token_expired: { refusal: 'token_expired' },
  token_already_used: { refusal: 'token_already_used' },
  card_unknown: { refusal: 'not_found', what: 'payment_method' },
}

/** A token that cannot be claimed may have been used by this very request, sent before: then its answer is given again. */
async function refuseClaim(
  parts: CreatePaymentParts,
  scope: Scope,
  outcome: Exclude<ClaimReply['outcome'], 'claimed'>,
  request: WriteRequest,
): Promise<Result<Answered>> {
  if (request.claim !== null) {
    const first = await parts.store.findKey(scope, request.claim.key)
    if (first !== undefined) return replay(parts, scope, request.claim, first, request.answer)
  }
  return refuse(claimRefusals[outcome])
}
