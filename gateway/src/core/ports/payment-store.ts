import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Authentication } from '../authentication/authentication.ts'
import type { PaymentMethod } from '../customers/payment-method.ts'
import type { PaymentEvent } from '../events.ts'
import type { AuthenticationId, CustomerId, MerchantId, OperationId, PaymentId, PaymentMethodId } from '../ids.ts'
import type { Decision } from '../payments/decision.ts'
import type { Operation, OperationKind, OperationState, Payment, PaymentRecord } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'

/** The part of a merchant's data that an object belongs to; nothing is ever read or written across it. */
export interface Scope {
  merchantId: MerchantId
  mode: Mode
}

/** What a caller's `Idempotency-Key` stands for: claimed in the commit that records what the request wants. */
export interface IdempotencyClaim {
  key: string
  /** Digest of method, route and canonical body. */
  fingerprint: string
}

export interface IdempotencyRecord {
  fingerprint: string
  /** Null for the key of a request that writes to no payment (`keyed-request-store.ts`); its answer is not told here. */
  paymentId: PaymentId | null
  operationId: OperationId | null
  /** The stored answer; null while the first request runs, or when it died. */
  answer: StoredAnswer | null
}

export interface StoredAnswer {
  status: number
  body: string
}

export interface NewPayment {
  payment: Payment
  /** The attempt that is about to be sent; null for a payment that waits: for a card, its confirmation, or its shopper. */
  operation: Operation | null
  authentication?: Authentication
  events: PaymentEvent[]
  claim: IdempotencyClaim | null
  /** An answer that is already known: a payment that waits for the hosted checkout. */
  answer: StoredAnswer | null
}

export interface PaymentCommit {
  decision: Decision
  /** Claimed in the same commit; the decision is dropped when another request holds the key. */
  claim: { claim: IdempotencyClaim; operationId: OperationId | null } | null
  /** Stored as the answer of that key. */
  answer: (StoredAnswer & { key: string }) | null
}

export type CommitOutcome =
  | { kind: 'committed' }
  /** The payment has moved on: read it again and decide again. */
  | { kind: 'stale' }
  | { kind: 'key_taken'; record: IdempotencyRecord }

export interface PaymentFilter {
  limit: number
  /** Newest first: the page begins after this payment. */
  startingAfter: PaymentId | null
  states: { state: PaymentState; refunds?: 'none' | 'partial' | 'full' }[] | null
  externalId: string | null
  customerId: CustomerId | null
  createdFromMs: number | null
  createdToMs: number | null
}

export interface AuthenticationRecord {
  record: PaymentRecord
  authentication: Authentication
}

/** Payments and what hangs on them. One call is one durable commit; a resolved promise means that it is on disk. */
export interface PaymentStore {
  create(row: NewPayment): Promise<{ kind: 'created' } | { kind: 'key_taken'; record: IdempotencyRecord }>
  commit(row: PaymentCommit): Promise<CommitOutcome>
  find(scope: Scope, paymentId: PaymentId): Promise<PaymentRecord | undefined>
  /** A payment that waits, or waited, for its shopper's card; whoever asks knows its id, and nobody guesses one. */
  findHosted(paymentId: PaymentId): Promise<PaymentRecord | undefined>
  /** The payment of an attempt or a capture, which an acquirer knows by that operation's id alone. */
  findByOperation(scope: Scope, operationId: OperationId): Promise<PaymentRecord | undefined>
  list(scope: Scope, filter: PaymentFilter): Promise<{ payments: Payment[]; hasMore: boolean }>
  /** Newest first; page 1 is the first. */
  listPage(scope: Scope, page: { page: number; limit: number }): Promise<{ records: PaymentRecord[]; total: number }>
  /** The payment of a shopper's session, with the authentication that the session is of: it may be an earlier one. */
  findBySession(sessionDigest: string): Promise<AuthenticationRecord | undefined>
  findByAuthentication(authenticationId: AuthenticationId): Promise<AuthenticationRecord | undefined>
  findKey(scope: Scope, key: string): Promise<IdempotencyRecord | undefined>

  findPaymentMethod(scope: Scope, id: PaymentMethodId): Promise<PaymentMethod | undefined>
  /** The customer's card that was saved last and is not blocked. */
  findLatestPaymentMethod(scope: Scope, customerId: CustomerId): Promise<PaymentMethod | undefined>
  listPaymentMethods(scope: Scope, customerId: CustomerId): Promise<PaymentMethod[]>
  setPaymentMethodStatus(
    scope: Scope,
    id: PaymentMethodId,
    change: { status: 'active' | 'blocked'; blockedReason: string | null; nowMs: number },
  ): Promise<PaymentMethod | undefined>
  /** Removes it and leaves the vault card to be erased, in one commit. */
  deletePaymentMethod(scope: Scope, id: PaymentMethodId, nowMs: number): Promise<PaymentMethod | undefined>
}

/** Operations that are not final, by kind and state, and how long the oldest has been so. */
export interface OpenOperations {
  kind: OperationKind
  state: OperationState
  count: number
  oldestCreatedAtMs: number
}

/** A vault card to be activated, where a payment method referred to it when this was claimed, or erased. */
export interface DueCardSettlement {
  scope: Scope
  cardId: string
  tries: number
  referred: boolean
  leaseUntilMs: number
}

/** `unused` where no payment knows the attempt, neither recorded nor held for it; `ended` where its payment is done with it. */
export interface ClaimToRelease {
  merchantId: string
  attemptId: string
  reason: 'unused' | 'ended'
}

/** What the worker claims: rows that are due, leased so that no other worker takes them meanwhile. */
export interface WorkStore {
  claimDueOperations(
    nowMs: number,
    leaseMs: number,
    limit: number,
  ): Promise<{ scope: Scope; paymentId: PaymentId; operationId: OperationId }[]>
  /** Payments whose own deadline has passed. Not leased: two workers may decide on one, and its version lets one win. */
  findDuePayments(nowMs: number, limit: number): Promise<{ scope: Scope; paymentId: PaymentId }[]>
  countOpenOperations(): Promise<OpenOperations[]>
  /** Gives a claimed operation back, to be looked at again then. */
  postponeOperation(scope: Scope, paymentId: PaymentId, operationId: OperationId, dueAtMs: number): Promise<void>
  claimCardSettlements(nowMs: number, leaseMs: number, limit: number): Promise<DueCardSettlement[]>
  /** Leaves the row where the card's fate was decided anew since it was claimed: then it is due again. */
  finishCardSettlement(due: DueCardSettlement): Promise<void>
  postponeCardSettlement(due: DueCardSettlement, dueAtMs: number): Promise<void>
  /** Of the vault's claims that were not sent, those that will not be: see `ClaimToRelease`. */
  findClaimsToRelease(attempts: { merchantId: string; attemptId: string }[]): Promise<ClaimToRelease[]>
  /** Gives events that wait for one their place in their merchant's feed; returns how many. */
  placeEvents(limit: number): Promise<number>
  /** Removes idempotency keys made before; returns how many. */
  purge(beforeMs: number, limit: number): Promise<number>
}
