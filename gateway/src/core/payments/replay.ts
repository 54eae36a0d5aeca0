import type { Timers } from '@tessera/lib/timers'
import type { IdempotencyClaim, IdempotencyRecord, Scope, StoredAnswer } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { type Answered, operationOf } from './payments.ts'
import type { EngineParts } from './settlement.ts'

/** How long a repeated request waits for the first one's answer. */
const waitMs = 10_000
const firstPauseMs = 15
const longestPauseMs = 400

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
  if (first.fingerprint !== claim.fingerprint) return refuse({ refusal: 'idempotency_key_mismatch' })
  const deadlineMs = parts.clock.monotonicMs() + waitMs
  let known = first
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.7, longestPauseMs)) {
    if (known.answer !== null) return replayed(known.answer)
    const record = await parts.store.find(scope, known.paymentId)
    if (record === undefined) throw new Error(`idempotency key of payment ${known.paymentId}, which does not exist`)
    const operation = known.operationId === null ? null : operationOf(record, known.operationId)
    if (operation === null || operation.state !== 'sending') {
      // The answer is stored with the outcome, in one commit: read once more, then no answer means that nobody lived to give it.
      const again = await parts.store.findKey(scope, claim.key)
      return replayed(again?.answer ?? render(record, operation))
    }
    if (parts.clock.monotonicMs() + pauseMs > deadlineMs) return refuse({ refusal: 'idempotency_key_in_use' })
    await parts.timers.sleep(pauseMs)
    known = (await parts.store.findKey(scope, claim.key)) ?? known
  }
}

function replayed(answer: StoredAnswer): Result<Answered> {
  return accept({ answer, replayed: true, acquirerMs: 0 })
}
