import type { Timers } from '@tessera/lib/timers'
import { waitForFirst } from '../idempotency/wait-for-first.ts'
import type { IdempotencyClaim, IdempotencyRecord, Scope, StoredAnswer } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { type Answered, operationOf } from './payments.ts'
import type { EngineParts } from './settlement.ts'

/**
 * Answers a request whose key is known already: the first answer byte for byte; while the first request runs, its answer as
 * soon as it is there; where that request died, the payment as it stands now.
 */
export async function replay(
  parts: EngineParts & { timers: Timers },
  scope: Scope,
  claim: IdempotencyClaim,
  first: IdempotencyRecord,
  render: (record: PaymentRecord, operation: Operation | null) => StoredAnswer,
): Promise<Result<Answered>> {
  const { fingerprint, paymentId, operationId } = first
  // Without a payment the key belongs to a request that wrote to none, which cannot be this one.
  if (fingerprint !== claim.fingerprint || paymentId === null) return refuse({ refusal: 'idempotency_key_mismatch' })
  let unseen: IdempotencyRecord | undefined = first
  return waitForFirst(parts, async () => {
    const known = unseen ?? (await parts.store.findKey(scope, claim.key))
    unseen = undefined
    if (known?.answer) return replayed(known.answer)
    const record = await parts.store.find(scope, paymentId)
    if (record === undefined) throw new Error(`idempotency key of payment ${paymentId}, which does not exist`)
    const operation = operationId === null ? null : operationOf(record, operationId)
    if (operation?.state === 'sending') return null
    // The answer is stored with the outcome, in one commit: read once more, then no answer means that nobody lived to give it.
    const again = await parts.store.findKey(scope, claim.key)
    return replayed(again?.answer ?? render(record, operation))
  })
}

function replayed(answer: StoredAnswer): Result<Answered> {
  return accept({ answer, replayed: true, acquirerMs: 0 })
}
