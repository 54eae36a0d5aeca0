import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type SandboxFaultKind, sandboxFaultKinds } from '@tessera/contracts/test-card-outcomes'
import type { JsonValue } from '@tessera/lib/strict-json'
import type { Acquirer } from '../acquirer/acquirer.ts'
import { authorizationBody, operationBody, sumsOf } from '../acquirer/answers.ts'
import type { AcquirerOperation, FaultMatch, FaultRule, FaultScript } from '../faults/fault-script.ts'
import { defaultFaultMs, longestMsOf, sendAnswer } from '../faults/show-fault.ts'
import type { Journal } from '../ledger/journal.ts'
import { heldMinor, isAuthorization, type LedgerRecord } from '../ledger/ledger.ts'
import { serveDisputes } from './dispute-calls.ts'
import { integerOf, objectOf, RequestInvalid, referenceShape, textOf } from './read-request.ts'
import { type ThreeDSecureParts, threeDSecureAnswer } from './three-ds-calls.ts'

export interface ScriptParts extends ThreeDSecureParts {
  acquirer: Acquirer
  faults: FaultScript
  journal: Journal
}

/** Serves `/sandbox/…`: the oracle and the fault script. `body` is null for requests without one. Throws RequestInvalid. */
export async function serveScript(
  parts: ScriptParts,
  request: IncomingMessage,
  target: string,
  body: JsonValue | null,
  response: ServerResponse,
): Promise<void> {
  const { acquirer, faults } = parts
  const [path = '', query = ''] = target.split('?', 2)
  if (/^\/sandbox\/(authentications|card-ranges)(\/|$)/.test(path)) {
    await parts.journal.settled()
    const asked = { method: request.method ?? '', path, query }
    return sendAnswer(response, await threeDSecureAnswer(parts, asked, body))
  }
  const account = new URLSearchParams(query).get('account')
  const settled = /^\/sandbox\/refunds\/([A-Za-z0-9_-]{1,64})\/settle$/.exec(path)?.[1]
  switch (`${request.method} ${settled === undefined ? path : '/sandbox/refunds/{reference}/settle'}`) {
    case 'GET /sandbox/ledger':
      await acquirer.truth()
      return sendLines(response, ledgerLines(acquirer.ledger.records(), account))
    case 'GET /sandbox/summary':
      await acquirer.truth()
      return sendJson(response, summaryOf(parts, account))
    case 'GET /sandbox/faults':
      return sendJson(response, faults.rules())
    case 'POST /sandbox/faults':
      faults.add(readRules(body))
      return sendJson(response, faults.rules())
    case 'DELETE /sandbox/faults':
      faults.clear()
      return sendJson(response, [])
    case 'POST /sandbox/refunds/{reference}/settle':
      return sendJson(response, { settled: await acquirer.settleRefunds(settled as string, readOutcome(body)) })
    default:
      return serveDisputes(acquirer, { method: request.method ?? '', path, account }, body, response)
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  sendAnswer(response, { status: 200, body: JSON.stringify(value) })
}

async function sendLines(response: ServerResponse, lines: Iterable<string>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  await pipeline(Readable.from(lines), response)
}

/** One line per authorization, with all that was done to it, and one per reversal that came before its authorization. */
function* ledgerLines(records: Iterable<LedgerRecord>, account: string | null): Generator<string> {
  for (const record of records) {
    const { entry } = record
    if (account !== null && entry.account !== account) continue
    const head = { account: entry.account, at: new Date(entry.atMs).toISOString() }
    if (isAuthorization(record)) {
      const operations = record.operations.map(operationBody)
      const { bin, last4 } = record.entry.card
      const sums = { ...sumsOf(record), held_minor: heldMinor(record) }
      yield `${JSON.stringify({ ...head, ...authorizationBody(record.entry), bin, last4, ...sums, operations })}\n`
    } else if (entry.type === 'reversal' && entry.tombstone) {
      yield `${JSON.stringify({ ...head, ...operationBody(record), tombstone: true })}\n`
    }
  }
}

function summaryOf({ acquirer, faults, journal }: ScriptParts, account: string | null) {
  const counts = { authorizations: 0, approved: 0, declined: 0, captures: 0, reversals: 0, refunds: 0, refused: 0 }
  const currencies: Record<string, { held_minor: number; captured_minor: number; refunded_minor: number }> = {}
  for (const record of acquirer.ledger.records()) {
    if (account !== null && record.entry.account !== account) continue
    if (!isAuthorization(record)) {
      counts[`${record.entry.type}s`] += 1
      if (record.status === 'refused') counts.refused += 1
      continue
    }
    counts.authorizations += 1
    counts[record.entry.status] += 1
    currencies[record.entry.currency] ??= { held_minor: 0, captured_minor: 0, refunded_minor: 0 }
    const sums = currencies[record.entry.currency] as (typeof currencies)[string]
    sums.held_minor += heldMinor(record)
    sums.captured_minor += record.capturedMinor
    sums.refunded_minor += record.refundedMinor
  }
  return {
    ...counts,
    currencies,
    journal: { entries: journal.entries, syncs: journal.syncs },
    faults_shown: Object.fromEntries(faults.shown),
  }
}

function readOutcome(body: JsonValue | null): 'succeeded' | 'failed' | null {
  if (body === null) return null
  const { outcome } = objectOf(body, 'body')
  if (outcome === undefined || outcome === null) return null
  return textOf(outcome, 'outcome', /^(succeeded|failed)$/) as 'succeeded' | 'failed'
}

function readRules(body: JsonValue | null): FaultRule[] {
  if (!Array.isArray(body) || body.length > 1_000) {
    throw new RequestInvalid('the body must be an array of at most 1000 faults')
  }
  return body.map((value, index) => readRule(objectOf(value, `[${index}]`), `[${index}]`))
}

function readRule(rule: { [key: string]: JsonValue }, name: string): FaultRule {
  const fault = objectOf(rule.fault, `${name}.fault`)
  const kind = textOf(fault.kind, `${name}.fault.kind`, /^[a-z0-9_]+$/) as SandboxFaultKind
  if (!sandboxFaultKinds.includes(kind)) {
    throw new RequestInvalid(`${name}.fault.kind must be one of ${sandboxFaultKinds.join(', ')}`)
  }
  const ms = fault.ms ?? defaultFaultMs(kind)
  const { probability } = rule
  if (probability !== undefined && (typeof probability !== 'number' || !(probability > 0 && probability <= 1))) {
    throw new RequestInvalid(`${name}.probability must be above 0 and at most 1`)
  }
  return {
    match: readMatch(objectOf(rule.match ?? {}, `${name}.match`), `${name}.match`),
    fault: { kind, ms: integerOf(ms, `${name}.fault.ms`, 0, longestMsOf(kind)) },
    times: rule.times === null ? null : integerOf(rule.times ?? 1, `${name}.times`, 1, 1_000_000),
    probability: probability ?? 1,
  }
}

/** An unknown name would match everything, so it is refused. */
function readMatch(match: { [key: string]: JsonValue }, name: string): FaultMatch {
  const read: FaultMatch = {}
  for (const [key, value] of Object.entries(match)) {
    const field = `${name}.${key}`
    if (key === 'operation') {
      read.operation = textOf(value, field, /^(authorize|capture|reverse|refund|inquire|report)$/) as AcquirerOperation
    } else if (key === 'account') read.account = textOf(value, field, referenceShape)
    else if (key === 'reference') read.reference = textOf(value, field, referenceShape)
    else if (key === 'last4') read.last4 = textOf(value, field, /^\d{4}$/)
    else if (key === 'amount_minor') read.amountMinor = integerOf(value, field, 0, Number.MAX_SAFE_INTEGER)
    else throw new RequestInvalid(`${field} is not something a request can be matched by`)
  }
  return read
}
