import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type {
  AttemptAuthentication,
  Authentication,
  AuthenticationWish,
  PaymentAuthentication,
} from '../authentication/authentication.ts'
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
import type { Order } from './order.ts'
import type { PaymentState } from './states.ts'

export type CaptureMethod = 'automatic' | 'manual'
/** `token` and `recurring` are server to server; `single` and `initial` wait for the hosted checkout. */
export type PaymentType = 'token' | 'recurring' | 'single' | 'initial'
export type Initiator = 'customer' | 'merchant'
/** `manual`: the card is claimed, and nothing is sent until the merchant confirms. */
export type Confirmation = 'automatic' | 'manual'

/** Where a payment stands, in one word (`stage.ts`). */
export type Stage =
  | 'created'
  | 'requires_action'
  | 'requires_confirmation'
  | 'processing'
  | 'authorized'
  | 'captured'
  | 'settled'
  | 'paid_out'
  | 'failed'
  | 'canceled'
  | 'expired'
  | 'refund_pending'
  | 'partially_refunded'
  | 'refunded'
  | 'refund_failed'
  | 'disputed'

export interface TimelineEntry {
  stage: Stage
  atMs: number
}

/**
 * Where the money stands, in minor units. The `…ing` amounts are reserved by operations under way.
 * Always: authorized ≥ captured + capturing + reversed + reversing, captured ≥ refunded + refunding + disputed, and
 * captured ≥ settled ≥ paid out.
 */
export interface PaymentAmounts {
  authorizedMinor: number
  capturedMinor: number
  capturingMinor: number
  reversedMinor: number
  reversingMinor: number
  refundedMinor: number
  refundingMinor: number
  /** What the acquirer has settled, and what of that it has paid out to the merchant. */
  settledMinor: number
  paidOutMinor: number
  /** Held back, or lost, by a dispute; 0 again when it is won. */
  disputedMinor: number
}

/** A card that was claimed for an attempt which is not recorded yet: it waits for the merchant to confirm, or for 3-D Secure. */
export interface HeldCard {
  /** The attempt that it was claimed for, by which the vault knows the hold. */
  attemptId: OperationId
  /** That attempt was sent and declined for want of authentication: the CVC is gone, and the next one has an id of its own. */
  cvcSpent?: true
  saves: Operation['saves']
  /** Of the payment that saved the card. */
  transactionId: string | null
  /** When the vault lets go of it. */
  expiresAtMs: number
}

/** How the hosted checkout of this payment looks, and where it leads. */
export interface CheckoutSettings {
  customization: {
    bgColor: string | null
    fontColor: string | null
    logoUrl: string | null
    merchantName: string | null
  } | null
  cancelUrl: string | null
  /** The payment link that made this payment. */
  linkId: string | null
}

/** The cardholder's objection to a captured payment. */
export interface Dispute {
  disputeId: string
  amountMinor: number
  reason: string
  state: 'open' | 'won' | 'lost'
  openedAtMs: number
  closedAtMs: number | null
}

export interface Payment {
  merchantId: MerchantId
  paymentId: PaymentId
  mode: Mode
  /** Grows by one with each commit; whoever decided on an older version loses and decides again. */
  version: number
  state: PaymentState
  currency: Currency
  /** What is charged; of an order, its net and its tax. */
  amountMinor: AmountMinor
  order: Order | null
  amounts: PaymentAmounts
  confirmation: Confirmation
  held: HeldCard | null
  /** Null where nothing was authenticated and nothing is to be. */
  authentication: PaymentAuthentication | null
  authenticationWish: AuthenticationWish | null
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
  /** Where the shopper lands after 3-D Secure; on failure `failureUrl`, where that is given. */
  returnUrl: string | null
  failureUrl: string | null
  checkout: CheckoutSettings | null
  saveCard: boolean
  /** The saved card that was charged, or the one that this payment saved. */
  paymentMethodId: PaymentMethodId | null
  card: CardFace | null
  failure: Failure | null
  dispute: Dispute | null
  /** One entry per change of stage, oldest first. */
  timeline: TimelineEntry[]
  /** When the acquirer's authorization lapses; told by the connector per authorization. */
  captureBeforeMs: number | null
  /** When the worker must look at the payment itself: checkout or hold deadline, lapse of an authorization. */
  dueAtMs: number | null
  /** Sequence of the last event; `payment.created` is 0. */
  lastSequence: number
  /** Public sequence of the last event that has one. */
  lastPublicSequence: number
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
  /** Refund of an order: what of the amount is tax; the rest is net. */
  taxMinor: number | null
  /**
   * The run of the request that recorded it, where several requests would record it under one id: an attempt of a held card.
   * So whoever lost the race for it is not taken for the one whose reply was lost.
   */
  begunBy: string | null
  /** The attempt whose hold this one uses: the second try of a card. Null: its own. */
  holdId: OperationId | null
  /** When the vault lets go of that card; null: an hour after the attempt was recorded. */
  holdEndsAtMs: number | null
  authentication: AttemptAuthentication | null
  /** Card that is saved with this attempt: provisional in the vault until the attempt is approved. */
  saves: { cardId: VaultCardId; fingerprintId: FingerprintId } | null
  acquirerReference: string | null
  /** The network's name for it; until it is approved, that of the payment that it refers to. */
  networkTransactionId: string | null
  failure: Failure | null
  /** When the acquirer settled what this captured, and when it paid that out. */
  settledAtMs: number | null
  paidOutAtMs: number | null
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
  /** The one that the payment speaks of, where it speaks of one of ours. */
  authentication?: Authentication
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
  return amounts.capturedMinor - amounts.refundedMinor - amounts.refundingMinor - amounts.disputedMinor
}

export const noAmounts: PaymentAmounts = {
  authorizedMinor: 0,
  capturedMinor: 0,
  capturingMinor: 0,
  reversedMinor: 0,
  reversingMinor: 0,
  refundedMinor: 0,
  refundingMinor: 0,
  settledMinor: 0,
  paidOutMinor: 0,
  disputedMinor: 0,
}
