import assert from 'node:assert/strict'
import type {
  AuthorizationEntry,
  LedgerEntry,
  OperationEntry,
  RefundEntry,
  RefundSettlementEntry,
  ReversalEntry,
} from './entries.ts'

export interface AuthorizationRecord {
  entry: AuthorizationEntry
  capturedMinor: number
  releasedMinor: number
  /** Refunds that succeeded. */
  refundedMinor: number
  refundPendingMinor: number
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

  apply(entry: LedgerEntry): LedgerRecord {
    if (entry.type === 'refund_settlement') return this.#settle(entry)
    const key = keyOf(entry.account, entry.reference)
    assert(!this.#records.has(key), `${key} is in the ledger already`)
    const record = entry.type === 'authorization' ? this.#addAuthorization(entry) : this.#addOperation(entry)
    this.#records.set(key, record)
    return record
  }

  #addAuthorization(entry: AuthorizationEntry): AuthorizationRecord {
    const captured = entry.capture && entry.status === 'approved'
    return {
      entry,
      capturedMinor: captured ? entry.amountMinor : 0,
      releasedMinor: 0,
      refundedMinor: 0,
      refundPendingMinor: 0,
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
    if (entry.type === 'capture') applyCapture(authorization, entry.amountMinor, entry.releasedMinor, entry.status)
    else if (entry.type === 'reversal') applyReversal(authorization, entry)
    else this.#applyRefund(authorization, entry)
    assertSums(authorization)
    return record
  }

  #applyRefund(authorization: AuthorizationRecord, entry: RefundEntry): void {
    if (entry.status === 'succeeded') authorization.refundedMinor += entry.amountMinor
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
    if (settlement.status === 'succeeded') authorization.refundedMinor += entry.amountMinor
    const record = this.#records.get(key) as OperationRecord
    record.status = settlement.status
    return record
  }
}

function applyCapture(record: AuthorizationRecord, capturedMinor: number, releasedMinor: number, status: string): void {
  if (status !== 'succeeded') return
  record.capturedMinor += capturedMinor
  record.releasedMinor += releasedMinor
}

function applyReversal(record: AuthorizationRecord, entry: ReversalEntry): void {
  if (entry.status !== 'succeeded') return
  if (entry.effect === 'undone') record.capturedMinor -= entry.amountMinor
  record.releasedMinor += entry.amountMinor
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
