import type { Mode } from '@tessera/contracts/vault-protocol'
import type { EventId, MerchantId, OperationId, PaymentId } from './ids.ts'
import type { Failure } from './payments/failure.ts'
import type { Payment } from './payments/payment.ts'

/**
 * What a payment can tell. One event per change, numbered per payment without gaps in the commit of the change itself;
 * `payment.created` is number 0 and is not shown by `v1`.
 */
export const eventTypes = [
  'payment.created',
  'payment.requires_action',
  'payment.pending',
  'payment.authorized',
  'payment.succeeded',
  'payment.captured',
  'payment.failed',
  'payment.canceled',
  'payment.refunded',
  'payment.chargeback',
  'payment_method.saved',
  'refund.failed',
] as const
export type EventType = (typeof eventTypes)[number]

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
  type: EventType
  snapshot: EventSnapshot
  createdAtMs: number
}
