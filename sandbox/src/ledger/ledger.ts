import assert from 'node:assert/strict'
import { AccountBook, type Dispute } from '../settlement/account-book.ts'
import type {
  AuthorizationEntry,
  CaptureEntry,
  LedgerEntry,
  OperationEntry,
  RefundEntry,
  RefundSettlementEntry,
  ReportEntry,
  ReversalEntry,
} from './entries.ts'

export interface AuthorizationRecord {
  entry: AuthorizationEntry
  capturedMinor: number
  releasedMinor: number
  /** Refunds that succeeded. */
  refundedMinor: number
  refundPendingMinor: number
  /** Captured less refunded, as far as it is settled and paid out. */
  settledMinor: number
  paidOutMinor: number
  dispute: Dispute | null
  operations: OperationRecord[]
}

export interface OperationRecord {
  entry: OperationEntry
  /** The entry's own status, but for a refund that was settled later. */
  status: OperationEntry['status']
}

export type LedgerRecord = AuthorizationRecord | OperationRecord

export function isAuthorization(record: LedgerRecord): record is AuthorizationRecord {
  return record.entry.type === 'authorization'
}

const keyOf = (account: string, reference: string): string => `${account}/${reference}`

/**
 * What truly happened: the journal's entries, folded. `apply` is the only way in, while running and when the journal is
 * read back, so both give the same state. It decides nothing; it does assert that no entry breaks the sums.
 */
export class Ledger {
  readonly #records = new Map<string, LedgerRecord>()
  readonly #tombstones = new Map<string, ReversalEntry>()
  readonly #pendingRefunds = new Map<string, RefundEntry>()
  readonly #books = new Map<string, AccountBook>()

  find(account: string, reference: string): LedgerRecord | undefined {
    return this.#records.get(keyOf(account, reference))
  }

  authorization(account: string, reference: string): AuthorizationRecord | undefined {
    const record = this.find(account, reference)
    return record !== undefined && isAuthorization(record) ? record : undefined
  }

  /** The reversal that came before its authorization. */
  tombstone(account: string, authorizationReference: string): ReversalEntry | undefined {
    return this.#tombstones.get(keyOf(account, authorizationReference))
  }

  pendingRefunds(): Iterable<RefundEntry> {
    return this.#pendingRefunds.values()
  }

  records(): Iterable<LedgerRecord> {
    return this.#records.values()
  }

  accounts(): Iterable<string> {
    return this.#books.keys()
  }

  book(account: string): AccountBook {
    let book = this.#books.get(account)
    if (book === undefined) {
      book = new AccountBook()
      this.#books.set(account, book)
    }
    return book
  }

  apply(entry: LedgerEntry): LedgerRecord {
    if (entry.type === 'refund_settlement') return this.#settle(entry)
    if (entry.type === 'report') return this.#report(entry)
    const key = keyOf(entry.account, entry.reference)
    assert(!this.#records.has(key), `${key} is in the ledger already`)
    const record = entry.type === 'authorization' ? this.#addAuthorization(entry) : this.#addOperation(entry)
    this.#records.set(key, record)
    return record
  }

  #addAuthorization(entry: AuthorizationEntry): AuthorizationRecord {
    const captured = entry.capture && entry.status === 'approved'
    if (captured && entry.amountMinor > 0) this.#move(entry.reference, entry, entry.amountMinor)
    return {
      entry,
      capturedMinor: captured ? entry.amountMinor : 0,
      releasedMinor: 0,
      refundedMinor: 0,
      refundPendingMinor: 0,
      settledMinor: 0,
      paidOutMinor: 0,
      dispute: null,
      operations: [],
    }
  }

