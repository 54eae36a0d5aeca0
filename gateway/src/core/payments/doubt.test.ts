import { describe, expect, it } from 'vitest'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { failureOf } from './failure.ts'
import { abandonedAfterMs, inquiriesMax, inquiryPauseMs, isFinal, newOperation } from './operation.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import type { Operation, OperationKind, OperationState, Payment } from './payment.ts'

/** Operations without an answer, or with one that is not the last: when they are asked about, and what is told meanwhile. */
const context = testContext()
const { nowMs } = context

function decide(kind: OperationKind, changes: Partial<Operation>, outcome: OperationOutcome, payment?: Payment) {
  const reserved = { authorizedMinor: 10_000, capturedMinor: 1_000, refundingMinor: 500, reversingMinor: 500 }
  const before = payment ?? aPayment('captured', { amounts: { ...aPayment('captured').amounts, ...reserved } })
  const operation: Operation = { ...newOperation(before, kind, 500, context), ...changes }
  const decision = applyOutcome({ payment: before, operations: [operation] }, operation.operationId, outcome, context)
  if (decision === null) throw new Error('nothing was decided')
  return { after: decision.operations[0] as Operation, told: decision.events.map(({ type }) => type), decision }
}
const unknown: OperationOutcome = { kind: 'unknown', fenced: false }
const fenced: OperationOutcome = { kind: 'unknown', fenced: true }
const pending: OperationOutcome = { kind: 'pending', acquirerReference: 'ref' }

describe('the pause before the next inquiry', () => {
  it.each([
    [0, 1_000],
    [1, 2_000],
    [3, 8_000],
    [4, 15_000],
    [479, 15_000],
    [480, 300_000],
    [743, 300_000],
    [744, 24 * 3_600_000],
  ])('after %d is %d ms', (inquiries, pauseMs) => {
    expect(inquiryPauseMs(inquiries)).toBe(pauseMs)
  })

  it('is needed for a month, and no longer', () => {
    const allMs = Array.from({ length: inquiriesMax }, (_, index) => inquiryPauseMs(index)).reduce((a, b) => a + b, 0)
    expect(allMs / (24 * 3_600_000)).toBeGreaterThan(30)
    expect(allMs / (24 * 3_600_000)).toBeLessThan(32)
  })
})

it('a new operation is looked into once its process is surely done with it', () => {
  expect(newOperation(aPayment('captured'), 'refund', 1, context).dueAtMs).toBe(nowMs + abandonedAfterMs)
  expect(abandonedAfterMs).toBe(32_000)
})

it('only what was approved or declined is final', () => {
  const states: OperationState[] = ['sending', 'unknown', 'pending', 'approved', 'declined']
  const operation = newOperation(aPayment('captured'), 'refund', 1, context)
  expect(states.filter((state) => isFinal({ ...operation, state }))).toEqual(['approved', 'declined'])
})

describe('an operation without an answer', () => {
  it.each<[OperationState, number, OperationState, number, number | null]>([
    ['sending', 0, 'unknown', 0, nowMs + 1_000],
    ['unknown', 0, 'unknown', 1, nowMs + 2_000],
    ['pending', 3, 'pending', 4, nowMs + 15_000],
    ['unknown', inquiriesMax - 2, 'unknown', inquiriesMax - 1, nowMs + 24 * 3_600_000],
    ['unknown', inquiriesMax - 1, 'unknown', inquiriesMax, null],
  ])('that is %s after %d inquiries is %s after %d', (state, inquiries, stateAfter, inquiriesAfter, dueAtMs) => {
    const { after } = decide('refund', { state, inquiries }, unknown)
    expect(after).toMatchObject({ state: stateAfter, inquiries: inquiriesAfter, dueAtMs, fencedAtMs: null })
  })

  it('remembers when it was fenced first', () => {
    expect(decide('refund', {}, fenced).after.fencedAtMs).toBe(nowMs)
    expect(decide('refund', { fencedAtMs: 7 }, fenced).after.fencedAtMs).toBe(7)
    expect(decide('refund', { fencedAtMs: 7 }, unknown).after.fencedAtMs).toBe(7)
  })

  it.each<[OperationKind, OperationState, Payment['state'], string[]]>([
    ['authorize', 'sending', 'processing', ['payment.pending']],
    ['authorize', 'unknown', 'processing', []],
    ['authorize', 'sending', 'canceled', []],
    ['refund', 'sending', 'captured', ['refund.pending']],
    ['refund', 'unknown', 'captured', []],
    ['capture', 'sending', 'captured', []],
    ['reversal', 'sending', 'captured', []],
  ])('of kind %s that is %s, of a payment that is %s, tells %o', (kind, state, paymentState, events) => {
    const payment = paymentState === 'captured' ? undefined : aPayment(paymentState)
    expect(decide(kind, { state }, unknown, payment).told).toEqual(events)
  })
})

