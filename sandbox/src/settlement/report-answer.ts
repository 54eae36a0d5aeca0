import type { Answer } from '../acquirer/answers.ts'
import type { ReportEntry } from '../ledger/entries.ts'

/** Account and place are repeated: an answer must say which request it belongs to. */
export function reportAnswer(account: string, after: number, entries: readonly ReportEntry[]): Answer {
  return { status: 200, body: JSON.stringify({ account, after, entries: entries.map(entryBody) }) }
}

function entryBody(entry: ReportEntry) {
  return {
    sequence: entry.sequence,
    kind: entry.kind,
    reference: entry.reference,
    authorization: entry.authorization,
    amount_minor: entry.amountMinor,
    currency: entry.currency,
    at: new Date(entry.atMs).toISOString(),
    ...(entry.disputeId === null ? {} : { dispute_id: entry.disputeId, reason: entry.reason }),
  }
}
