import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import { awaitsShopper } from '../testing/authentications.ts'
import { aHeldCard, anOrder } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { Draft, recordAfter } from './decision.ts'
import { newOperation } from './operation.ts'
import { noAmounts, type Operation, type Payment, type PaymentAmounts } from './payment.ts'

const context = testContext()
const { nowMs } = context

function draftWith(change: (payment: Payment) => void, before = aPayment('captured')): Draft {
  const draft = new Draft({ ...before, createdAtMs: 1, updatedAtMs: 1 }, context)
  change(draft.payment)
  return draft
}

describe('a decision', () => {
  it('is the next version of the payment, of now, and leaves the one it was made on alone', () => {
    const before = aPayment('captured', { updatedAtMs: 1 })
    const draft = new Draft(before, context)
    draft.payment.amounts.refundingMinor = 5
    const decision = draft.decision()
    expect(decision).toMatchObject({ expectedVersion: 7, payment: { version: 8, updatedAtMs: nowMs } })
    expect(before).toMatchObject({ version: 7, updatedAtMs: 1, amounts: { refundingMinor: 0 } })
  })

  it('brings operations and authentications up to date, each once', () => {
    const { record, authentication } = awaitsShopper(context)
    const draft = new Draft(record.payment, context)
    draft.put({ ...newOperation(record.payment, 'authorize', 1, context), updatedAtMs: 1 })
    draft.authenticate({ ...authentication, state: 'ready', updatedAtMs: 1 })
    draft.authenticate({ ...authentication, state: 'requested', updatedAtMs: 1 })
    draft.authenticate({ ...authentication, authenticationId: trustedId('another') })
    const { operations, authentications } = draft.decision()
    expect(operations.map(({ updatedAtMs }) => updatedAtMs)).toEqual([nowMs])
    expect(authentications.map(({ state, updatedAtMs }) => [state, updatedAtMs])).toEqual([
      ['requested', nowMs],
      ['created', nowMs],
    ])
  })

  it('numbers its events, those that are public on their own, each with the payment of that moment', () => {
    const draft = draftWith((payment) => Object.assign(payment, { lastSequence: 4, lastPublicSequence: 2 }))
    const operation = newOperation(draft.payment, 'refund', 100, context, { reason: 'late' })
    draft.tell('payment.refunded', { operation })
    draft.payment.amounts.settledMinor = 1
    draft.tell('payment.settled')
    draft.tell('payment.chargeback')
    const { events, payment } = draft.decision()
    expect(events.map(({ type, sequence, publicSequence }) => [type, sequence, publicSequence])).toEqual([
      ['payment.refunded', 5, 3],
      ['payment.settled', 6, null],
      ['payment.chargeback', 7, 4],
    ])
    expect(payment).toMatchObject({ lastSequence: 7, lastPublicSequence: 4 })
    const { operationId } = operation
    expect(events[0]?.snapshot).toMatchObject({
      operation: { operationId, amountMinor: 100, reason: 'late' },
      failure: null,
    })
    expect(events.map(({ snapshot }) => [snapshot.operation === null, snapshot.payment.amounts.settledMinor])).toEqual([
      [false, 0],
      [true, 1],
      [true, 1],
    ])
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3)
    expect(events[0]).toMatchObject({ eventId: expect.stringMatching(/^evt_/), mode: 'test', createdAtMs: nowMs })
  })

  it('notes a stage when it changes, or when it is told to', () => {
    const still = draftWith((payment) => {
      payment.name = 'x'
    })
    expect(still.decision().payment.timeline).toEqual([])
    const moved = draftWith((payment) => {
      payment.amounts.refundingMinor = 1
    })
    expect(moved.decision().payment.timeline).toEqual([{ stage: 'refund_pending', atMs: nowMs }])
    const told = draftWith(() => undefined)
    told.stand('refund_failed')
    expect(told.payment.timeline).toEqual([{ stage: 'refund_failed', atMs: nowMs }])
    expect(told.decision().payment.timeline).toEqual([{ stage: 'refund_failed', atMs: nowMs }])
  })
})

