import type { CardFace } from '@tessera/contracts/vault-protocol'
import type { AuthenticationWish, BroughtResult } from '../authentication/authentication.ts'
import type { CustomerId, FlowId, OperationId, PaymentId, PaymentMethodId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { Money } from '../money/amount.ts'
import type { IdempotencyClaim, PaymentFilter, StoredAnswer } from '../ports/payment-store.ts'
import type { Result } from '../refusals.ts'
import type { OrderChange, OrderRequest } from './order.ts'
import type {
  CaptureMethod,
  CheckoutSettings,
  Confirmation,
  Initiator,
  Operation,
  Payment,
  PaymentRecord,
} from './payment.ts'

/** What a dialect asks of the engine. Everything is validated in form; the rules are the engine's. */
export interface CreatePayment {
  /** What is charged: an amount as it stands, or an order that is priced and taxed here. Exactly one of the two. */
  money: Money | null
  order: OrderRequest | null
  captureMethod: CaptureMethod | null
  confirmation: Confirmation
  flowId: FlowId | null
  /** Null waits for a card on the hosted checkout. */
  source: CardSource | null
  initiator: Initiator
  externalId: string | null
  productName: string | null
  metadata: Payment['metadata']
  customerId: CustomerId | null
  name: string | null
  email: string | null
  tel: string | null
  returnUrl: string | null
  failureUrl: string | null
  checkout: CheckoutSettings | null
  saveCard: boolean
  /** Null: 3-D Secure as the merchant's policy has it. */
  authenticationWish: AuthenticationWish | null
  /** What came of the merchant's own 3-D Secure. */
  broughtResult: BroughtResult | null
}

export type CardSource =
  | { kind: 'token'; token: string; claimed?: TokenClaim }
  | { kind: 'payment_method'; paymentMethodId: PaymentMethodId }
  /** The card of `customerId` that was saved last and is not blocked. */
  | { kind: 'latest_payment_method' }

/** A claim that the vault made together with the token, for an attempt of its choice. */
export interface TokenClaim {
  attemptId: OperationId
  face: CardFace
  holdExpiresAtMs: number
}

/** Changes to a payment of which nothing is sent yet. What is left out stays as it is. */
export interface PaymentChange {
  order?: OrderChange
  name?: string | null
  metadata?: Payment['metadata']
}

/** The caller's side of one write: its key, and how the answer will read, so that it is stored in the same commit. */
export interface WriteRequest {
  claim: IdempotencyClaim | null
  answer(record: PaymentRecord, operation: Operation | null): StoredAnswer
}

export interface Answered {
  answer: StoredAnswer
  replayed: boolean
  /** Time spent at the acquirer; 0 where none was asked. */
  acquirerMs: number
}

/** The use cases around a payment, one method each. Failures (database or vault away) are thrown. */
export interface Payments {
  create(caller: Caller, command: CreatePayment, request: WriteRequest): Promise<Result<Answered>>
  capture(
    caller: Caller,
    paymentId: PaymentId,
    command: { money: { amountText: string } | null; final: boolean },
    request: WriteRequest,
  ): Promise<Result<Answered>>
  void(
    caller: Caller,
    paymentId: PaymentId,
    command: { reason: string | null },
    request: WriteRequest,
  ): Promise<Result<Answered>>
  refund(
    caller: Caller,
    paymentId: PaymentId,
    command: { money: { amountText: string } | null; currency: string | null; reason: string | null },
    request: WriteRequest,
  ): Promise<Result<Answered>>
  /** Sends the held card's authorization, captured at once. */
  confirm(caller: Caller, paymentId: PaymentId, request: WriteRequest): Promise<Result<Answered>>
  /** Prices and taxes the order anew. Nothing has been charged yet. */
  update(caller: Caller, paymentId: PaymentId, change: PaymentChange, request: WriteRequest): Promise<Result<Answered>>
  find(caller: Caller, paymentId: PaymentId): Promise<Result<PaymentRecord>>
  list(caller: Caller, filter: PaymentFilter): Promise<{ payments: Payment[]; hasMore: boolean }>
  /** Newest first, with their operations; page 1 is the first. `total` counts the payments of all pages. */
  listPage(caller: Caller, page: { page: number; limit: number }): Promise<{ records: PaymentRecord[]; total: number }>
}

export function operationOf(record: PaymentRecord, operationId: OperationId): Operation {
  const operation = record.operations.find((each) => each.operationId === operationId)
  if (operation === undefined) throw new Error(`operation ${operationId} is not of payment ${record.payment.paymentId}`)
  return operation
}
