import type { Ids } from '@tessera/lib/ids'
import type { EventType, PaymentEvent } from '../events.ts'
import { type ConnectorId, type EventId, type FlowId, type OperationId, type PaymentId, trustedId } from '../ids.ts'
import { amountMinor } from '../money/amount.ts'
import { findCurrency } from '../money/currencies.ts'
import { failureOf } from '../payments/failure.ts'
import type { Payment } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'
import type { Scope } from '../ports/payment-store.ts'

const stateOf: Record<EventType, PaymentState> = {
  'payment.created': 'created',
  'payment.requires_action': 'requires_action',
  'payment.pending': 'processing',
  'payment.authorized': 'authorized',
  'payment.succeeded': 'captured',
  'payment.captured': 'captured',
  'payment.failed': 'failed',
  'payment.canceled': 'canceled',
  'payment.refunded': 'captured',
  'payment.chargeback': 'captured',
  'payment_method.saved': 'captured',
  'refund.failed': 'captured',
}

/**
 * An event for trying out an endpoint. No such payment exists: reading it by its id answers 404, and its metadata says
 * `webhook_test`.
 */
export function sampleEvent(scope: Scope, type: EventType, ids: Ids, nowMs: number): PaymentEvent {
  const payment = samplePayment(scope, type, ids, nowMs)
  const tellsOfOperation = type === 'payment.refunded' || type === 'payment.captured' || type === 'refund.failed'
  const prefix = type === 'payment.captured' ? 'cap' : 'orf'
  return {
    ...scope,
    eventId: trustedId<EventId>(`evt_${ids.timeOrdered()}`),
    paymentId: payment.paymentId,
    sequence: payment.lastSequence,
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

function samplePayment(scope: Scope, type: EventType, ids: Ids, nowMs: number): Payment {
  const currency = findCurrency('eur')
  if (currency === undefined) throw new Error('the euro is not a currency')
  const state = stateOf[type]
  return {
    ...scope,
    paymentId: trustedId<PaymentId>(ids.timeOrdered()),
    version: 2,
    state,
    currency,
    amountMinor: amountMinor(100),
    amounts: {
      authorizedMinor: state === 'authorized' || state === 'captured' ? 100 : 0,
      capturedMinor: state === 'captured' ? 100 : 0,
      capturingMinor: 0,
      reversedMinor: 0,
      reversingMinor: 0,
      refundedMinor: type === 'payment.refunded' ? 100 : 0,
      refundingMinor: 0,
    },
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
    saveCard: false,
    paymentMethodId: null,
    card: null,
    failure: type === 'payment.failed' ? failureOf('card_declined') : null,
    captureBeforeMs: null,
    dueAtMs: null,
    lastSequence: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}
