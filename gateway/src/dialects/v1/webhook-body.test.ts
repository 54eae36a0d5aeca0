import { describe, expect, it } from 'vitest'
import { isPublic, type PaymentEvent, type PaymentEventType, paymentEventTypes } from '../../core/events.ts'
import { failureOf } from '../../core/payments/failure.ts'
import type { Payment } from '../../core/payments/payment.ts'
import { aPayment } from '../../core/testing/payments.ts'
import { aMerchant } from '../../http/testing/test-directory.ts'
import { renderV1Webhook } from './webhook-body.ts'

const createdAtMs = Date.parse('2026-10-07T12:00:00.000Z')

function anEvent(
  type: PaymentEventType,
  changes: Partial<Payment> = {},
  more: Partial<PaymentEvent['snapshot']> = {},
): PaymentEvent {
  const payment = aPayment('captured', { createdAtMs, ...changes })
  return {
    merchantId: payment.merchantId,
    eventId: 'evt_1' as PaymentEvent['eventId'],
    mode: 'test',
    paymentId: payment.paymentId,
    sequence: 5,
    publicSequence: 3,
    type,
    snapshot: { payment, operation: null, failure: null, ...more },
    createdAtMs: createdAtMs + 1_500,
  }
}

describe('the body of a webhook', () => {
  it('is one flat object that tells the payment as it stood after the change', () => {
    const event = anEvent('payment.succeeded', { externalId: 'A-1', email: 'ann@example.com', metadata: { a: 1 } })
    expect(renderV1Webhook(event, aMerchant())).toEqual({
      id: 'evt_1',
      event: 'payment.succeeded',
      sequence: 3,
      livemode: false,
      transaction_id: `tx_${event.paymentId}`,
      merchant_id: 'mer_1',
      merchant_name: 'Tea & Co',
      status: 'succeeded',
      amount: '100.00',
      currency: 'usd',
      payment_method: 'card',
      is_recurring: false,
      save_card: false,
      external_id: 'A-1',
      product_name: null,
      customer_id: null,
      email: 'ann@example.com',
      tel: null,
      card_brand: 'visa',
      card_last4: '4242',
      cardholder_name: null,
      card_exp_month: 12,
      card_exp_year: 2030,
      metadata: { a: 1 },
      created_at: '2026-10-07T12:00:00.000Z',
      timestamp: '2026-10-07T12:00:01.500Z',
    })
  })

  it('says why a payment failed, and nothing of the scheme’s own codes', () => {
    const failure = failureOf('insufficient_funds', '51', '02')
    const body = renderV1Webhook(anEvent('payment.failed', { state: 'failed', failure }, { failure }), aMerchant())
    expect(body).toMatchObject({ status: 'failed' })
    expect(body.error).toEqual({
      code: 'insufficient_funds',
      category: 'soft_decline',
      message: 'The card has not enough funds.',
      recommended_action: 'retry_later',
    })
  })

  it('tells of a refund how much is refunded in all, and which refund it was', () => {
    const event = anEvent(
      'payment.refunded',
      {},
      { operation: { operationId: 'orf_1' as never, amountMinor: 550, reason: 'late' } },
    )
    event.snapshot.payment.amounts.refundedMinor = 1_550
    const body = renderV1Webhook(event, aMerchant())
    expect(body).toMatchObject({ status: 'refunded', amount_refunded: '15.50', refund_id: 'orf_1', reason: 'late' })
  })

  it('names a card that was saved, or was charged again', () => {
    const paymentMethodId = 'pmi_1' as Payment['paymentMethodId']
    const saved = renderV1Webhook(anEvent('payment_method.saved', { saveCard: true, paymentMethodId }), aMerchant())
    expect(saved).toMatchObject({ save_card: true, payment_method_id: 'pmi_1', is_recurring: false })
    const again = renderV1Webhook(
      anEvent('payment.succeeded', { paymentType: 'recurring', paymentMethodId }),
      aMerchant(),
    )
    expect(again).toMatchObject({ save_card: false, payment_method_id: 'pmi_1', is_recurring: true })
    const notYet = renderV1Webhook(anEvent('payment.authorized', { saveCard: true }), aMerchant())
    expect(notYet.save_card).toBe(false)
    expect(notYet).not.toHaveProperty('payment_method_id')
  })

  it('says live or test', () => {
    expect(renderV1Webhook({ ...anEvent('payment.succeeded'), mode: 'live' }, aMerchant()).livemode).toBe(true)
  })

  it('tells of a dispute what it is about and how it stands', () => {
    const dispute = {
      disputeId: 'dsp_1',
      amountMinor: 500,
      reason: 'fraud',
      state: 'open',
      openedAtMs: 0,
      closedAtMs: null,
    }
    const told = renderV1Webhook(anEvent('payment.chargeback', { dispute } as Partial<Payment>), aMerchant())
    expect(told).toMatchObject({
      status: 'chargeback',
      dispute: {
        id: 'dsp_1',
        status: 'open',
        amount: '5.00',
        reason: 'fraud',
        created_at: '1970-01-01T00:00:00.000Z',
        closed_at: null,
      },
    })
    const later = renderV1Webhook(anEvent('payment.refunded', { dispute } as Partial<Payment>), aMerchant())
    expect(later).not.toHaveProperty('dispute')
  })

  it('has a status of its own for every kind of event that this API tells of', () => {
    const told = paymentEventTypes
      .filter(isPublic)
      .map((type) => [type, renderV1Webhook(anEvent(type), aMerchant()).status])
    expect(Object.fromEntries(told)).toEqual({
      'payment.requires_action': 'requires_action',
      'payment.pending': 'pending',
      'payment.authorized': 'authorized',
      'payment.succeeded': 'succeeded',
      'payment.captured': 'captured',
      'payment.failed': 'failed',
      'payment.canceled': 'canceled',
      'payment.refunded': 'refunded',
      'payment.chargeback': 'chargeback',
      'payment_method.saved': 'saved',
      'refund.failed': 'refund_failed',
    })
  })
})
