import { describe, expect, it } from 'vitest'
import type { PaymentAuthentication } from '../../core/authentication/authentication.ts'
import { type SessionId, trustedId } from '../../core/ids.ts'
import { declineCodes, failureOf } from '../../core/payments/failure.ts'
import { newOperation } from '../../core/payments/operation.ts'
import type { Order } from '../../core/payments/order.ts'
import { noAmounts, type Operation, type Payment, type Stage } from '../../core/payments/payment.ts'
import { paymentStates } from '../../core/payments/states.ts'
import { aPayment, testContext } from '../../core/testing/payments.ts'
import { attemptErrorOf, attemptErrors } from './deposit-attempts.ts'
import { presentPayment } from './present-payment.ts'

const publicUrl = 'http://gateway.test'
const createdAtMs = Date.parse('2026-10-07T12:00:00.000Z')

const order: Order = {
  items: [{ name: 'Pro Plan', unitPriceMinor: 4999, quantity: 1, netMinor: 4999, taxMinor: 1275 }],
  pricingMode: 'tax_exclusive',
  buyer: null,
  pricedMinor: 4999,
  netMinor: 4999,
  taxMinor: 1275,
  tax: {
    country: 'FI',
    region: null,
    name: 'VAT',
    rateMillionths: 255_000,
    reason: 'standard',
    reversedRateMillionths: 0,
    validFrom: '2024-09-01',
    taxIdCheck: null,
  },
}

/** A payment that went through these stages, one second each. */
function through(stages: Stage[], changes: Partial<Payment> = {}): Payment {
  const timeline = stages.map((stage, index) => ({ stage, atMs: createdAtMs + index * 1_000 }))
  return aPayment('captured', {
    amountMinor: 6274 as Payment['amountMinor'],
    order,
    timeline,
    createdAtMs,
    updatedAtMs: createdAtMs,
    amounts: { ...noAmounts, authorizedMinor: 6274, capturedMinor: 6274 },
    ...changes,
  })
}

const anAuthentication: PaymentAuthentication = {
  authenticationId: trustedId('5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'),
  sessionId: null,
  state: 'created',
  version: null,
  eci: null,
  flow: null,
  dsTransId: null,
  liabilityShift: false,
  amountMinor: 6274 as Payment['amountMinor'],
}

const alone = (payment: Payment) => presentPayment({ payment, operations: null }, publicUrl)

describe('a payment', () => {
  it('tells prices, tax and what is charged', () => {
    expect(alone(through(['created', 'processing', 'captured']))).toMatchObject({
      amountInCents: 4999,
      amountTaxesIncluded: 6274,
      taxRateInPercentage: 25.5,
      taxCountry: 'FI',
      currency: 'USD',
      products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
      subscriptionId: null,
      transactionSummary: { net: 4999, tax: 1275, gross: 6274, refunded: 0 },
      taxDetails: { reason: 'standard', rateInPercentage: 25.5, net: 4999, tax: 1275, taxIdCheck: null },
    })
  })

  it('says which check of a tax id was made', () => {
    const taxIdCheck = { taxId: 'FI12345671', status: 'format', checkedBy: 'jsvat', checkedAtMs: createdAtMs } as const
    const tax = { ...(order.tax as NonNullable<Order['tax']>), rateMillionths: 0, taxIdCheck }
    const shown = alone(through(['created'], { order: { ...order, tax: { ...tax, reason: 'reverse_charge' } } }))
    expect(shown.taxDetails).toMatchObject({
      reason: 'reverse_charge',
      rateInPercentage: 0,
      taxIdCheck: { taxId: 'FI12345671', status: 'format', checkedBy: 'jsvat', checkedAt: '2026-10-07T12:00:00.000Z' },
    })
  })

  it('does not claim what will be charged while its country is not known', () => {
    const payment = through(['created'], { state: 'created', order: { ...order, tax: null }, paymentType: 'single' })
    expect(alone(payment)).toMatchObject({
      amountInCents: 4999,
      amountTaxesIncluded: null,
      taxRateInPercentage: null,
      taxCountry: null,
      taxDetails: null,
      purchaseUrl: `${publicUrl}/pay/req_${payment.paymentId}`,
    })
  })

  it('that was made with an amount alone shows what it can', () => {
    const payment = through(['created', 'processing', 'captured'], { order: null, productName: 'Tea' })
    expect(alone(payment)).toMatchObject({
      amountInCents: 6274,
      amountTaxesIncluded: 6274,
      products: [{ name: 'Tea', price: 6274, quantity: 1 }],
      transactionSummary: { net: 6274, tax: 0, gross: 6274, refunded: 0 },
    })
    expect(alone({ ...payment, productName: null }).products).toEqual([])
    // The other dialect lets a product have no name; this one does not.
    expect(alone({ ...payment, productName: '' }).products).toEqual([])
  })

  it('sends the shopper to 3-D Secure exactly while that is asked for', () => {
    const sessionId = trustedId<SessionId>('0123456789abcdefghjkmnpqrs')
    const waiting = through(['created', 'requires_action'], {
      state: 'requires_action',
      amounts: noAmounts,
      authentication: { ...anAuthentication, sessionId },
    })
    expect(alone(waiting)).toMatchObject({
      threeDsSessionUrl: `${publicUrl}/authenticate/${sessionId}`,
      status: 'CHECKOUT_PENDING',
      depositStatus: 'requires_action',
    })
    for (const state of paymentStates.filter((each) => each !== 'requires_action')) {
      expect([state, alone({ ...waiting, state }).threeDsSessionUrl]).toEqual([state, null])
    }
  })
})

