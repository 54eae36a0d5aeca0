import { decideExpiry } from '../payments/commands.ts'
import { recordAfter } from '../payments/decision.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import { decisionContext, releaseDroppedCard } from '../payments/settlement.ts'
import { type ResolveParts, resolveOperation } from './resolve-operation.ts'

/** Ends a payment whose own deadline has passed. When another decision came first, the next round looks again. */
export async function expirePayment(parts: ResolveParts, record: PaymentRecord): Promise<void> {
  const decided = decideExpiry(record, decisionContext(parts))
  if (decided === null) return
  const committed = await parts.store.commit({ decision: decided.decision, claim: null, answer: null })
  if (committed.kind !== 'committed') return
  releaseDroppedCard(parts, record, decided.decision)
  if (decided.operation === null) return
  await resolveOperation(parts, recordAfter(record, decided.decision), decided.operation.operationId)
}
