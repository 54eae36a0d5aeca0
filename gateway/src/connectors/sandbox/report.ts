import type { JsonValue } from '@tessera/lib/strict-json'
import type { ConnectorAnswer, ReportEntry, ReportInstruction, ReportKind } from '../../core/ports/connector.ts'
import { type AnswerObject, readJsonObject, textOf, timeOf } from '../read-answer.ts'

/** All of a page or nothing: an entry that is not understood would be lost behind those that are. */
export function parseReport(answer: ConnectorAnswer, asked: ReportInstruction): ReportEntry[] | null {
  if (answer.status !== 200) return null
  const body = readJsonObject(answer)
  if (body === null || body.account !== asked.account || body.after !== asked.after) return null
  if (!Array.isArray(body.entries) || body.entries.length > asked.limit) return null
  const entries: ReportEntry[] = []
  for (const value of body.entries) {
    const entry = entryOf(value, asked.after + entries.length + 1)
    if (entry === null) return null
    entries.push(entry)
  }
  return entries
}

const kinds: ReadonlySet<string> = new Set<ReportKind>([
  'settled',
  'paid_out',
  'dispute_opened',
  'dispute_won',
  'dispute_lost',
])
const referenceShape = /^[A-Za-z0-9_-]{1,64}$/

function entryOf(value: JsonValue, sequence: number): ReportEntry | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const row = value as AnswerObject
  const { kind, amount_minor: amountMinor } = row
  const [reference, authorizationReference] = [referenceOf(row.reference), referenceOf(row.authorization)]
  const atMs = timeOf(row.at)
  const currency = textOf(row.currency, 3)
  if (row.sequence !== sequence || typeof kind !== 'string' || !kinds.has(kind)) return null
  if (typeof amountMinor !== 'number' || !Number.isSafeInteger(amountMinor) || amountMinor === 0) return null
  if (reference === null || authorizationReference === null || atMs === null || currency === null) return null
  const isDispute = kind.startsWith('dispute_')
  const dispute = disputeOf(row)
  if (isDispute !== (dispute !== null) || (isDispute && amountMinor < 0)) return null
  return { sequence, kind: kind as ReportKind, reference, authorizationReference, amountMinor, currency, atMs, dispute }
}

function referenceOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && referenceShape.test(value) ? value : null
}

function disputeOf(row: AnswerObject): ReportEntry['dispute'] {
  const [disputeId, reason] = [referenceOf(row.dispute_id), textOf(row.reason)]
  return disputeId === null || reason === null ? null : { disputeId, reason }
}
