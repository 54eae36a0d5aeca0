import type { Ids } from '@tessera/lib/ids'
import {
  type Alert,
  type EventType,
  isPublic,
  type MerchantEvent,
  type PaymentEvent,
  type PaymentEventType,
} from '../events.ts'
import {
  type AlertId,
  type ConnectorId,
  type EventId,
  type FlowId,
  type OperationId,
  type PaymentId,
  trustedId,
} from '../ids.ts'
import { amountMinor } from '../money/amount.ts'
import { findCurrency } from '../money/currencies.ts'
import { failureOf } from '../payments/failure.ts'
import { type Dispute, noAmounts, type Payment, type PaymentAmounts } from '../payments/payment.ts'
import { firstEntries } from '../payments/stage.ts'
import type { PaymentState } from '../payments/states.ts'
import type { Scope } from '../ports/payment-store.ts'

const stateOf: Record<PaymentEventType, PaymentState> = {
  'payment.created': 'created',
  'payment.requires_action': 'requires_action',
  'payment.requires_confirmation': 'requires_confirmation',
  'payment.pending': 'processing',
  'payment.authorized': 'authorized',
  'payment.succeeded': 'captured',
  'payment.captured': 'captured',
  'payment.failed': 'failed',
  'payment.canceled': 'canceled',
  'payment.settled': 'captured',
  'payment.paid_out': 'captured',
  'payment.refunded': 'captured',
  'payment.chargeback': 'captured',
  'payment.dispute_closed': 'captured',
  'payment_method.saved': 'captured',
  'refund.pending': 'captured',
  'refund.failed': 'captured',
}

export const sampleAlertId = trustedId<AlertId>('alert_webhook_test')

/**
 * An event for trying out an endpoint. No such payment exists: reading it by its id answers 404, and its metadata says
 * `webhook_test`. An alert has `sampleAlertId`.
 */
export function sampleEvent(scope: Scope, type: EventType, ids: Ids, nowMs: number): MerchantEvent {
  if (type !== 'card_testing.suspected') return samplePaymentEvent(scope, type, ids, nowMs)
  const alert: Alert = { alertId: sampleAlertId, suspicion: 'range', outcome: 'refused', suspectedAtMs: nowMs }
  return { ...scope, eventId: newEventId(ids), alert, sequence: 1, publicSequence: 1, type, createdAtMs: nowMs }
}

const newEventId = (ids: Ids): EventId => trustedId<EventId>(`evt_${ids.timeOrdered()}`)

export function samplePaymentEvent(scope: Scope, type: PaymentEventType, ids: Ids, nowMs: number): PaymentEvent {
  const payment = samplePayment(scope, type, ids, nowMs)
  const tellsOfOperation =
    type === 'payment.refunded' || type === 'payment.captured' || type === 'refund.pending' || type === 'refund.failed'
  const prefix = type === 'payment.captured' ? 'cap' : 'orf'
  return {
    ...scope,
    eventId: newEventId(ids),
    paymentId: payment.paymentId,
    sequence: payment.lastSequence,
    publicSequence: isPublic(type) ? payment.lastSequence : null,
    type,
    snapshot: {
      payment,
      operation: tellsOfOperation
        ? { operationId: trustedId<OperationId>(`${prefix}_${ids.random()}`), amountMinor: 100, reason: null }
        : null,
      failure: type === 'refund.failed' ? failureOf('processing_error') : payment.failure,
    },
    createdAtMs: nowMs,
  }
}

function samplePayment(scope: Scope, type: PaymentEventType, ids: Ids, nowMs: number): Payment {
  const currency = findCurrency('eur')
  if (currency === undefined) throw new Error('the euro is not a currency')
  const state = stateOf[type]
  const standing = { state, amounts: sampleAmounts(type), dispute: sampleDispute(type, nowMs) }
  return {
    ...scope,
    paymentId: trustedId<PaymentId>(ids.timeOrdered()),
    version: 2,
    ...standing,
    currency,
    amountMinor: amountMinor(100),
    order: null,
    confirmation: state === 'requires_confirmation' ? 'manual' : 'automatic',
    held: null,
    authentication: null,
    authenticationWish: null,
    captureMethod: 'automatic',
    paymentType: 'token',
    initiator: 'customer',
    flowId: trustedId<FlowId>('flow_default'),
    connectorId: trustedId<ConnectorId>('conn_webhook_test'),
    connector: 'sandbox',
    externalId: null,
    productName: 'Webhook test',
    metadata: { webhook_test: true },
    customerId: null,
    name: null,
    email: null,
    tel: null,
    returnUrl: null,
    failureUrl: null,
    checkout: null,
    saveCard: false,
    paymentMethodId: null,
    card: null,
    failure: type === 'payment.failed' ? failureOf('card_declined') : null,
    timeline: firstEntries(standing, nowMs),
    captureBeforeMs: null,
    dueAtMs: null,
    lastSequence: 1,
    lastPublicSequence: isPublic(type) ? 1 : 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

function sampleAmounts(type: PaymentEventType): PaymentAmounts {
  const capturedMinor = stateOf[type] === 'captured' ? 100 : 0
  return {
    ...noAmounts,
    authorizedMinor: stateOf[type] === 'authorized' ? 100 : capturedMinor,
    capturedMinor,
    refundedMinor: type === 'payment.refunded' ? 100 : 0,
    refundingMinor: type === 'refund.pending' ? 100 : 0,
    settledMinor: type === 'payment.settled' || type === 'payment.paid_out' ? 100 : 0,
    paidOutMinor: type === 'payment.paid_out' ? 100 : 0,
    disputedMinor: type === 'payment.chargeback' ? 100 : 0,
  }
}

function sampleDispute(type: PaymentEventType, nowMs: number): Dispute | null {
  if (type !== 'payment.chargeback' && type !== 'payment.dispute_closed') return null
  const isOpen = type === 'payment.chargeback'
  return {
    disputeId: 'dis_webhook_test',
    amountMinor: 100,
    reason: 'fraudulent',
    state: isOpen ? 'open' : 'won',
    openedAtMs: nowMs,
    closedAtMs: isOpen ? null : nowMs,
  }
}
