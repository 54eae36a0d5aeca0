import { expect, it } from 'vitest'
import { eventTypes, type PaymentEvent } from '../../core/events.ts'
import { aPayment } from '../../core/testing/payments.ts'
import { presentPayment } from './present-payment.ts'
import { engineEventTypes, renderInflowWebhook, shownEventTypes } from './webhook-body.ts'

const publicUrl = 'http://gateway.test'

function anEvent(type: PaymentEvent['type']): PaymentEvent {
  const payment = aPayment('captured')
  return {
    merchantId: payment.merchantId,
    eventId: 'evt_1' as PaymentEvent['eventId'],
    mode: 'test',
    paymentId: payment.paymentId,
    sequence: 1,
    publicSequence: null,
    type,
    snapshot: { payment, operation: null, failure: null },
    createdAtMs: payment.createdAtMs,
  }
}

it('a webhook holds the payment in a list of one, under one of two names', () => {
  for (const type of eventTypes) {
    const event = anEvent(type)
    expect(renderInflowWebhook(event, publicUrl)).toEqual({
      data: [
        {
          eventType: type === 'payment.created' ? 'payment_created' : 'payment_status_updated',
          payload: presentPayment({ payment: event.snapshot.payment, operations: null }, publicUrl),
        },
      ],
    })
  }
})

it('the names that a merchant chooses come back as chosen', () => {
  expect(engineEventTypes(['payment_created'])).toEqual(['payment.created'])
  expect(engineEventTypes(['payment_status_updated', 'payment_created'])).toBeNull()
  for (const chosen of [['payment_created'], ['payment_status_updated']] as const) {
    expect(shownEventTypes(engineEventTypes(chosen))).toEqual(chosen)
  }
  expect(shownEventTypes(null)).toEqual(['payment_created', 'payment_status_updated'])
})