describe('the status', () => {
  const captured = { authorizedMinor: 6274, capturedMinor: 6274 }
  /** The contract's table, row by row. */
  const rows: [Stage[], Partial<Payment>, string, string | null][] = [
    [['created'], { state: 'created' }, 'INITIATION', null],
    [['created', 'requires_confirmation'], { state: 'requires_confirmation' }, 'INITIATION', 'requires_confirmation'],
    [['created', 'processing'], { state: 'processing' }, 'CHECKOUT_PENDING', 'processing'],
    [['created', 'authorized'], { state: 'authorized' }, 'CHECKOUT_SUCCESS', 'authorized'],
    [['created', 'captured'], {}, 'CHECKOUT_SUCCESS', 'succeeded'],
    [['settled'], { amounts: { ...noAmounts, ...captured, settledMinor: 6274 } }, 'PAYMENT_RECEIVED', 'succeeded'],
    [
      ['paid_out'],
      { amounts: { ...noAmounts, ...captured, settledMinor: 6274, paidOutMinor: 6274 } },
      'PAYMENT_SUCCESS',
      'succeeded',
    ],
    [['failed'], { state: 'failed' }, 'PAYMENT_FAILED', 'failed'],
    [['canceled'], { state: 'canceled' }, 'CANCELED', null],
    [['expired'], { state: 'expired' }, 'CANCELED', null],
    [['refund_pending'], { amounts: { ...noAmounts, ...captured, refundingMinor: 1 } }, 'REFUND_PENDING', 'succeeded'],
    [
      ['partially_refunded'],
      { amounts: { ...noAmounts, ...captured, refundedMinor: 1 } },
      'PARTIAL_REFUNDED',
      'succeeded',
    ],
    [['refunded'], { amounts: { ...noAmounts, ...captured, refundedMinor: 6274 } }, 'FULLY_REFUNDED', 'succeeded'],
    [['captured', 'refund_failed'], {}, 'REFUND_FAILED', 'succeeded'],
  ]

  it('is the one that the contract names', () => {
    for (const [stages, changes, status, depositStatus] of rows) {
      expect([stages, alone(through(stages, changes))]).toMatchObject([stages, { status, depositStatus }])
    }
  })

  it('of a disputed payment stays as before, and the timeline tells of the dispute', () => {
    const dispute = {
      disputeId: 'd1',
      amountMinor: 6274,
      reason: 'fraud',
      state: 'open',
      openedAtMs: createdAtMs,
      closedAtMs: null,
    } as const
    const payment = through(['created', 'captured', 'settled', 'disputed'], {
      dispute,
      amounts: { ...noAmounts, ...captured, settledMinor: 6274, disputedMinor: 6274 },
    })
    const shown = alone(payment)
    expect(shown.status).toBe('PAYMENT_RECEIVED')
    expect(shown.timeline.map(({ status }) => status)).toEqual([
      'INITIATION',
      'CHECKOUT_SUCCESS',
      'PAYMENT_RECEIVED',
      'DISPUTED',
    ])
  })

  it('has one entry in the timeline per change that this API can tell', () => {
    const shown = alone(through(['created', 'requires_confirmation', 'processing', 'captured', 'settled']))
    expect(shown.timeline).toEqual([
      { status: 'INITIATION', timestamp: '2026-10-07T12:00:00.000Z' },
      { status: 'CHECKOUT_PENDING', timestamp: '2026-10-07T12:00:02.000Z' },
      { status: 'CHECKOUT_SUCCESS', timestamp: '2026-10-07T12:00:03.000Z' },
      { status: 'PAYMENT_RECEIVED', timestamp: '2026-10-07T12:00:04.000Z' },
    ])
  })
})

