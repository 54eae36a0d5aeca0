import type { DisputeBehaviour, ReportEntry, ReportKind } from '../ledger/entries.ts'
import type { AuthorizationRecord, Ledger } from '../ledger/ledger.ts'
import type { AccountBook, Dispute, Grievance, Movement } from './account-book.ts'

/** How long the acquirer takes for each step, in milliseconds. */
export interface SettlementDelays {
  /** From capture (or refund) to settlement. */
  settleAfterMs: number
  /** From settlement to payout. */
  payOutAfterMs: number
  /** From settlement to the dispute, with a card that opens one. */
  disputeAfterMs: number
  /** From the dispute's opening to its end. */
  disputeLastsMs: number
}

/** What a dispute comes to when nobody scripts it. */
export const defaultOutcomes: Record<DisputeBehaviour, 'won' | 'lost'> = {
  fraud: 'lost',
  not_received: 'won',
  inquiry: 'won',
  early_fraud_warning: 'lost',
}

interface Candidate {
  dueMs: number
  entry: Omit<ReportEntry, 'type' | 'atMs' | 'account' | 'sequence'>
}

/** The next line of the account's report, if its time has come. Its own time is when it was due, never before the line before it. */
export function nextReportEntry(
  ledger: Ledger,
  account: string,
  delays: SettlementDelays,
  context: { nowMs: number; newDisputeId(): string },
): ReportEntry | null {
  const book = ledger.book(account)
  let first: Candidate | null = null
  for (const candidate of candidates(ledger, account, delays)) {
    if (candidate.dueMs <= context.nowMs && (first === null || candidate.dueMs < first.dueMs)) first = candidate
  }
  if (first === null) return null
  const { entry, dueMs } = first
  const disputeId = entry.kind === 'dispute_opened' ? context.newDisputeId() : entry.disputeId
  return {
    ...headOf(account, book, entry.reference, dueMs),
    ...entry,
    disputeId,
  }
}

/** The entry that ends an open dispute now, as a script says. */
export function closingEntry(
  ledger: Ledger,
  account: string,
  dispute: Dispute,
  outcome: 'won' | 'lost',
  nowMs: number,
): ReportEntry {
  const book = ledger.book(account)
  return { ...headOf(account, book, dispute.reference, nowMs), ...closed(dispute, outcome) }
}

function headOf(account: string, book: AccountBook, reference: string, dueMs: number) {
  const atMs = Math.max(dueMs, book.last()?.atMs ?? 0)
  return { type: 'report', atMs, account, reference, sequence: book.length + 1 } as const
}

/** At most one per kind but for disputes, which are few. */
function* candidates(ledger: Ledger, account: string, delays: SettlementDelays): Generator<Candidate> {
  const book = ledger.book(account)
  const recordOf = (authorization: string) => ledger.authorization(account, authorization) as AuthorizationRecord
  const move = (
    kind: ReportKind,
    { reference, authorization, amountMinor, sinceMs }: Movement,
    delayMs: number,
  ): Candidate => ({
    dueMs: sinceMs + delayMs,
    entry: {
      kind,
      reference,
      authorization,
      amountMinor,
      currency: recordOf(authorization).entry.currency,
      disputeId: null,
      reason: null,
    },
  })
  const unsettled = book.firstUnsettled()
  if (unsettled !== undefined) yield move('settled', unsettled, delays.settleAfterMs)
  const unpaid = book.firstUnpaid()
  if (unpaid !== undefined) yield move('paid_out', unpaid, delays.payOutAfterMs)
  for (const grievance of book.grievances()) {
    const amountMinor = disputableMinor(grievance, recordOf(grievance.authorization))
    if (amountMinor <= 0) continue
    const { dueMs, entry } = move('dispute_opened', grievance, delays.disputeAfterMs * patienceOf(grievance))
    yield { dueMs, entry: { ...entry, amountMinor, reason: grievance.behaviour } }
  }
  for (const dispute of book.openDisputes()) {
    const outcome = defaultOutcomes[dispute.reason as DisputeBehaviour]
    yield { dueMs: dispute.openedAtMs + delays.disputeLastsMs, entry: closed(dispute, outcome) }
  }
}

/** Nobody disputes what was refunded, or is about to be. */
function disputableMinor(grievance: Grievance, record: AuthorizationRecord): number {
  const left = record.capturedMinor - record.refundedMinor - record.refundPendingMinor
  return Math.min(grievance.amountMinor, left)
}

/** After a warning the merchant has time to refund; the dispute comes three times as late, if it comes. */
const patienceOf = ({ behaviour }: Grievance): number => (behaviour === 'early_fraud_warning' ? 3 : 1)

function closed(
  { id, reference, authorization, amountMinor, currency, reason }: Dispute,
  outcome: 'won' | 'lost',
): Candidate['entry'] {
  const kind = outcome === 'won' ? 'dispute_won' : 'dispute_lost'
  return { kind, reference, authorization, amountMinor, currency, disputeId: id, reason }
}