describe('amounts that do not add up are never recorded', () => {
  const whole: Partial<PaymentAmounts> = { authorizedMinor: 10_000, capturedMinor: 10_000 }
  it.each<[string, Partial<PaymentAmounts>]>([
    ['a negative one', { refundedMinor: -1, refundingMinor: 1 }],
    ['a part of a cent', { refundedMinor: 0.5 }],
    ['more captured than authorized', { ...whole, capturedMinor: 10_001 }],
    ['more being captured', { ...whole, capturingMinor: 1 }],
    ['more reversed', { ...whole, reversedMinor: 1 }],
    ['more being reversed', { ...whole, reversingMinor: 1 }],
    ['more refunded than captured', { ...whole, refundedMinor: 10_001 }],
    ['more being refunded', { ...whole, refundedMinor: 5_000, refundingMinor: 5_001 }],
    ['more disputed than is left', { ...whole, refundedMinor: 5_000, disputedMinor: 5_001 }],
    ['more settled than captured', { ...whole, settledMinor: 10_001 }],
    ['more paid out than settled', { ...whole, settledMinor: 5_000, paidOutMinor: 5_001 }],
  ])('%s', (_what, changes) => {
    const draft = draftWith(({ amounts }) => Object.assign(amounts, noAmounts, changes))
    expect(() => draft.decision()).toThrow('do not add up')
  })

  it('to the last cent they may', () => {
    const full = { authorizedMinor: 10, capturedMinor: 4, capturingMinor: 1, reversedMinor: 2, reversingMinor: 3 }
    const spent = { refundedMinor: 1, refundingMinor: 1, disputedMinor: 2, settledMinor: 4, paidOutMinor: 4 }
    const draft = draftWith(({ amounts }) => Object.assign(amounts, full, spent))
    expect(draft.decision().payment.amounts).toEqual({ ...full, ...spent })
  })
})

describe('a decision is rare', () => {
  it.each<[string, (payment: Payment) => unknown, boolean]>([
    ['order', (payment) => Object.assign(payment, { order: anOrder() }), true],
    ['amount', (payment) => Object.assign(payment, { amountMinor: 1 }), true],
    ['metadata', (payment) => Object.assign(payment, { metadata: {} }), true],
    ['name', (payment) => Object.assign(payment, { name: 'x' }), true],
    ['e-mail address', (payment) => Object.assign(payment, { email: 'x' }), true],
    ['customer', (payment) => Object.assign(payment, { customerId: 'x' }), true],
    ['held card', (payment) => Object.assign(payment, { held: aHeldCard() }), true],
    ['authentication', (payment) => Object.assign(payment, { authentication: {} }), true],
    ['dispute', (payment) => Object.assign(payment, { dispute: {} }), true],
    ['settled amount', ({ amounts }) => Object.assign(amounts, { settledMinor: 1 }), true],
    ['paid out amount', ({ amounts }) => Object.assign(amounts, { settledMinor: 1, paidOutMinor: 1 }), true],
    ['disputed amount', ({ amounts }) => Object.assign(amounts, { disputedMinor: 1 }), true],
    ['refunded amount, which is not,', ({ amounts }) => Object.assign(amounts, { refundedMinor: 1 }), false],
    ['state, which is not,', (payment) => Object.assign(payment, { state: 'canceled' }), false],
  ])('where it changes the %s', (_what, change, isRare) => {
    expect(draftWith(change).decision().isRare).toBe(isRare)
  })

  it('where the paid out amount changes alone', () => {
    const amounts = { ...aPayment('captured').amounts, settledMinor: 5 }
    const draft = draftWith(
      (payment) => Object.assign(payment.amounts, { paidOutMinor: 5 }),
      aPayment('captured', { amounts }),
    )
    expect(draft.decision().isRare).toBe(true)
  })

  it('where it touches an authentication', () => {
    const { record, authentication } = awaitsShopper(context)
    const draft = new Draft(record.payment, context)
    draft.authenticate(authentication)
    expect(draft.decision().isRare).toBe(true)
  })
})

describe('the record after a decision', () => {
  it('has changed operations in their place, and new ones at the end', () => {
    const before = aRecord(aPayment('captured'), context)
    const [attempt] = before.operations as [Operation]
    const earlier = { ...attempt, operationId: trustedId<never>('att_0') }
    const draft = new Draft(before.payment, context)
    const refund = newOperation(before.payment, 'refund', 1, context)
    draft.put(refund)
    draft.put({ ...earlier, inquiries: 9 })
    const after = recordAfter({ ...before, operations: [earlier, attempt] }, draft.decision())
    expect(after.operations.map(({ operationId, inquiries }) => [operationId, inquiries])).toEqual([
      ['att_0', 9],
      [attempt.operationId, 0],
      [refund.operationId, 0],
    ])
    expect(after).not.toHaveProperty('authentication')
  })

  it('has the authentication that the payment speaks of: the changed one, else the one before, else none', () => {
    const { record, authentication } = awaitsShopper(context)
    const draft = new Draft(record.payment, context)
    const untouched = recordAfter(record, draft.decision())
    expect(untouched.authentication).toBe(authentication)
    draft.authenticate({ ...authentication, state: 'ready' })
    expect(recordAfter(record, draft.decision()).authentication?.state).toBe('ready')
    const another = new Draft({ ...record.payment, authentication: null }, context)
    expect(recordAfter(record, another.decision())).not.toHaveProperty('authentication')
  })
})
