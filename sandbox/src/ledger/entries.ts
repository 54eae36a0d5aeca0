import type { TestCardBehaviour } from '@tessera/contracts/test-card-outcomes'
import type { CheckedProof } from '../acs/entries.ts'

/** What the ledger keeps of a card. The number itself is read, judged and forgotten; a CVC is not even a field here. */
export interface LedgerCard {
  bin: string
  last4: string
  expMonth: number
  expYear: number
}

export type RefundBehaviour = NonNullable<TestCardBehaviour['refund']>
export type DisputeBehaviour = NonNullable<TestCardBehaviour['dispute']>

interface EntryHead {
  atMs: number
  account: string
  /** The caller's own name for this operation: unique per account, over all kinds of operation. */
  reference: string
}

export interface AuthorizationEntry extends EntryHead {
  type: 'authorization'
  id: string
  status: 'approved' | 'declined'
  responseCode: string
  adviceCode: string | null
  cvcResult: string
  avsResult: string | null
  networkTransactionId: string | null
  amountMinor: number
  currency: string
  /** Asked for capture at once. Captured is: approved, and asked for. */
  capture: boolean
  captureBeforeMs: number
  initiator: 'customer' | 'merchant'
  card: LedgerCard
  /** What the card does when it is refunded. */
  refund: RefundBehaviour | null
  /** What the cardholder does once a capture is settled. Absent in journals from before there were disputes. */
  dispute?: DisputeBehaviour | null
  /** What the issuer found of the authentication that came along. Absent where none did. */
  authentication?: CheckedProof
  /** Of strong customer authentication, as it was claimed. Absent where none was. */
  exemption?: 'low_value' | 'transaction_risk'
}

interface OperationHead extends EntryHead {
  id: string
  /** Reference of the authorization. */
  authorization: string
  /** Why it was refused; null when it was not. */
  code: string | null
}

export interface CaptureEntry extends OperationHead {
  type: 'capture'
  status: 'succeeded' | 'refused'
  amountMinor: number
  final: boolean
  releasedMinor: number
}

/** `released`: what was not captured is free again. `undone`: a sale never happened. `nothing_held`: there was nothing to give back. */
export type ReversalEffect = 'released' | 'undone' | 'nothing_held'

export interface ReversalEntry extends OperationHead {
  type: 'reversal'
  status: 'succeeded' | 'refused'
  /** Null: all that is left. */
  requestedMinor: number | null
  amountMinor: number
  effect: ReversalEffect
  /** No such authorization yet: one that comes later under that reference is declined. */
  tombstone: boolean
}

export interface RefundEntry extends OperationHead {
  type: 'refund'
  status: 'succeeded' | 'pending' | 'failed' | 'refused'
  amountMinor: number
  /** For a pending refund: when it settles by itself, and how. */
  settlesAtMs: number | null
  settlesAs: 'succeeded' | 'failed' | null
}

/** A pending refund reached its end. */
export interface RefundSettlementEntry extends EntryHead {
  type: 'refund_settlement'
  status: 'succeeded' | 'failed'
}

export type ReportKind = 'settled' | 'paid_out' | 'dispute_opened' | 'dispute_won' | 'dispute_lost'

/**
 * One line of the account's report, numbered per account from 1 without gaps. `reference` is the caller's own for the capture,
 * refund or undone sale that it is about; a negative amount is taken back.
 */
export interface ReportEntry extends EntryHead {
  type: 'report'
  sequence: number
  kind: ReportKind
  /** Reference of the authorization. */
  authorization: string
  amountMinor: number
  currency: string
  disputeId: string | null
  reason: string | null
}

export type OperationEntry = CaptureEntry | ReversalEntry | RefundEntry
export type LedgerEntry = AuthorizationEntry | OperationEntry | RefundSettlementEntry | ReportEntry
