import { type OperationId, trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import type { DecisionContext } from './decision.ts'
import type { Operation, OperationKind, Payment } from './payment.ts'

/** A request that the gateway was too slow to pass on in this time is never sent. */
export const sendWithinMs = 10_000
/** The longest that any connector's step may wait for an answer. */
export const longestAnswerMs = 20_000
/** When a `sending` operation that nobody came back for is looked into: its process is surely done with it. */
export const abandonedAfterMs = sendWithinMs + longestAnswerMs + 2_000

/** How long the vault holds a card, from its claim on; an attempt is recorded at most a moment later. */
export const holdLifetimeMs = 60 * 60_000 - 5_000

const prefixes: Record<OperationKind, 'att' | 'cap' | 'rev' | 'orf'> = {
  authorize: 'att',
  capture: 'cap',
  reversal: 'rev',
  refund: 'orf',
}

/** A new operation on a payment, recorded as `sending` before anything is sent. */
export function newOperation(
  payment: Payment,
  kind: OperationKind,
  amountMinor: number,
  context: DecisionContext,
  more: Partial<
    Pick<
      Operation,
      | 'operationId'
      | 'final'
      | 'releasesMinor'
      | 'reason'
      | 'taxMinor'
      | 'begunBy'
      | 'saves'
      | 'networkTransactionId'
      | 'holdId'
      | 'holdEndsAtMs'
      | 'authentication'
    >
  > = {},
): Operation {
  return {
    merchantId: payment.merchantId,
    paymentId: payment.paymentId,
    operationId: trustedId<OperationId>(context.newId(prefixes[kind])),
    mode: payment.mode,
    kind,
    state: 'sending',
    amountMinor: amountMinor as AmountMinor,
    currency: payment.currency,
    connector: payment.connector,
    final: false,
    releasesMinor: 0,
    reason: null,
    taxMinor: null,
    begunBy: null,
    holdId: null,
    holdEndsAtMs: null,
    authentication: null,
    saves: null,
    acquirerReference: null,
    networkTransactionId: null,
    failure: null,
    settledAtMs: null,
    paidOutAtMs: null,
    inquiries: 0,
    fencedAtMs: null,
    dueAtMs: context.nowMs + abandonedAfterMs,
    createdAtMs: context.nowMs,
    updatedAtMs: context.nowMs,
    ...more,
  }
}

export function isFinal(operation: Operation): boolean {
  return operation.state === 'approved' || operation.state === 'declined'
}

/**
 * Pause before the worker asks again. Short at first and never above 15 s in the first two hours: within a minute of the
 * acquirer's return each doubt is asked about several times, should an inquiry be lost. Then every five minutes for a day, then daily.
 */
export function inquiryPauseMs(inquiries: number): number {
  if (inquiries < quickInquiries) return Math.min(1_000 * 2 ** inquiries, 15_000)
  return inquiries < quickInquiries + slowInquiries ? 300_000 : 24 * 3_600_000
}
/** As many as are made in the first two hours. */
export const quickInquiries = 480
const slowInquiries = 264

/**
 * After a month nobody asks any more. Long before, `tessera_operations_open` has shown the age of the doubt to a person; it is
 * never guessed.
 */
export const inquiriesMax = quickInquiries + slowInquiries + 30
