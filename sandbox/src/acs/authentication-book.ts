import assert from 'node:assert/strict'
import type { LedgerEntry } from '../ledger/entries.ts'
import type { AuthenticationEntry, ChallengeResultEntry, IssuerEntry, Proof, ResultReportEntry } from './entries.ts'

export interface AuthenticationRecord {
  entry: AuthenticationEntry
  /** When the browser first came, and when the cardholder last did something. */
  begunAtMs: number | null
  lastStepAtMs: number | null
  answers: number
  result: ChallengeResultEntry | null
  reports: ResultReportEntry[]
  /** Account and reference of the authorization that the proof was spent on. */
  spentOn: string | null
}

/** The issuer's memory: the journal's entries, folded. Like the ledger it decides nothing. */
export class AuthenticationBook {
  readonly #byAcsTransId = new Map<string, AuthenticationRecord>()
  readonly #byDsTransId = new Map<string, AuthenticationRecord>()
  /** Challenges without a result, and results that are not reported. */
  readonly #open = new Set<AuthenticationRecord>()

  find(acsTransId: string): AuthenticationRecord | undefined {
    return this.#byAcsTransId.get(acsTransId.toLowerCase())
  }

  findByDsTransId(dsTransId: string): AuthenticationRecord | undefined {
    return this.#byDsTransId.get(dsTransId.toLowerCase())
  }

  records(): Iterable<AuthenticationRecord> {
    return this.#byAcsTransId.values()
  }

  open(): ReadonlySet<AuthenticationRecord> {
    return this.#open
  }

  apply(entry: IssuerEntry): AuthenticationRecord {
    if (entry.type === 'authentication') return this.#add(entry)
    const record = this.find(entry.acsTransId)
    assert(record, `the journal names the unknown authentication ${entry.acsTransId}`)
    if (entry.type === 'challenge_step') {
      record.begunAtMs ??= entry.atMs
      record.lastStepAtMs = entry.atMs
      if (entry.step === 'answered') record.answers += 1
    } else if (entry.type === 'challenge_result') {
      assert(record.result === null, `${entry.acsTransId} ended twice`)
      record.result = entry
    } else record.reports.push(entry)
    if (isDone(record)) this.#open.delete(record)
    return record
  }

  /** A proof counts for one authorization that is approved; a declined one may be tried again with it. */
  spendOn(entry: LedgerEntry): void {
    if (entry.type !== 'authorization' || entry.authentication?.result !== 'verified') return
    const record = this.findByDsTransId(entry.authentication.dsTransId)
    if (record !== undefined && entry.status === 'approved') record.spentOn = `${entry.account}/${entry.reference}`
  }

  #add(entry: AuthenticationEntry): AuthenticationRecord {
    const record: AuthenticationRecord = {
      entry,
      begunAtMs: null,
      lastStepAtMs: null,
      answers: 0,
      result: null,
      reports: [],
      spentOn: null,
    }
    this.#byAcsTransId.set(entry.acsTransId, record)
    this.#byDsTransId.set(entry.dsTransId, record)
    if (!isDone(record)) this.#open.add(record)
    return record
  }
}

/** How many RReqs are to be sent in the end. */
export function reportsOwed({ entry: { decision } }: AuthenticationRecord): number {
  if (decision.kind !== 'challenge') return 1
  if (decision.report === 'never') return 0
  return decision.report === 'twice' ? 2 : 1
}

function isDone(record: AuthenticationRecord): boolean {
  const { entry, result, reports } = record
  if (entry.transStatus !== 'C' && entry.transStatus !== 'D') return true
  return result !== null && reports.length >= reportsOwed(record)
}

/** The proof that counts now: the challenge's, or where there was none the answer's. */
export function proofOf({ entry, result }: AuthenticationRecord): Proof & { transStatus: string } {
  return result ?? entry
}