describe('an operation that the acquirer took', () => {
  it.each<[OperationState, number, number, number]>([
    ['sending', 0, 0, 1_000],
    ['unknown', 0, 1, 2_000],
    ['pending', inquiriesMax + 5, inquiriesMax + 6, 24 * 3_600_000],
  ])('that was %s after %d inquiries is asked about for as long as it takes', (state, inquiries, after, pauseMs) => {
    const { after: operation } = decide('refund', { state, inquiries }, pending)
    const dueAtMs = nowMs + pauseMs
    expect(operation).toMatchObject({ state: 'pending', acquirerReference: 'ref', inquiries: after, dueAtMs })
  })

  it('tells of a refund that waits, when the wait begins', () => {
    expect(decide('refund', {}, pending).told).toEqual(['refund.pending'])
    expect(decide('refund', { state: 'unknown' }, pending).told).toEqual([])
    expect(decide('capture', {}, pending).told).toEqual([])
  })
})

describe('a reversal that was not made', () => {
  it.each([
    [0, 1, nowMs + 2_000],
    [inquiriesMax - 1, inquiriesMax, null],
  ])('after %d tries is owed still', (inquiries, after, dueAtMs) => {
    const { after: reversal, decision } = decide('reversal', { inquiries }, { kind: 'not_processed' })
    expect(reversal).toMatchObject({ state: 'unknown', inquiries: after, dueAtMs })
    expect(decision.payment.amounts).toMatchObject({ reversingMinor: 500, reversedMinor: 0 })
  })
})

describe('a refund that failed', () => {
  const declined: OperationOutcome = { kind: 'declined', failure: failureOf('processing_error') }
  it('is the stage of the payment, unless that is disputed', () => {
    expect(decide('refund', {}, declined).decision.payment.timeline.at(-1)?.stage).toBe('refund_failed')
    const dispute = { state: 'open' } as Payment['dispute']
    const disputed = aPayment('captured', {
      dispute,
      amounts: { ...aPayment('captured').amounts, refundingMinor: 500 },
    })
    const { decision, told } = decide('refund', {}, declined, disputed)
    expect(decision.payment.timeline).toEqual([])
    expect(told).toEqual(['refund.failed'])
    expect(decision.events[0]?.snapshot).toMatchObject({ failure: { code: 'processing_error' } })
  })
})

describe('an attempt that is declined', () => {
  const declined: OperationOutcome = { kind: 'declined', failure: failureOf('do_not_honor', '05') }
  const attempt = (payment: Payment) => {
    const { operations } = aRecord(aPayment('processing'), context)
    const decision = applyOutcome({ payment, operations }, operations[0]?.operationId ?? '', declined, context)
    return decision?.payment
  }
  it('leaves a checkout open until its own end, with the reason', () => {
    const payment = attempt(aPayment('processing', { paymentType: 'initial', dueAtMs: 5 }))
    const dueAtMs = aPayment('created').createdAtMs + 24 * 3_600_000
    expect(payment).toMatchObject({ state: 'created', failure: { code: 'do_not_honor' }, dueAtMs })
  })
  it('ends a payment without a checkout, and changes nothing of one that has ended', () => {
    expect(attempt(aPayment('processing', { dueAtMs: 5 }))).toMatchObject({ state: 'failed', dueAtMs: null })
    expect(attempt(aPayment('canceled', { dueAtMs: 5 }))).toMatchObject({
      state: 'canceled',
      failure: null,
      dueAtMs: 5,
    })
  })
})
