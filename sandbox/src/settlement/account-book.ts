import assert from 'node:assert/strict'
import type { DisputeBehaviour, ReportEntry } from '../ledger/entries.ts'

/** Money that goes one way or the other: a capture, or (negative) a refund or a sale undone after it was settled. */
export interface Movement {
  reference: string
  authorization: string
  amountMinor: number
  /** When it began to wait for what comes next. */
  sinceMs: number
}

export interface Dispute {
  id: string
  /** The capture that is disputed. */
  reference: string
  authorization: string
  amountMinor: number
  currency: string
  reason: string
  state: 'open' | 'won' | 'lost'
  openedAtMs: number
}

/** A settled capture whose cardholder is about to dispute it. */
export interface Grievance extends Movement {
  behaviour: DisputeBehaviour
}

/**
 * One account's way from capture to payout, and what was reported of it. Like the ledger it decides nothing. Waiting
 * movements lie in the order in which they began to wait, which for one delay is the order in which they are due.
 */
export class AccountBook {
  readonly #unsettled = new Map<string, Movement>()
  readonly #unpaid = new Map<string, Movement>()
  readonly #grievances = new Map<string, Grievance>()
  readonly #disputes = new Map<string, Dispute>()
  readonly #openDisputes = new Set<Dispute>()
  /** Authorizations with a dispute, past or to come: there is one each. */
  readonly #disputed = new Set<string>()
  readonly #entries: ReportEntry[] = []

  move(movement: Movement): void {
    this.#unsettled.set(movement.reference, movement)
  }

  /** Whether there was such a movement that is not settled yet. */
  forget(reference: string): boolean {
    return this.#unsettled.delete(reference)
  }

  firstUnsettled(): Movement | undefined {
    return this.#unsettled.values().next().value
  }

  firstUnpaid(): Movement | undefined {
    return this.#unpaid.values().next().value
  }

  grievances(): Iterable<Grievance> {
    return this.#grievances.values()
  }

  disputes(): Iterable<Dispute> {
    return this.#disputes.values()
  }

  openDisputes(): Iterable<Dispute> {
    return this.#openDisputes
  }

  dispute(id: string): Dispute | undefined {
    return this.#disputes.get(id)
  }

  get length(): number {
    return this.#entries.length
  }

  last(): ReportEntry | undefined {
    return this.#entries.at(-1)
  }

  /** The entries after that sequence number, oldest first. */
  after(sequence: number, limit: number): readonly ReportEntry[] {
    return this.#entries.slice(sequence, sequence + limit)
  }

  /** Answers the dispute that the entry is about, as it now stands. */
  add(entry: ReportEntry, behaviour: DisputeBehaviour | null): Dispute | null {
    assert(
      entry.sequence === this.#entries.length + 1,
      `${entry.account}: report entry ${entry.sequence} is out of turn`,
    )
    this.#entries.push(entry)
    switch (entry.kind) {
      case 'settled':
        this.#settle(entry, behaviour)
        return null
      case 'paid_out':
        assert(this.#unpaid.delete(entry.reference), `${entry.reference} does not wait for its payout`)
        return null
      case 'dispute_opened':
        return this.#open(entry)
      case 'dispute_won':
        return this.#close(entry, 'won')
      case 'dispute_lost':
        return this.#close(entry, 'lost')
    }
  }

  #settle(entry: ReportEntry, behaviour: DisputeBehaviour | null): void {
    const movement = this.#unsettled.get(entry.reference)
    assert(movement, `${entry.reference} does not wait for its settlement`)
    this.#unsettled.delete(entry.reference)
    const settled = { ...movement, sinceMs: entry.atMs }
    this.#unpaid.set(entry.reference, settled)
    if (behaviour === null || entry.amountMinor <= 0 || this.#disputed.has(entry.authorization)) return
    this.#disputed.add(entry.authorization)
    this.#grievances.set(entry.authorization, { ...settled, behaviour })
  }

  #open(entry: ReportEntry): Dispute {
    assert(entry.disputeId !== null && entry.reason !== null, `${entry.reference}: a dispute without a name`)
    this.#grievances.delete(entry.authorization)
    const { reference, authorization, amountMinor, currency, reason, atMs } = entry
    const dispute: Dispute = {
      id: entry.disputeId,
      reference,
      authorization,
      amountMinor,
      currency,
      reason,
      state: 'open',
      openedAtMs: atMs,
    }
    this.#disputes.set(dispute.id, dispute)
    this.#openDisputes.add(dispute)
    return dispute
  }

  #close(entry: ReportEntry, state: 'won' | 'lost'): Dispute {
    const dispute = this.#disputes.get(entry.disputeId ?? '')
    assert(dispute?.state === 'open', `${entry.disputeId} is not an open dispute`)
    dispute.state = state
    this.#openDisputes.delete(dispute)
    return dispute
  }
}
