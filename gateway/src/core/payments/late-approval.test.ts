import { describe, expect, it } from 'vitest'
import { anOrder } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { newOperation } from './operation.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import { noAmounts, type Operation, type OperationKind, type Payment, type PaymentRecord } from './payment.ts'

/** The acquirer said that it knew nothing of an operation, which so counted as declined, and did it after all. */
const context = testContext()
const approved: OperationOutcome = {
  kind: 'approved',
  acquirerReference: 'late',
  captured: false,
  networkTransactionId: null,
  captureBeforeMs: null,
}

function givenUp(kind: OperationKind, amountMinor: number, payment: Payment, changes: Partial<Operation> = {}) {
  const begun = aRecord(payment, context)
  const operation: Operation = {
    ...newOperation(payment, kind, amountMinor, context),
    state: 'declined',
    failure: failureOf('processing_error'),
    ...changes,
  }
  return { record: { ...begun, operations: [...begun.operations, operation] }, operation }
}
const apply = (record: PaymentRecord, operation: Operation, outcome: OperationOutcome = approved) =>
  applyOutcome(record, operation.operationId, outcome, context)

describe('a capture that was given up and made after all', () => {
  const amounts = { ...noAmounts, authorizedMinor: 10_000 }

  it('is booked where the authorization has room for it and for what it released', () => {
    const { record, operation } = givenUp('capture', 4_000, aPayment('authorized'), { releasesMinor: 6_000 })
    const decision = apply(record, operation)
    expect(decision?.payment).toMatchObject({
      state: 'captured',
      amounts: { capturedMinor: 4_000, capturingMinor: 0, reversedMinor: 6_000, reversingMinor: 0 },
    })
    expect(decision?.operations).toMatchObject([{ state: 'approved', acquirerReference: 'late' }])
    expect(decision?.events.map(({ type }) => type)).toEqual(['payment.succeeded'])
    expect(decision?.ledger).toHaveLength(1)
  })

  it.each([
    ['to the last cent', { ...amounts, capturedMinor: 6_000 }, true],
    ['less than that', { ...amounts, capturedMinor: 6_001 }, false],
  ])('counts what is left: %s', (_what, left, isBooked) => {
    const payment = aPayment('captured', { amounts: left })
    const { record, operation } = givenUp('capture', 4_000, payment)
    expect(apply(record, operation) !== null).toBe(isBooked)
  })

  it('counts what it released as well', () => {
    const { record, operation } = givenUp('capture', 4_000, aPayment('authorized'), { releasesMinor: 6_001 })
    expect(apply(record, operation)).toBeNull()
  })
})

describe('a refund that was given up and made after all', () => {
  it.each([
    [0, 4_000, true],
    [6_000, 4_000, true],
    [6_001, 4_000, false],
  ])('is booked where so much is left: %d refunded, %d more: %s', (refundedMinor, amountMinor, isBooked) => {
    const amounts = { ...aPayment('captured').amounts, refundedMinor }
    const { record, operation } = givenUp('refund', amountMinor, aPayment('captured', { amounts }))
    const decision = apply(record, operation)
    expect(decision !== null).toBe(isBooked)
    if (decision === null) return
    expect(decision.payment.amounts).toMatchObject({ refundedMinor: refundedMinor + amountMinor, refundingMinor: 0 })
    expect(decision.events.map(({ type }) => type)).toEqual(['payment.refunded'])
  })

  it('takes its share of the tax as it stands by then', () => {
    const order = anOrder()
    const amounts = { ...noAmounts, authorizedMinor: 11_900, capturedMinor: 11_900 }
    const payment = aPayment('captured', { order, amountMinor: 11_900 as never, amounts })
    const { record, operation } = givenUp('refund', 11_900, payment, { taxMinor: 7 })
    expect(apply(record, operation)?.operations).toMatchObject([{ taxMinor: 1_900 }])
  })
})

describe('an authorization that was given up and made after all', () => {
  it('is given back, and known by its reference from then on', () => {
    const payment = aPayment('failed')
    const { record, operation } = givenUp('authorize', 10_000, payment)
    const decision = apply({ ...record, operations: [operation] }, operation)
    expect(decision?.payment).toMatchObject({
      state: 'failed',
      amounts: { authorizedMinor: 10_000, reversingMinor: 10_000 },
    })
    expect(decision?.operations).toMatchObject([
      { state: 'declined', acquirerReference: 'late' },
      {
        kind: 'reversal',
        amountMinor: 10_000,
        dueAtMs: context.nowMs,
        reason: 'approved after the payment was given up',
      },
    ])
    const after = decision && recordAfter({ ...record, operations: [operation] }, decision)
    expect(after && applyOutcome(after, operation.operationId, approved, context)).toBeNull()
  })
})

describe('nothing changes', () => {
  it.each<[string, OperationKind, Partial<Operation>, OperationOutcome]>([
    ['for one that the acquirer had declined by its name', 'refund', { acquirerReference: 'x' }, approved],
    ['for one that is approved already', 'refund', { state: 'approved' }, approved],
    ['for one that is declined again', 'refund', {}, { kind: 'declined', failure: failureOf('do_not_honor') }],
    ['for one that stays in doubt', 'refund', {}, { kind: 'unknown', fenced: true }],
    ['for a reversal, which is owed anyway', 'reversal', {}, approved],
  ])('%s', (_what, kind, changes, outcome) => {
    const { record, operation } = givenUp(kind, 100, aPayment('captured'), changes)
    expect(apply(record, operation, outcome)).toBeNull()
  })

  it('but for an operation of another payment it is a bug', () => {
    const { record } = givenUp('refund', 100, aPayment('captured'))
    expect(() => applyOutcome(record, 'orf_other', approved, context)).toThrow('orf_other is not of payment')
  })
})
