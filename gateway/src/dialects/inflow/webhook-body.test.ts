import { expect, it } from 'vitest'
import { type AlertEvent, type PaymentEvent, paymentEventTypes } from '../../core/events.ts'
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
  for (const type of paymentEventTypes) {
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

it('an alert has no word here: it is rendered by nobody, and neither chosen nor shown', () => {
  const { merchantId, eventId, mode, createdAtMs } = anEvent('payment.created')
  const alert: AlertEvent = {
    merchantId,
    eventId,
    mode,
    alert: {
      alertId: 'alert_1' as AlertEvent['alert']['alertId'],
      suspicion: 'run',
      outcome: 'refused',
      suspectedAtMs: 0,
    },
    sequence: 1,
    publicSequence: 1,
    type: 'card_testing.suspected',
    createdAtMs,
  }
  expect(() => renderInflowWebhook(alert, publicUrl)).toThrow('no event of this API')
  expect(engineEventTypes(['payment_status_updated'])).not.toContain('card_testing.suspected')
  expect(shownEventTypes(['card_testing.suspected'])).toEqual([])
})

it('the names that a merchant chooses come back as chosen', () => {
  expect(engineEventTypes(['payment_created'])).toEqual(['payment.created'])
  expect(engineEventTypes(['payment_status_updated', 'payment_created'])).toBeNull()
  for (const chosen of [['payment_created'], ['payment_status_updated']] as const) {
    expect(shownEventTypes(engineEventTypes(chosen))).toEqual(chosen)
  }
  expect(shownEventTypes(null)).toEqual(['payment_created', 'payment_status_updated'])
})
