import { codeAttempts, type IssuerScript } from '@tessera/contracts/three-ds/issuer-scripts'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import type { CReq, CRes } from '@tessera/contracts/three-ds/messages/challenge'
import type { RReq } from '@tessera/contracts/three-ds/messages/results'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Timers } from '@tessera/lib/timers'
import type { Journal } from '../ledger/journal.ts'
import type { AuthenticationBook, AuthenticationRecord } from './authentication-book.ts'
import { type ChallengeEnd, overdue, reportDueMs, resultOf, rreqOf, statusForBrowser } from './challenge-end.ts'
import { type AReqToIssuer, aresOf, decideAuthentication } from './decide.ts'
import type { IssuerEntry, ResultReportEntry } from './entries.ts'

/** Sends an RReq by way of the directory server. Resolves with what came of it; never rejects. */
export type SendResult = (rreq: RReq, url: string) => Promise<Pick<ResultReportEntry, 'outcome' | 'detail'>>

export const acsReferenceNumber = 'TESSERA_SANDBOX_ACS'

export interface IssuerParts {
  book: AuthenticationBook
  journal: Journal
  clock: Clock
  ids: Ids
  timers: Timers
  sendResult: SendResult
  /** Where browsers reach the sandbox. */
  publicUrl(): string
}

/** What the cardholder is shown. */
export type ChallengeView =
  | { kind: 'ask'; record: AuthenticationRecord; wrongCode: boolean }
  | { kind: 'done'; record: AuthenticationRecord; cres: CRes }

/** Tries of one RReq, and the pause after each failed one: 2 s, then 4 s. */
const sendTries = 3
const firstPauseMs = 2_000
const sweepEveryMs = 500

/**
 * The simulated issuer's access control server. It writes everything down before it says it, so that a restart forgets no
 * challenge; what falls due (time-outs, delayed and repeated RReqs) is found by looking at the clock, never by a long timer.
 */
export class Issuer {
  readonly #parts: IssuerParts
  #sweep: { stop(): void } | null = null
  #stopped = false
  /** RReqs on their way, and what tries have failed, by transaction. */
  readonly #sending = new Map<AuthenticationRecord, Promise<void>>()
  readonly #failedTries = new Map<AuthenticationRecord, { tries: number; nextAtMs: number }>()

  constructor(parts: IssuerParts) {
    this.#parts = parts
    this.#watch()
  }

  get book(): AuthenticationBook {
    return this.#parts.book
  }

  async authenticate(areq: AReqToIssuer, script: IssuerScript): Promise<ARes> {
    const entry = decideAuthentication(areq, script, this.#now())
    await this.#record(entry)
    this.#watch()
    const challengeUrl = `${this.#parts.publicUrl()}/acs/challenge`
    return aresOf(entry, { acs: acsReferenceNumber, ds: areq.dsReferenceNumber, challengeUrl })
  }

  /** A browser brings a CReq. Null: no such challenge. The same CReq again shows the same, however often. */
  async challenge(creq: CReq): Promise<ChallengeView | null> {
    const record = this.book.find(creq.acsTransID)
    if (record === undefined || record.entry.transStatus !== 'C') return null
    const { entry } = record
    const isThisOne = entry.threeDSServerTransId.toLowerCase() === creq.threeDSServerTransID.toLowerCase()
    if (!isThisOne || entry.version !== creq.messageVersion) return null
    if (record.begunAtMs === null && record.result === null) await this.#step(record, 'begun')
    const end = endByItself(record)
    if (end !== null && record.result === null) await this.#end(record, end)
    return this.#view(record, false)
  }

  /** The cardholder typed a code, or gave up (null). Null: no such challenge. */
  async answer(acsTransId: string, code: string | null): Promise<ChallengeView | null> {
    const record = this.book.find(acsTransId)
    if (record === undefined || record.begunAtMs === null) return null
    if (record.result !== null) return this.#view(record, false)
    if (code === null) {
      await this.#end(record, 'cancelled')
      return this.#view(record, false)
    }
    await this.#step(record, 'answered')
    if (record.result !== null) return this.#view(record, false)
    const isRight = code.replace(/\s/g, '') === record.entry.code
    if (isRight) await this.#end(record, 'passed')
    else if (record.answers >= codeAttempts) await this.#end(record, 'too_many_codes')
    return this.#view(record, !isRight)
  }

  /** Ends the watch and waits for RReqs that are on their way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sweep?.stop()
    this.#sweep = null
    await Promise.allSettled(this.#sending.values())
  }

  async #view(record: AuthenticationRecord, wrongCode: boolean): Promise<ChallengeView> {
    if (record.result === null) return { kind: 'ask', record, wrongCode }
    await this.#sending.get(record)
    await this.#parts.journal.settled()
    const { entry } = record
    const cres: CRes = {
      messageType: 'CRes',
      messageVersion: entry.version,
      threeDSServerTransID: entry.threeDSServerTransId,
      acsTransID: entry.acsTransId,
      transStatus: statusForBrowser(record),
    }
    return { kind: 'done', record, cres }
  }

  #step(record: AuthenticationRecord, step: 'begun' | 'answered'): Promise<void> {
    const { acsTransId } = record.entry
    return this.#record({ type: 'challenge_step', atMs: this.#parts.clock.now(), acsTransId, step })
  }

  /** The result is on disk, and its RReq (if it is due already) was tried once, before the browser hears of it. */
  async #end(record: AuthenticationRecord, end: ChallengeEnd): Promise<void> {
    await this.#record(resultOf(record, end, this.#now()))
    await this.#reportIfDue(record)
  }

