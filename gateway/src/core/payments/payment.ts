import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type {
  ConnectorId,
  CustomerId,
  FingerprintId,
  FlowId,
  MerchantId,
  OperationId,
  PaymentId,
  PaymentMethodId,
  VaultCardId,
} from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import type { Currency } from '../money/currencies.ts'
import type { Failure } from './failure.ts'
import type { PaymentState } from './states.ts'

export type CaptureMethod = 'automatic' | 'manual'
/** `token` and `recurring` are server to server; `single` and `initial` wait for the hosted checkout. */
export type PaymentType = 'token' | 'recurring' | 'single' | 'initial'
export type Initiator = 'customer' | 'merchant'

/**
 * Where the money stands, in minor units. The `…ing` amounts are reserved by operations under way.
 * Always: authorized ≥ captured + capturing + reversed + reversing, and captured ≥ refunded + refunding.
 */
export interface PaymentAmounts {
  authorizedMinor: number
  capturedMinor: number
  capturingMinor: number
  reversedMinor: number
  reversingMinor: number
  refundedMinor: number
  refundingMinor: number
}

export interface Payment {
  merchantId: MerchantId
  paymentId: PaymentId
  mode: Mode
  /** Grows by one with each commit; whoever decided on an older version loses and decides again. */
  version: number
  state: PaymentState
  currency: Currency
  amountMinor: AmountMinor
  amounts: PaymentAmounts
  captureMethod: CaptureMethod
  paymentType: PaymentType
  initiator: Initiator
  flowId: FlowId
  connectorId: ConnectorId
  /** Name of the connector, e.g. `sandbox`. */
  connector: string
  externalId: string | null
  productName: string | null
  metadata: Record<string, string | number | boolean | null> | null
  customerId: CustomerId | null
  name: string | null
  email: string | null
  tel: string | null
  returnUrl: string | null
  saveCard: boolean
  /** The saved card that was charged, or the one that this payment saved. */
  paymentMethodId: PaymentMethodId | null
  card: CardFace | null
  failure: Failure | null
  /** When the acquirer's authorization lapses; told by the connector per authorization. */
  captureBeforeMs: number | null
  /** When the worker must look at the payment itself: checkout or hold deadline, lapse of an authorization. */
  dueAtMs: number | null
  /** Sequence of the last event; `payment.created` is 0. */
  lastSequence: number
  createdAtMs: number
  updatedAtMs: number
}

export type OperationKind = 'authorize' | 'capture' | 'reversal' | 'refund'
/**
 * `sending`: recorded before the call, so the request may be under way. `unknown`: sent, no usable answer. `pending`: the
 * acquirer took it and will decide later. `approved` and `declined` are final.
 */
export type OperationState = 'sending' | 'unknown' | 'pending' | 'approved' | 'declined'

/** One request to an acquirer on behalf of a payment. An attempt is the operation of kind `authorize`. */
export interface Operation {
  merchantId: MerchantId
  paymentId: PaymentId
  operationId: OperationId
  mode: Mode
  kind: OperationKind
  state: OperationState
  amountMinor: AmountMinor
  currency: Currency
  connector: string
  /** Authorize: capture in the same step. Capture: release the rest. */
  final: boolean
  /** Capture with `final`: what it releases; reserved with it. */
  releasesMinor: number
  reason: string | null
  /** Card that is saved with this attempt: provisional in the vault until the attempt is approved. */
  saves: { cardId: VaultCardId; fingerprintId: FingerprintId } | null
  acquirerReference: string | null
  networkTransactionId: string | null
  failure: Failure | null
  /** How often the worker has asked about it. */
  inquiries: number
  /** When the vault confirmed that it can no longer be sent; the acquirer's not-found window runs from here. */
  fencedAtMs: number | null
  /** When the worker should next look, unless it is final. */
  dueAtMs: number | null
  createdAtMs: number
  updatedAtMs: number
}

/** A payment with all its operations, oldest first: what every decision is made on. */
export interface PaymentRecord {
  payment: Payment
  operations: Operation[]
}

/** What of the authorization is neither captured nor released nor reserved for either. */
export function capturableMinor(amounts: PaymentAmounts): number {
  return (
    amounts.authorizedMinor -
    amounts.capturedMinor -
    amounts.capturingMinor -
    amounts.reversedMinor -
    amounts.reversingMinor
  )
}

export function refundableMinor(amounts: PaymentAmounts): number {
  return amounts.capturedMinor - amounts.refundedMinor - amounts.refundingMinor
}

export const noAmounts: PaymentAmounts = {
  authorizedMinor: 0,
  capturedMinor: 0,
  capturingMinor: 0,
  reversedMinor: 0,
  reversingMinor: 0,
  refundedMinor: 0,
  refundingMinor: 0,
}
