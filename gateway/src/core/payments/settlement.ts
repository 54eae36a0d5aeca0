import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import { proofFor, type ThreeDSecure } from '../authentication/three-d-secure.ts'
import type { PaymentStore, Scope, StoredAnswer } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { cardVerdictOf } from '../risk/card-verdict.ts'
import type { Network } from './acquirer.ts'
import { type Decision, type DecisionContext, recordAfter } from './decision.ts'
import { lostRaces, type RaceParts } from './lost-races.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { operationOf } from './payments.ts'

/** What every use case works with. */
export interface EngineParts extends RaceParts {
  clock: Clock
  ids: Ids
  log: Logger
  store: PaymentStore
  vault: Vault
  /** Absent where no shopper can be asked to authenticate. */
  threeDSecure?: ThreeDSecure
}

export function decisionContext({
  clock,
  ids,
  threeDSecure,
}: Pick<EngineParts, 'clock' | 'ids' | 'threeDSecure'>): DecisionContext {
  return {
    nowMs: clock.now(),
    newId: (prefix) => `${prefix}_${ids.timeOrdered()}`,
    newSession: (mode) => threeDSecure?.newSession(mode) ?? null,
  }
}

/** What an operation that is about to be sent refers to. */
export function networkOf(parts: EngineParts, record: PaymentRecord, operation: Operation): Network {
  const { networkTransactionId: transactionId } = operation
  return { transactionId, cavv: proofFor(parts.threeDSecure, record, operation) }
}

export function scopeOf(record: PaymentRecord): Scope {
  return { merchantId: record.payment.merchantId, mode: record.payment.mode }
}

/**
 * Records what became of an operation (the design's commit B), keyed by the operation: whoever loses the race re-reads and
 * answers the stored truth. Returns the payment as it then stands.
 */
export async function settle(
  parts: EngineParts,
  before: PaymentRecord,
  operation: Operation,
  outcome: OperationOutcome,
  reply?: { key: string; render(record: PaymentRecord, operation: Operation): StoredAnswer },
): Promise<PaymentRecord> {
  const scope = scopeOf(before)
  let record = before
  const lostRace = lostRaces(parts, before.payment.paymentId)
  for (;;) {
    const decision = applyOutcome(record, operation.operationId, outcome, decisionContext(parts))
    if (decision === null) return record
    const after = recordAfter(record, decision)
    const settled = operationOf(after, operation.operationId)
    const committed = await parts.store.commit({
      decision,
      claim: null,
      answer: reply ? { key: reply.key, ...reply.render(after, settled) } : null,
    })
    if (committed.kind === 'committed') {
      await afterSettlement(parts, after, settled)
      return after
    }
    await lostRace()
    record = await reread(parts.store, scope, record)
  }
}

/**
 * Lets go of a card that was held for an attempt which will never be made. Only a head start: a hold ends by its own deadline.
 */
export function releaseDroppedCard(parts: EngineParts, before: PaymentRecord, { payment, operations }: Decision): void {
  const { held } = before.payment
  if (held === null || payment.held !== null) return
  if (operations.some((each) => (each.holdId ?? each.operationId) === held.attemptId)) return
  parts.vault.release({ ...scopeOf(before), attemptId: held.attemptId, reason: 'ended' })
}

export async function reread(store: PaymentStore, scope: Scope, record: PaymentRecord): Promise<PaymentRecord> {
  const found = await store.find(scope, record.payment.paymentId)
  if (found === undefined) throw new Error(`payment ${record.payment.paymentId} is gone`)
  return found
}

/**
 * What the vault may forget or must keep, once that is decided. Only a head start: the worker ends claims that were never sent and
 * settles saved cards whose row it finds, and a hold ends by its own deadline.
 */
async function afterSettlement(parts: EngineParts, record: PaymentRecord, operation: Operation): Promise<void> {
  if (operation.kind === 'reversal' && operation.state === 'declined') {
    // The acquirer will not give it back on request: the hold lapses with the authorization, or a person must ask.
    const { operationId, paymentId, merchantId } = operation
    parts.log.error('reversal refused by the acquirer', { operationId, paymentId, merchantId })
  }
  if (operation.kind !== 'authorize') return
  const { payment } = record
  const { merchantId, mode } = payment
  if (payment.state !== 'processing' && payment.state !== 'requires_action') {
    const verdict = cardVerdictOf(operation)
    const attemptId = operation.holdId ?? operation.operationId
    parts.vault.release({ merchantId, mode, attemptId, reason: 'ended', ...(verdict === null ? {} : { verdict }) })
  }
  if (operation.saves !== null && operation.state === 'approved') {
    await parts.vault
      .activateCard({ merchantId, mode, cardId: operation.saves.cardId })
      .catch((error: Error) =>
        parts.log.warn('card activation left to the worker', { error, paymentId: payment.paymentId }),
      )
  }
}
