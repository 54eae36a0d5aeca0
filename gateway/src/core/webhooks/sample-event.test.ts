import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { hiddenEventTypes, isPublic, type PaymentEventType, paymentEventTypes } from '../events.ts'
import type { PaymentAmounts } from '../payments/payment.ts'
import { derivedStage } from '../payments/stage.ts'
import type { Scope } from '../ports/payment-store.ts'
import { sampleAlertId, sampleEvent, samplePaymentEvent } from './sample-event.ts'

const nowMs = 1_800_000_000_000
const scope = { merchantId: 'mer_1', mode: 'live' } as Scope
const ids = createIds(new ManualClock(nowMs), seededRandom(1))
const sample = (type: PaymentEventType) => samplePaymentEvent(scope, type, ids, nowMs)

/** Where a payment stands when such an event tells of it, and which money has moved by then. */
const standing: Record<PaymentEventType, [stage: string, amounts: Partial<PaymentAmounts>]> = {
  'payment.created': ['created', {}],
  'payment.requires_action': ['requires_action', {}],
  'payment.requires_confirmation': ['requires_confirmation', {}],
  'payment.pending': ['processing', {}],
  'payment.authorized': ['authorized', { authorizedMinor: 100 }],
  'payment.succeeded': ['captured', {}],
  'payment.captured': ['captured', {}],
  'payment.failed': ['failed', {}],
  'payment.canceled': ['canceled', {}],
  'payment.settled': ['settled', { settledMinor: 100 }],
  'payment.paid_out': ['paid_out', { settledMinor: 100, paidOutMinor: 100 }],
  'payment.refunded': ['refunded', { refundedMinor: 100 }],
  'payment.chargeback': ['disputed', { disputedMinor: 100 }],
  'payment.dispute_closed': ['captured', {}],
  'payment_method.saved': ['captured', {}],
  'refund.pending': ['refund_pending', { refundingMinor: 100 }],
  'refund.failed': ['captured', {}],
}

describe.each(paymentEventTypes)('a made-up %s', (type) => {
  const event = sample(type)
  const { payment, operation, failure } = event.snapshot

  it('tells of a payment that could be so', () => {
    const [stage, amounts] = standing[type]
    expect(derivedStage(payment)).toBe(stage)
    expect(payment.timeline.at(-1)?.stage).toBe(stage)
    const { capturedMinor, authorizedMinor } = payment.amounts
    const isCaptured = payment.state === 'captured'
    expect([authorizedMinor, capturedMinor]).toEqual(isCaptured ? [100, 100] : [amounts.authorizedMinor ?? 0, 0])
    const moved = Object.entries(payment.amounts).filter(([, minor]) => minor !== 0)
    const captured = isCaptured ? { authorizedMinor: 100, capturedMinor: 100 } : {}
    expect(Object.fromEntries(moved)).toEqual({ ...captured, ...amounts })
    expect(payment).toMatchObject({ ...scope, currency: 'eur', amountMinor: 100, metadata: { webhook_test: true } })
    expect(payment.confirmation).toBe(type === 'payment.requires_confirmation' ? 'manual' : 'automatic')
  })

  it('is numbered as such an event is', () => {
    const isHidden = (hiddenEventTypes as readonly string[]).includes(type)
    expect(event).toMatchObject({
      ...scope,
      type,
      sequence: 1,
      publicSequence: isHidden ? null : 1,
      createdAtMs: nowMs,
    })
    expect(payment).toMatchObject({ lastSequence: 1, lastPublicSequence: isPublic(type) ? 1 : 0 })
    expect(event.eventId).toMatch(/^evt_/)
    expect(event.paymentId).toBe(payment.paymentId)
  })

  it('names its operation, its failure and its dispute where it has one', () => {
    const prefix = {
      'payment.captured': 'cap',
      'payment.refunded': 'orf',
      'refund.pending': 'orf',
      'refund.failed': 'orf',
    }[type as string]
    if (prefix === undefined) expect(operation).toBeNull()
    else
      expect(operation).toEqual({ operationId: expect.stringMatching(`^${prefix}_`), amountMinor: 100, reason: null })
    const code = { 'payment.failed': 'card_declined', 'refund.failed': 'processing_error' }[type as string]
    expect(failure?.code).toBe(code)
    const dispute = { 'payment.chargeback': 'open', 'payment.dispute_closed': 'won' }[type as string]
    expect(payment.dispute?.state).toBe(dispute)
    expect(payment.dispute?.closedAtMs ?? null).toBe(dispute === 'won' ? nowMs : null)
  })
})

it('a made-up alert is known by its name', () => {
  expect(sampleEvent(scope, 'card_testing.suspected', ids, nowMs)).toMatchObject({
    ...scope,
    type: 'card_testing.suspected',
    alert: { alertId: sampleAlertId, suspectedAtMs: nowMs },
    sequence: 1,
    publicSequence: 1,
    createdAtMs: nowMs,
  })
  expect(sampleAlertId).toBe('alert_webhook_test')
  expect(sampleEvent(scope, 'payment.failed', ids, nowMs)).toMatchObject({ type: 'payment.failed', sequence: 1 })
})
