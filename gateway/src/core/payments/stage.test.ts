import { describe, expect, it } from 'vitest'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideRefund } from './commands.ts'
import { type Decision, recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import { type Dispute, noAmounts, type Payment, type PaymentRecord, type Stage } from './payment.ts'
import { derivedStage, firstEntries, stageOf, undisputedStageOf } from './stage.ts'
import { paymentStates } from './states.ts'

const approved: OperationOutcome = {
  kind: 'approved',
  acquirerReference: 'x',
  captured: true,
  networkTransactionId: null,
  captureBeforeMs: null,
}
const declined: OperationOutcome = { kind: 'declined', failure: failureOf('processing_error') }
const dispute = (state: Dispute['state']): Dispute => ({
  disputeId: 'dis_1',
  amountMinor: 10_000,
  reason: 'fraudulent',
  state,
  openedAtMs: 1,
  closedAtMs: state === 'open' ? null : 2,
})
const captured = (amounts: Partial<Payment['amounts']> = {}, changes: Partial<Payment> = {}) =>
  aPayment('captured', {
    amounts: { ...noAmounts, authorizedMinor: 10_000, capturedMinor: 10_000, ...amounts },
    ...changes,
  })

describe('the stage of a payment', () => {
  it('is its state until it is captured', () => {
    for (const state of paymentStates) expect(derivedStage(aPayment(state))).toBe(state)
  })

  it('follows the money after that', () => {
    const stages: [Partial<Payment['amounts']>, Stage][] = [
      [{}, 'captured'],
      [{ settledMinor: 9_999 }, 'captured'],
      [{ settledMinor: 10_000 }, 'settled'],
      [{ settledMinor: 10_000, paidOutMinor: 9_999 }, 'settled'],
      [{ settledMinor: 10_000, paidOutMinor: 10_000 }, 'paid_out'],
      [{ settledMinor: 10_000, paidOutMinor: 10_000, refundingMinor: 1 }, 'refund_pending'],
      [{ refundedMinor: 5_000, refundingMinor: 5_000 }, 'refund_pending'],
      [{ refundedMinor: 9_999 }, 'partially_refunded'],
      [{ settledMinor: 10_000, refundedMinor: 10_000 }, 'refunded'],
    ]
    for (const [amounts, stage] of stages) expect(derivedStage(captured(amounts))).toBe(stage)
  })

  it('is disputed until the dispute is won', () => {
    const amounts = { settledMinor: 10_000, disputedMinor: 10_000 }
    expect(derivedStage(captured(amounts, { dispute: dispute('open') }))).toBe('disputed')
    expect(derivedStage(captured(amounts, { dispute: dispute('lost') }))).toBe('disputed')
    expect(derivedStage(captured({ settledMinor: 10_000 }, { dispute: dispute('won') }))).toBe('settled')
  })

  it('can be told without the dispute', () => {
    const amounts = { settledMinor: 10_000, disputedMinor: 10_000 }
    expect(undisputedStageOf(captured(amounts, { dispute: dispute('open') }))).toBe('settled')
    const timeline = [
      { stage: 'refund_failed' as const, atMs: 1 },
      { stage: 'disputed' as const, atMs: 2 },
    ]
    expect(undisputedStageOf(captured(amounts, { dispute: dispute('open'), timeline }))).toBe('refund_failed')
  })
})

describe('the timeline', () => {
  const stages = (record: PaymentRecord) => record.payment.timeline.map(({ stage }) => stage)

  it('begins with created, whatever follows in the same moment', () => {
    expect(firstEntries(aPayment('created'), 5)).toEqual([{ stage: 'created', atMs: 5 }])
    expect(firstEntries(aPayment('processing'), 5)).toEqual([
      { stage: 'created', atMs: 5 },
      { stage: 'processing', atMs: 5 },
    ])
  })

  it('gets one entry per change of stage, and none where nothing changes', () => {
    const context = testContext()
    const payment = aPayment('processing', { captureMethod: 'automatic' })
    let record = aRecord({ ...payment, timeline: firstEntries(payment, 1) }, context)
    const settle = (operation: number, outcome: OperationOutcome) => {
      const target = record.operations.at(operation)?.operationId ?? ''
      record = recordAfter(record, applyOutcome(record, target, outcome, context) as Decision)
    }
    const refund = (amountMinor: number) => {
      const decided = decideRefund(record, { amountMinor, reason: null }, context)
      if (!decided.ok) throw new Error('refused')
      record = recordAfter(record, decided.value.decision)
    }
    settle(0, { kind: 'unknown', fenced: true })
    settle(0, approved)
    refund(1_000)
    settle(-1, declined)
    expect(stages(record)).toEqual(['created', 'processing', 'captured', 'refund_pending', 'refund_failed'])
    expect(stageOf(record.payment)).toBe('refund_failed')
    refund(1_000)
    settle(-1, approved)
    refund(9_000)
    settle(-1, approved)
    expect(stages(record).slice(4)).toEqual([
      'refund_failed',
      'refund_pending',
      'partially_refunded',
      'refund_pending',
      'refunded',
    ])
  })

  it('is complete in the event that tells of the change', () => {
    const context = testContext()
    const record = aRecord(aPayment('processing', { captureMethod: 'automatic' }), context)
    const decision = applyOutcome(record, record.operations[0]?.operationId ?? '', approved, context)
    const snapshot = decision?.events[0]?.snapshot.payment
    expect(snapshot?.timeline).toEqual([{ stage: 'captured', atMs: context.nowMs }])
    expect(decision?.payment.timeline).toEqual(snapshot?.timeline)
  })
})
