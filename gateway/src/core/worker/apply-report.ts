import type { OperationId } from '../ids.ts'
import { trustedId } from '../ids.ts'
import { recordAfter } from '../payments/decision.ts'
import { lostRaces } from '../payments/lost-races.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import { decideReportEntry } from '../payments/reports.ts'
import { decisionContext, type EngineParts, reread } from '../payments/settlement.ts'
import type { ReportEntry } from '../ports/connector.ts'
import type { Scope } from '../ports/payment-store.ts'

export type ApplyParts = Pick<EngineParts, 'clock' | 'timers' | 'random' | 'ids' | 'log' | 'store'>

/** Payments that are written at once: enough to fill a batch, few enough to leave room for the API's own writes. */
const lanes = 16

/**
 * Records a page of a report, payment by payment, each payment's entries in their order. Returns the sequence number up to
 * which everything is recorded: less than the last where the acquirer is ahead of our own books. Entries behind such a
 * one may be recorded too; read again, they are known.
 */
export async function applyReport(
  parts: ApplyParts,
  scope: Scope,
  position: number,
  entries: readonly ReportEntry[],
): Promise<number> {
  const payments = [...Map.groupBy(entries, (entry) => entry.authorizationReference).values()]
  let reached = entries.at(-1)?.sequence ?? position
  const failures: unknown[] = []
  async function lane(): Promise<void> {
    for (let own = payments.shift(); own !== undefined; own = payments.shift()) {
      try {
        const waiting = await applyToPayment(parts, scope, own)
        if (waiting !== null) reached = Math.min(reached, waiting.sequence - 1)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
  return reached
}

/** Returns the first entry that has to wait, if any does. */
async function applyToPayment(parts: ApplyParts, scope: Scope, entries: ReportEntry[]): Promise<ReportEntry | null> {
  const [first] = entries
  const attempt = trustedId<OperationId>(first?.authorizationReference ?? '')
  let record = await parts.store.findByOperation(scope, attempt)
  if (record === undefined) {
    parts.log.warn('report of a payment that is not ours', {
      merchantId: scope.merchantId,
      operationId: attempt,
      count: entries.length,
    })
    return null
  }
  for (const entry of entries) {
    const after: PaymentRecord | 'wait' = await applyEntry(parts, scope, record, entry)
    if (after === 'wait') return entry
    record = after
  }
  return null
}

async function applyEntry(
  parts: ApplyParts,
  scope: Scope,
  before: PaymentRecord,
  entry: ReportEntry,
): Promise<PaymentRecord | 'wait'> {
  let record = before
  const lostRace = lostRaces(parts, before.payment.paymentId)
  for (;;) {
    const verdict = decideReportEntry(record, entry, decisionContext(parts))
    if (verdict.kind === 'wait') return 'wait'
    if (verdict.kind !== 'apply') {
      if (verdict.kind !== 'known') tell(parts, record, entry, verdict)
      return record
    }
    const committed = await parts.store.commit({ decision: verdict.decision, claim: null, answer: null })
    if (committed.kind === 'committed') return recordAfter(record, verdict.decision)
    await lostRace()
    record = await reread(parts.store, scope, record)
  }
}

function tell(
  { log }: ApplyParts,
  { payment }: PaymentRecord,
  entry: ReportEntry,
  verdict: { kind: 'given_up' } | { kind: 'mismatch'; why: string },
): void {
  const { merchantId, paymentId } = payment
  const fields = { merchantId, paymentId, operationId: entry.reference, operation: entry.kind }
  if (verdict.kind === 'given_up') log.info('reported money of a payment that was given up', fields)
  else log.error('report contradicts the books', { ...fields, reason: verdict.why })
}
