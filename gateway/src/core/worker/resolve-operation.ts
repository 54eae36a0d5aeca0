import type { Acquirer } from '../payments/acquirer.ts'
import { isFinal } from '../payments/operation.ts'
import type { OperationOutcome } from '../payments/outcome.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import { operationOf } from '../payments/payments.ts'
import { type EngineParts, reread, scopeOf, settle } from '../payments/settlement.ts'

export type ResolveParts = EngineParts & { acquirer: Acquirer }

/**
 * Settles an operation that nobody came back for, or whose outcome is in doubt: fence first, then ask, then adopt the answer.
 * A reversal is owed and harmless to repeat, so it is sent again instead.
 */
export async function resolveOperation(
  parts: ResolveParts,
  record: PaymentRecord,
  operationId: Operation['operationId'],
): Promise<PaymentRecord> {
  const operation = operationOf(record, operationId)
  if (isFinal(operation)) return record
  if (operation.kind === 'reversal') {
    const sent = await parts.acquirer.send(record, operation, { transactionId: null })
    return settle(parts, record, operation, sent.outcome)
  }
  const outcome = await findOut(parts, record, operation)
  // The first request may have ended while we asked; its outcome counts, and `settle` sees that.
  return settle(parts, await reread(parts.store, scopeOf(record), record), operation, outcome)
}

/**
 * Not found counts only after the fence and the acquirer's window. That the vault never sent it does not count: one whose database was
 * restored, or failed over to a standby that lagged, has forgotten what it sent.
 */
async function findOut(parts: ResolveParts, record: PaymentRecord, operation: Operation): Promise<OperationOutcome> {
  const { acquirer } = parts
  const isSaidUnsent = await fence(parts, operation)
  // The acquirer's window is over only if it was when we asked.
  const unsendableForMs = acquirer.unsendableForMs(operation.operationId)
  const answer = await acquirer.inquire(record, operation)
  if (answer.kind !== 'not_found') {
    if (isSaidUnsent && answer.kind !== 'unknown') reportForgotten(parts, operation)
    return answer
  }
  const { notFoundFinalAfterMs } = acquirer.capabilities(operation.connector)
  const wasTaken = operation.state === 'pending' && operation.fencedAtMs === null
  const isFinalNow = !wasTaken && unsendableForMs >= notFoundFinalAfterMs
  return isFinalNow ? { kind: 'not_processed' } : { kind: 'unknown', fenced: true }
}

/** After it the operation cannot be sent any more. Whether the vault says that it never was. */
async function fence({ vault }: ResolveParts, operation: Operation): Promise<boolean> {
  // What the acquirer took has left, and what is fenced stays so.
  if (operation.state === 'pending' || operation.fencedAtMs !== null) return false
  const { outcome } = await vault.fence({
    merchantId: operation.merchantId,
    mode: operation.mode,
    stepId: operation.operationId,
    attemptId: operation.kind === 'authorize' ? operation.operationId : null,
  })
  return outcome === 'never_sent'
}

function reportForgotten({ log }: ResolveParts, { operationId, paymentId, merchantId }: Operation): void {
  log.error('the vault has forgotten what it sent: was its database restored?', { operationId, paymentId, merchantId })
}