describe('attempts', () => {
  const attempt = (payment: Payment, changes: Partial<Operation>): Operation => ({
    ...newOperation(payment, 'authorize', payment.amountMinor, testContext(createdAtMs + 1_000)),
    ...changes,
  })

  it('read the same from operations and from the timeline alone', () => {
    const failure = failureOf('insufficient_funds')
    const paid = through(['created', 'processing', 'captured'])
    const declined = through(['created', 'processing', 'failed'], { state: 'failed', failure, amounts: noAmounts })
    const pending = through(['created', 'processing'], { state: 'processing', amounts: noAmounts })
    for (const [payment, operation] of [
      [paid, attempt(paid, { state: 'approved' })],
      [declined, attempt(declined, { state: 'declined', failure })],
      [pending, attempt(pending, { state: 'unknown' })],
    ] as const) {
      expect(presentPayment({ payment, operations: [operation] }, publicUrl)).toEqual(alone(payment))
    }
    expect(alone(paid).lastDepositAttempt).toEqual({
      status: 'succeeded',
      amount: 6274,
      paymentMethod: 'CARD',
      error: null,
      attemptedAt: '2026-10-07T12:00:01.000Z',
    })
    expect(alone(declined).lastDepositAttempt).toMatchObject({ status: 'failed', error: 'insufficient_funds' })
    expect(alone(pending)).toMatchObject({ lastDepositAttempt: null, depositAttempts: [] })
  })

  it('count an authentication that failed, though nothing was sent', () => {
    const failure = failureOf('authentication_required')
    const payment = through(['created', 'requires_action', 'failed'], { state: 'failed', failure, amounts: noAmounts })
    const expected = [{ status: 'failed', error: 'authentication_required', attemptedAt: '2026-10-07T12:00:02.000Z' }]
    expect(alone(payment).depositAttempts).toMatchObject(expected)
    expect(presentPayment({ payment, operations: [] }, publicUrl).depositAttempts).toMatchObject(expected)
  })

  it('come all, oldest first', () => {
    const payment = through(['created', 'processing', 'created', 'processing', 'captured'])
    const operations = [
      attempt(payment, { state: 'declined', failure: failureOf('lost_card') }),
      attempt(payment, { state: 'approved' }),
    ]
    const shown = presentPayment({ payment, operations }, publicUrl)
    expect(shown.depositAttempts.map(({ status, error }) => [status, error])).toEqual([
      ['failed', 'lost_card'],
      ['succeeded', null],
    ])
    expect(shown.lastDepositAttempt).toEqual(shown.depositAttempts[1])
  })

  it('fail with a code of the contract, whatever the acquirer said', () => {
    for (const code of declineCodes) expect(attemptErrors).toContain(attemptErrorOf[code])
  })
})
