import type { Timers } from '@tessera/lib/timers'
import type { OperationId, PaymentId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { IdempotencyClaim, Scope } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { Acquirer } from './acquirer.ts'
import type { CommandDecision } from './commands.ts'
import { replyOf } from './create-payment.ts'
import { type DecisionContext, recordAfter } from './decision.ts'
import { lostRaces } from './lost-races.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { type Answered, operationOf, type WriteRequest } from './payments.ts'
import { replay } from './replay.ts'
import {
  decisionContext,
  type EngineParts,
  networkOf,
  releaseDroppedCard,
  reread,
  scopeOf,
  settle,
} from './settlement.ts'

export type ModifyPaymentParts = EngineParts & { acquirer: Acquirer; timers: Timers }

/** Decides on the payment as it stands; may ask others on the way, since no transaction is open. */
type Decide = (
  record: PaymentRecord,
  context: DecisionContext,
) => Result<CommandDecision> | Promise<Result<CommandDecision>>

/**
 * Capture, void, refund, confirmation and update share one path: decide on the payment as it stands, record what the decision reserves, send the
 * operation, record what came of it. Two at once: one wins the commit, the other decides again on what is left.
 */
export async function modifyPayment(
  parts: ModifyPaymentParts,
  caller: Caller,
  paymentId: PaymentId,
  decide: Decide,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const scope: Scope = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const found = await parts.store.find(scope, paymentId)
  if (found === undefined) return refuse({ refusal: 'not_found', what: 'payment' })
  let record = found
  /** Operations that we asked the store to record: one that is there is ours, whatever became of the reply. */
  const ours = new Map<OperationId, string | null>()
  const lostRace = lostRaces(parts, paymentId)
  for (;;) {
    const mine = record.operations.find(({ operationId, begunBy }) => ours.get(operationId) === begunBy)
    if (mine !== undefined) return finish(parts, record, mine.operationId, request)
    const decided = await decide(record, decisionContext(parts))
    if (!decided.ok) return (await firstAnswer(parts, scope, request)) ?? decided
    const answered = await tryDecision(parts, record, decided.value, request)
    if (answered !== 'stale') return answered
    const { operation } = decided.value
    if (operation !== null) ours.set(operation.operationId, operation.begunBy)
    await lostRace()
    record = await reread(parts.store, scope, record)
  }
}

async function tryDecision(
  parts: ModifyPaymentParts,
  record: PaymentRecord,
  { decision, operation }: CommandDecision,
  request: WriteRequest,
): Promise<Result<Answered> | 'stale'> {
  const after = recordAfter(record, decision)
  const answerNow = operation === null ? request.answer(after, null) : null
  const committed = await parts.store.commit({
    decision,
    claim: request.claim && { claim: request.claim, operationId: operation?.operationId ?? null },
    answer: answerNow && request.claim ? { key: request.claim.key, ...answerNow } : null,
  })
  if (committed.kind === 'stale') return 'stale'
  if (committed.kind === 'key_taken') {
    return replay(parts, scopeOf(record), request.claim as IdempotencyClaim, committed.record, request.answer)
  }
  releaseDroppedCard(parts, record, decision)
  if (answerNow !== null) return accept({ answer: answerNow, replayed: false, acquirerMs: 0 })
  return finish(parts, after, (operation as Operation).operationId, request)
}

async function finish(
  parts: ModifyPaymentParts,
  record: PaymentRecord,
  operationId: OperationId,
  request: WriteRequest,
): Promise<Result<Answered>> {
  const operation = operationOf(record, operationId)
  const sent = await parts.acquirer.send(record, operation, networkOf(parts, record, operation))
  const after = await settle(parts, record, operation, sent.outcome, replyOf(request))
  const answer = request.answer(after, operationOf(after, operationId))
  return accept({ answer, replayed: false, acquirerMs: sent.acquirerMs })
}

/** A repeated request may be refused by the very change that its first one made; then the first answer is the right one. */
async function firstAnswer(
  parts: ModifyPaymentParts,
  scope: Scope,
  request: WriteRequest,
): Promise<Result<Answered> | undefined> {
  if (request.claim === null) return undefined
  const first = await parts.store.findKey(scope, request.claim.key)
  return first && replay(parts, scope, request.claim, first, request.answer)
}
