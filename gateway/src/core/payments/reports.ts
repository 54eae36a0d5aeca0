import { disputeLostLines, disputeOpenedLines, disputeWonLines, paidOutLines, settledLines } from '../ledger.ts'
import type { ReportEntry } from '../ports/connector.ts'
import { type Decision, type DecisionContext, Draft } from './decision.ts'
import { isFinal, quickInquiries } from './operation.ts'
import { type Operation, type PaymentRecord, refundableMinor } from './payment.ts'

/** What an entry of the acquirer's report means for its payment. */
export type ReportVerdict =
  | { kind: 'apply'; decision: Decision }
  /** It is recorded already. */
  | { kind: 'known' }
  /** The acquirer is ahead of us: an operation has no outcome here yet. To be read again. */
  | { kind: 'wait' }
  /** Money of a payment that was given up: it is on its way back, and was never in the books. */
  | { kind: 'given_up' }
  /** It contradicts the books. Nothing is recorded; a person must look. */
  | { kind: 'mismatch'; why: string }

const mismatch = (why: string): ReportVerdict => ({ kind: 'mismatch', why })

/**
 * Decides on one entry; all entries of a payment in the order of the report. Whatever was recorded once is known when it is
 * read again: the operation's own times tell of settlement and payout, the dispute's name of the rest.
 */
export function decideReportEntry(record: PaymentRecord, entry: ReportEntry, context: DecisionContext): ReportVerdict {
  const operation = record.operations.find((each) => each.operationId === entry.reference)
  if (operation === undefined) return mismatch('the payment has no such operation')
  if (entry.currency !== record.payment.currency) return mismatch(`it speaks of ${entry.currency}`)
  if (entry.dispute !== null) return decideDispute(record, operation, entry, entry.dispute, context)
  return decideMovement(record, operation, entry, context)
}

function decideMovement(
  record: PaymentRecord,
  operation: Operation,
  entry: ReportEntry,
  context: DecisionContext,
): ReportVerdict {
  const isPayout = entry.kind === 'paid_out'
  if ((isPayout ? operation.paidOutAtMs : operation.settledAtMs) !== null) return { kind: 'known' }
  if (isInDoubt(operation) && operation.kind !== 'reversal') return { kind: 'wait' }
  if (isGivenUp(record, operation)) return { kind: 'given_up' }
  const contradiction = contradictionOf(record, operation, entry)
  if (contradiction !== null) return mismatch(contradiction)

  const draft = new Draft(record.payment, context)
  const done: Operation = { ...operation, ...(isPayout ? { paidOutAtMs: entry.atMs } : { settledAtMs: entry.atMs }) }
  draft.put(done)
  const lines = (isPayout ? paidOutLines : settledLines)(entry.amountMinor, operation.currency)
  draft.post(operation.operationId, lines, isPayout ? 'paid_out' : 'settled')
  // A refund was told of when it was made: that it is settled changes where the money is, and nothing for the payment.
  if (operation.kind !== 'refund') advance(draft, done, isPayout)
  return { kind: 'apply', decision: draft.decision() }
}

function advance(draft: Draft, operation: Operation, isPayout: boolean): void {
  const { amounts } = draft.payment
  if (isPayout) amounts.paidOutMinor += operation.amountMinor
  else amounts.settledMinor += operation.amountMinor
  draft.tell(isPayout ? 'payment.paid_out' : 'payment.settled', { operation })
}

function contradictionOf(
  { payment }: PaymentRecord,
  operation: Operation,
  { kind, amountMinor }: ReportEntry,
): string | null {
  if (operation.state !== 'approved' || operation.kind === 'reversal') {
    return `its ${operation.kind} is ${operation.state} here`
  }
  const expected = operation.kind === 'refund' ? -operation.amountMinor : operation.amountMinor
  if (amountMinor !== expected) return `it says ${amountMinor} and not ${expected}`
  if (kind === 'paid_out') return operation.settledAtMs === null ? 'paid out, but never settled' : null
  const { settledMinor, capturedMinor } = payment.amounts
  const isTooMuch = operation.kind !== 'refund' && settledMinor + amountMinor > capturedMinor
  return isTooMuch ? 'settled, but never captured' : null
}

/** What was asked for two hours in vain holds up the report no longer. */
const isInDoubt = (operation: Operation): boolean => !isFinal(operation) && operation.inquiries <= quickInquiries

/** An authorization that captured and is not counted as captured: the payment was over by then, and reverses it. */
function isGivenUp({ payment, operations }: PaymentRecord, operation: Operation): boolean {
  if (operation.kind === 'reversal') return payment.amounts.capturedMinor === 0
  if (operation.kind !== 'authorize' || operation.acquirerReference === null) return false
  return payment.amounts.capturedMinor === 0 && operations.some((each) => each.kind === 'reversal')
}

function decideDispute(
  record: PaymentRecord,
  operation: Operation,
  entry: ReportEntry,
  { disputeId, reason }: NonNullable<ReportEntry['dispute']>,
  context: DecisionContext,
): ReportVerdict {
  const { dispute, currency } = record.payment
  if (entry.kind === 'dispute_opened') return decideOpening(record, operation, entry, { disputeId, reason }, context)
  if (dispute?.disputeId !== disputeId) return mismatch('the dispute was never opened')
  if (dispute.state !== 'open') return { kind: 'known' }
  if (entry.amountMinor !== dispute.amountMinor) {
    return mismatch(`it says ${entry.amountMinor}, the dispute was about ${dispute.amountMinor}`)
  }
  const draft = new Draft(record.payment, context)
  const isWon = entry.kind === 'dispute_won'
  draft.payment.dispute = { ...dispute, state: isWon ? 'won' : 'lost', closedAtMs: entry.atMs }
  if (isWon) draft.payment.amounts.disputedMinor -= dispute.amountMinor
  const lines = (isWon ? disputeWonLines : disputeLostLines)(dispute.amountMinor, currency)
  draft.post(operation.operationId, lines, 'dispute_closed')
  draft.tell('payment.dispute_closed')
  return { kind: 'apply', decision: draft.decision() }
}

function decideOpening(
  { payment, operations }: PaymentRecord,
  operation: Operation,
  entry: ReportEntry,
  { disputeId, reason }: NonNullable<ReportEntry['dispute']>,
  context: DecisionContext,
): ReportVerdict {
  const { dispute } = payment
  if (dispute !== null) {
    return dispute.disputeId === disputeId ? { kind: 'known' } : mismatch('there was another dispute')
  }
  if (entry.amountMinor > refundableMinor(payment.amounts)) {
    // The acquirer refuses a refund that comes after the dispute; ours may still be on its way there.
    return operations.some(isInDoubt)
      ? { kind: 'wait' }
      : mismatch(`${entry.amountMinor} is more than there is to dispute`)
  }
  const draft = new Draft(payment, context)
  const { amountMinor, atMs } = entry
  draft.payment.dispute = { disputeId, amountMinor, reason, state: 'open', openedAtMs: atMs, closedAtMs: null }
  draft.payment.amounts.disputedMinor += amountMinor
  draft.post(operation.operationId, disputeOpenedLines(amountMinor, payment.currency), 'dispute_opened')
  draft.tell('payment.chargeback')
  return { kind: 'apply', decision: draft.decision() }
}