  #reportIfDue(record: AuthenticationRecord): Promise<void> {
    const nowMs = this.#parts.clock.now()
    const retryAtMs = this.#failedTries.get(record)?.nextAtMs ?? 0
    const isOwed = record.result !== null && this.book.open().has(record)
    const underWay = this.#sending.get(record)
    if (!isOwed || underWay !== undefined) return underWay ?? Promise.resolve()
    if (this.#stopped || nowMs < reportDueMs(record) || nowMs < retryAtMs) return Promise.resolve()
    const sent = this.#report(record).finally(() => this.#sending.delete(record))
    this.#sending.set(record, sent)
    return sent
  }

  async #report(record: AuthenticationRecord): Promise<void> {
    const { outcome, detail } = await this.#parts.sendResult(rreqOf(record), record.entry.threeDSServerUrl)
    const atMs = this.#parts.clock.now()
    const tries = (this.#failedTries.get(record)?.tries ?? 0) + 1
    // A try that a stop cut short is not the other side's fault: the next start sends again.
    if (outcome === 'unreachable' && (tries < sendTries || this.#stopped)) {
      this.#failedTries.set(record, { tries, nextAtMs: atMs + firstPauseMs * 2 ** (tries - 1) })
      return
    }
    this.#failedTries.delete(record)
    const copy = record.reports.length === 0 ? 1 : 2
    await this.#record({ type: 'result_report', atMs, acsTransId: record.entry.acsTransId, copy, outcome, detail })
  }

  /** Runs while something may fall due, and only then. */
  #watch(): void {
    if (this.#stopped || this.#sweep !== null || this.book.open().size === 0) return
    this.#sweep = this.#parts.timers.every(sweepEveryMs, () => this.#lookAtAll())
  }

  #lookAtAll(): void {
    const nowMs = this.#parts.clock.now()
    for (const record of this.book.open()) {
      const end = record.result === null ? overdue(record, nowMs) : null
      // A journal that fails ends the process; there is nobody else to tell here.
      if (end !== null) this.#end(record, end).catch(() => {})
      else if (record.result !== null) this.#reportIfDue(record).catch(() => {})
    }
    if (this.book.open().size > 0) return
    this.#sweep?.stop()
    this.#sweep = null
  }

  #now(): { nowMs: number; ids: Ids } {
    return { nowMs: this.#parts.clock.now(), ids: this.#parts.ids }
  }

  #record(entry: IssuerEntry): Promise<void> {
    this.book.apply(entry)
    return this.#parts.journal.append(entry)
  }
}

function endByItself({ entry: { decision } }: AuthenticationRecord): ChallengeEnd | null {
  if (decision.kind !== 'challenge') return null
  const ends = { passes: 'passed', fails: 'failed', is_cancelled: 'cancelled', code: null, abandoned: null } as const
  return ends[decision.by]
}
