import type { CardTestingOutcome, CardTestingSuspicion, Mode } from '@tessera/contracts/vault-protocol'
import type { AlertId, EventId, MerchantId, OperationId, PaymentId } from './ids.ts'
import type { Failure } from './payments/failure.ts'
import type { Payment } from './payments/payment.ts'

/**
 * What a payment can tell. One event per change, numbered per payment without gaps in the commit of the change itself;
 * `payment.created` is number 0.
 */
export const paymentEventTypes = [
  'payment.created',
  'payment.requires_action',
  'payment.requires_confirmation',
  'payment.pending',
  'payment.authorized',
  'payment.succeeded',
  'payment.captured',
  'payment.failed',
  'payment.canceled',
  'payment.settled',
  'payment.paid_out',
  'payment.refunded',
  'payment.chargeback',
  'payment.dispute_closed',
  'payment_method.saved',
  'refund.pending',
  'refund.failed',
] as const
export type PaymentEventType = (typeof paymentEventTypes)[number]

/** What a merchant is warned of: events of the merchant and of no payment. `inflow` has no such events. */
export const alertEventTypes = ['card_testing.suspected'] as const
export type AlertEventType = (typeof alertEventTypes)[number]

export const eventTypes = [...paymentEventTypes, ...alertEventTypes] as const
export type EventType = PaymentEventType | AlertEventType

/**
 * Events that `v1` knows nothing of: they stand in no feed and have no public sequence. What is public is numbered 1, 2, 3… of
 * its own, so that `v1` sees no gap where one of these is.
 */
export const hiddenEventTypes = [
  'payment.created',
  'payment.requires_confirmation',
  'payment.settled',
  'payment.paid_out',
  'payment.dispute_closed',
  'refund.pending',
] as const satisfies readonly PaymentEventType[]
export type HiddenEventType = (typeof hiddenEventTypes)[number]
export type PublicEventType = Exclude<EventType, HiddenEventType>
export type PublicPaymentEventType = Exclude<PaymentEventType, HiddenEventType>

const hidden: ReadonlySet<EventType> = new Set(hiddenEventTypes)

export function isPublic(type: PaymentEventType): type is PublicPaymentEventType
export function isPublic(type: EventType): type is PublicEventType
export function isPublic(type: EventType): boolean {
  return !hidden.has(type)
}

/** The payment as it stood after the change, and what the change was about. */
export interface EventSnapshot {
  payment: Payment
  /** Refund or capture that the event tells of. */
  operation: { operationId: OperationId; amountMinor: number; reason: string | null } | null
  failure: Failure | null
}

export interface PaymentEvent {
  merchantId: MerchantId
  eventId: EventId
  mode: Mode
  paymentId: PaymentId
  sequence: number
  /** Null for hidden types. */
  publicSequence: number | null
  type: PaymentEventType
  snapshot: EventSnapshot
  createdAtMs: number
}

/** An alert is told once, so it is the first and last of its events. */
export interface AlertEvent {
  merchantId: MerchantId
  eventId: EventId
  mode: Mode
  alert: Alert
  sequence: 1
  publicSequence: 1
  type: AlertEventType
  createdAtMs: number
}

/** Card testing, as the vault suspected it. */
export interface Alert {
  alertId: AlertId
  suspicion: CardTestingSuspicion
  outcome: CardTestingOutcome
  /** By the vault's clock. */
  suspectedAtMs: number
}

/** What a merchant can hear of. */
export type MerchantEvent = PaymentEvent | AlertEvent

export function isAlert(event: MerchantEvent): event is AlertEvent {
  return event.type === 'card_testing.suspected'
}
