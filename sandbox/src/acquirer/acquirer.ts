import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import type { AuthenticationBook } from '../acs/authentication-book.ts'
import type { LedgerEntry, RefundEntry } from '../ledger/entries.ts'
import type { Journal } from '../ledger/journal.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Dispute } from '../settlement/account-book.ts'
import { closingEntry, nextReportEntry, type SettlementDelays } from '../settlement/due.ts'
import { reportAnswer } from '../settlement/report-answer.ts'
import { type Answer, answerOf, refusal, truthOf } from './answers.ts'
import { decideAuthorization } from './authorize.ts'
import { decideCapture } from './capture.ts'
import type { Decision, DecisionContext } from './decisions.ts'
import { decideRefund, settlementOf } from './refund.ts'
import type { AuthorizeRequest, CaptureRequest, RefundRequest, ReverseRequest } from './requests.ts'
import { decideReversal } from './reverse.ts'

/**
 * The simulated acquirer. Each call decides and changes the ledger in one go, without waiting in between, and answers
 * only when the entry is on disk: what a caller was told, a crash cannot take back.
 */
export class Acquirer {
  readonly ledger: Ledger
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #random: Random
  readonly #delays: SettlementDelays
  readonly #authentications: AuthenticationBook

  constructor(parts: {
    ledger: Ledger
    journal: Journal
    clock: Clock
    ids: Ids
    random: Random
    delays: SettlementDelays
    authentications: AuthenticationBook
  }) {
    this.ledger = parts.ledger
    this.#journal = parts.journal
    this.#clock = parts.clock
    this.#ids = parts.ids
    this.#random = parts.random
    this.#delays = parts.delays
    this.#authentications = parts.authentications
  }

  authorize(request: AuthorizeRequest): Promise<Answer> {
    return this.#carryOut(request.reference, decideAuthorization(this.ledger, request, this.#context()))
  }

  capture(request: CaptureRequest): Promise<Answer> {
    return this.#carryOut(request.reference, decideCapture(this.ledger, request, this.#context()))
  }

  reverse(request: ReverseRequest): Promise<Answer> {
    this.#catchUp(request.account)
    return this.#carryOut(request.reference, decideReversal(this.ledger, request, this.#context()))
  }

  refund(request: RefundRequest): Promise<Answer> {
    this.#catchUp(request.account)
    return this.#carryOut(request.reference, decideRefund(this.ledger, request, this.#context()))
  }

  async inquire(account: string, reference: string): Promise<Answer> {
    this.#catchUp(account)
    await this.#journal.settled()
    const record = this.ledger.find(account, reference)
    if (record !== undefined) return truthOf(record)
    return { status: 404, body: JSON.stringify({ status: 'not_found', reference }) }
  }

  /** What became of the account's captures and refunds, and of its disputes. */
  async report(account: string, after: number, limit: number): Promise<Answer> {
    this.#catchUp(account)
    await this.#journal.settled()
    return reportAnswer(account, after, this.ledger.book(account).after(after, limit))
  }

  /** Does all that is due and waits for the disk: then the ledger may be spoken from. */
  async truth(): Promise<void> {
    for (const account of this.ledger.accounts()) this.#catchUp(account)
    await this.#journal.settled()
  }

  /** Ends an open dispute of this id (of any account) now. False where there is none. */
  async closeDispute(id: string, outcome: 'won' | 'lost'): Promise<boolean> {
    await this.truth()
    for (const account of this.ledger.accounts()) {
      const dispute = this.ledger.book(account).dispute(id)
      if (dispute?.state !== 'open') continue
      await this.#record(closingEntry(this.ledger, account, dispute, outcome, this.#clock.now())).durable
      return true
    }
    return false
  }

  async disputes(): Promise<(Dispute & { account: string })[]> {
    await this.truth()
    return [...this.ledger.accounts()].flatMap((account) =>
      [...this.ledger.book(account).disputes()].map((dispute) => ({ account, ...dispute })),
    )
  }

  /** Settles pending refunds of this reference (of any account) now. Returns how many there were. */
  async settleRefunds(reference: string, outcome: 'succeeded' | 'failed' | null): Promise<number> {
    const chosen = [...this.ledger.pendingRefunds()].filter((refund) => refund.reference === reference)
    for (const refund of chosen) this.#settle(refund, outcome)
    await this.#journal.settled()
    return chosen.length
  }

  /** Settlement, payout and disputes happen when somebody looks, each as of the moment when it was due. */
  #catchUp(account: string): void {
    this.#settleDueRefunds()
    const context = { nowMs: this.#clock.now(), newDisputeId: () => `dsp_${this.#ids.timeOrdered()}` }
    for (;;) {
      const entry = nextReportEntry(this.ledger, account, this.#delays, context)
      if (entry === null) return
      this.#record(entry)
    }
  }

  #settleDueRefunds(): void {
    const nowMs = this.#clock.now()
    for (const refund of this.ledger.pendingRefunds()) {
      if (refund.settlesAtMs !== null && refund.settlesAtMs <= nowMs) this.#settle(refund, null)
    }
  }

  #settle(refund: RefundEntry, outcome: 'succeeded' | 'failed' | null): void {
    const settlement = settlementOf(refund, this.#clock.now())
    this.#record(outcome === null ? settlement : { ...settlement, status: outcome })
  }

  #context(): DecisionContext {
    const authentications = this.#authentications
    return { nowMs: this.#clock.now(), ids: this.#ids, random: this.#random, authentications }
  }

  async #carryOut(reference: string, decision: Decision<LedgerEntry>): Promise<Answer> {
    if (decision.kind === 'new') {
      const { record, durable } = this.#record(decision.entry)
      const answer = answerOf(record)
      await durable
      return answer
    }
    await this.#journal.settled()
    switch (decision.kind) {
      case 'known':
        return answerOf(decision.record)
      case 'reference_reused':
        return refusal(409, 'reference_reused', 'This reference stands for another request.', reference)
      case 'authorization_not_found':
        return refusal(404, 'authorization_not_found', 'There is no such authorization.', reference)
    }
  }

  #record(entry: LedgerEntry) {
    const record = this.ledger.apply(entry)
    this.#authentications.spendOn(entry)
    return { record, durable: this.#journal.append(entry) }
  }
}