  #addOperation(entry: OperationEntry): OperationRecord {
    const record: OperationRecord = { entry, status: entry.status }
    if (entry.type === 'reversal' && entry.tombstone) {
      this.#tombstones.set(keyOf(entry.account, entry.authorization), entry)
      return record
    }
    const authorization = this.authorization(entry.account, entry.authorization)
    assert(authorization, `${entry.reference} names the unknown authorization ${entry.authorization}`)
    authorization.operations.push(record)
    if (entry.type === 'capture') this.#applyCapture(authorization, entry)
    else if (entry.type === 'reversal') this.#applyReversal(authorization, entry)
    else this.#applyRefund(authorization, entry)
    assertSums(authorization)
    return record
  }

  #applyRefund(authorization: AuthorizationRecord, entry: RefundEntry): void {
    if (entry.status === 'succeeded') {
      authorization.refundedMinor += entry.amountMinor
      this.#move(entry.authorization, entry, -entry.amountMinor)
    }
    if (entry.status !== 'pending') return
    authorization.refundPendingMinor += entry.amountMinor
    this.#pendingRefunds.set(keyOf(entry.account, entry.reference), entry)
  }

  #settle(settlement: RefundSettlementEntry): OperationRecord {
    const key = keyOf(settlement.account, settlement.reference)
    const entry = this.#pendingRefunds.get(key)
    assert(entry, `${key} is not a pending refund`)
    this.#pendingRefunds.delete(key)
    const authorization = this.authorization(entry.account, entry.authorization) as AuthorizationRecord
    authorization.refundPendingMinor -= entry.amountMinor
    if (settlement.status === 'succeeded') {
      authorization.refundedMinor += entry.amountMinor
      this.#move(entry.authorization, settlement, -entry.amountMinor)
    }
    const record = this.#records.get(key) as OperationRecord
    record.status = settlement.status
    return record
  }

  #applyCapture(record: AuthorizationRecord, entry: CaptureEntry): void {
    if (entry.status !== 'succeeded') return
    record.capturedMinor += entry.amountMinor
    record.releasedMinor += entry.releasedMinor
    this.#move(entry.authorization, entry, entry.amountMinor)
  }

  #applyReversal(record: AuthorizationRecord, entry: ReversalEntry): void {
    if (entry.status !== 'succeeded') return
    record.releasedMinor += entry.amountMinor
    if (entry.effect !== 'undone') return
    record.capturedMinor -= entry.amountMinor
    // What was settled already is settled back; what was not never will be.
    if (!this.book(entry.account).forget(entry.authorization))
      this.#move(entry.authorization, entry, -entry.amountMinor)
  }

  #move(authorization: string, { account, reference, atMs }: LedgerEntry, amountMinor: number): void {
    this.book(account).move({ reference, authorization, amountMinor, sinceMs: atMs })
  }

  #report(entry: ReportEntry): AuthorizationRecord {
    const record = this.authorization(entry.account, entry.authorization)
    assert(record, `the report names the unknown authorization ${entry.authorization}`)
    const book = this.book(entry.account)
    const dispute = book.add(entry, record.entry.dispute ?? null)
    if (entry.kind === 'settled') record.settledMinor += entry.amountMinor
    else if (entry.kind === 'paid_out') record.paidOutMinor += entry.amountMinor
    else record.dispute = dispute
    return record
  }
}

function assertSums(record: AuthorizationRecord): void {
  const { entry, capturedMinor, releasedMinor, refundedMinor, refundPendingMinor } = record
  assert(capturedMinor >= 0 && releasedMinor >= 0 && refundPendingMinor >= 0, `${entry.reference}: negative sum`)
  assert(capturedMinor + releasedMinor <= entry.amountMinor, `${entry.reference}: more than authorized`)
  assert(refundedMinor + refundPendingMinor <= capturedMinor, `${entry.reference}: refunded more than captured`)
}

/** What the authorization still holds on the card: neither captured nor given back. */
export function heldMinor(record: AuthorizationRecord): number {
  if (record.entry.status === 'declined') return 0
  return record.entry.amountMinor - record.capturedMinor - record.releasedMinor
}

/** Its money is with the acquirer, or gone: nothing of it can be given back. */
export function isDisputed({ dispute }: AuthorizationRecord): boolean {
  return dispute !== null && dispute.state !== 'won'
}
