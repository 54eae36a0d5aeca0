import { describe, expect, it } from 'vitest'
import { callerOf } from '../testing/callers.ts'
import { aKeyedRequest, approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { aHeldCard, anOrder, waitsForConfirmation } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { createPayments } from './create-payments.ts'
import { failureOf } from './failure.ts'
import type { Payment } from './payment.ts'
import type { PaymentState } from './states.ts'

const caller = callerOf('mer_1')
const done = { ...approvedNow, captured: false }
const all = { money: null, final: true }
const refundOfAll = { money: null, currency: null, reason: null }

function withPayment(state: PaymentState, changes: Partial<Payment> = {}) {
  const engine = memoryEngine()
  engine.script.outcome = done
  const record = aRecord(aPayment(state, changes), testContext())
  engine.store.put(record)
  return { ...engine, payments: createPayments(engine.parts), paymentId: record.payment.paymentId, record }
}
const answered = (body: string, replayed = false, acquirerMs = 12) => ({
  ok: true,
  value: { answer: { status: 200, body }, replayed, acquirerMs },
})

describe('a change of a payment', () => {
  it('is recorded before it is sent, and answered as it was recorded', async () => {
    const { payments, paymentId, store, sent } = withPayment('authorized')
    const captured = await payments.capture(caller, paymentId, all, aKeyedRequest('k'))
    expect(captured).toEqual(answered('captured capture approved'))
    expect(store.commits.map(({ decision }) => decision.payment.amounts.capturingMinor)).toEqual([10_000, 0])
    expect(sent.map(({ operation }) => operation.kind)).toEqual(['capture'])
    const { operationId } = sent[0]?.operation ?? {}
    // By its operation, a repetition knows what became of it where there is no answer.
    expect(store.keys.get('k')).toMatchObject({
      operationId,
      answer: { status: 200, body: 'captured capture approved' },
    })
  })

  it('that needs no acquirer is answered with its commit', async () => {
    const { payments, paymentId, store, sent, released } = withPayment('requires_confirmation', waitsForConfirmation())
    const voided = await payments.void(caller, paymentId, { reason: null }, aKeyedRequest('k'))
    expect(voided).toEqual(answered('canceled', false, 0))
    expect(store.keys.get('k')?.answer?.body).toBe('canceled')
    expect(sent).toEqual([])
    expect(released).toEqual([{ merchantId: 'mer_1', mode: 'test', attemptId: 'att_held', reason: 'ended' }])
  })

  it('without a key stores no answer', async () => {
    const { payments, paymentId, store } = withPayment('created')
    expect(await payments.void(caller, paymentId, { reason: null }, aKeyedRequest(null))).toEqual(
      answered('canceled', false, 0),
    )
    expect(store.commits[0]).toMatchObject({ claim: null, answer: null })
  })

  it('repeated with its key is done once, and answered alike', async () => {
    const { payments, paymentId, store, sent } = withPayment('captured')
    const refund = () =>
      payments.refund(caller, paymentId, { ...refundOfAll, money: { amountText: '5.00' } }, aKeyedRequest('k'))
    expect(await refund()).toEqual(answered('captured refund approved'))
    expect(await refund()).toEqual(answered('captured refund approved', true, 0))
    expect(sent).toHaveLength(1)
    expect(store.records.get(paymentId)?.payment.amounts.refundedMinor).toBe(500)
  })

  it('that its own first request has made impossible is answered as that one was', async () => {
    const { payments, paymentId } = withPayment('captured')
    const refund = (key: string | null) => payments.refund(caller, paymentId, refundOfAll, aKeyedRequest(key))
    await refund('k')
    expect(await refund('k')).toEqual(answered('captured refund approved', true, 0))
    expect(await refund('another')).toMatchObject({ refusal: { refusal: 'invalid_state', action: 'refund' } })
    expect(await refund(null)).toMatchObject({ refusal: { refusal: 'invalid_state', action: 'refund' } })
  })

  it('under a key of something else is refused, whether it is possible or not', async () => {
    for (const state of ['captured', 'failed'] as const) {
      const { payments, paymentId, store } = withPayment(state)
      store.keys.set('k', { fingerprint: 'other', paymentId, operationId: null, answer: { status: 201, body: '' } })
      const refused = await payments.refund(caller, paymentId, refundOfAll, aKeyedRequest('k'))
      expect(refused).toEqual({ ok: false, refusal: { refusal: 'idempotency_key_mismatch' } })
      expect(store.commits).toEqual([])
    }
  })
})

describe('two changes at once', () => {
  it('one wins, and the other decides again on what is left', async () => {
    const { payments, paymentId, store, sent, pausesMs } = withPayment('captured')
    const half = { ...refundOfAll, money: { amountText: '60.00' } }
    const both = await Promise.all([1, 2].map(() => payments.refund(caller, paymentId, half, aKeyedRequest(null))))
    expect(both.map(({ ok }) => ok)).toEqual([true, false])
    expect(both[1]).toMatchObject({ refusal: { refusal: 'amount_too_large', availableMinor: 4_000 } })
    expect([sent.length, pausesMs.length]).toEqual([1, 1])
    expect(store.records.get(paymentId)?.payment.amounts).toMatchObject({ refundedMinor: 6_000, refundingMinor: 0 })
  })

  it('a void that lost its race is decided again, and asks no acquirer', async () => {
    const { payments, paymentId, store, pausesMs } = withPayment('created')
    let isFirst = true
    store.meanwhile = () => {
      if (isFirst) store.touch(paymentId, { name: 'Bea' })
      isFirst = false
    }
    expect(await payments.void(caller, paymentId, { reason: null }, aKeyedRequest(null))).toEqual(
      answered('canceled', false, 0),
    )
    expect(store.records.get(paymentId)?.payment).toMatchObject({ state: 'canceled', name: 'Bea' })
    expect(pausesMs).toHaveLength(1)
  })

  it('a commit whose reply was lost is found to be our own, and not made twice', async () => {
    const { payments, paymentId, store, sent } = withPayment('authorized')
    store.lostReplies = 1
    expect(await payments.capture(caller, paymentId, all, aKeyedRequest(null))).toEqual(
      answered('captured capture approved'),
    )
    expect(sent).toHaveLength(1)
    expect(store.records.get(paymentId)?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture'])
  })

  it('an attempt of a held card that somebody else began is not taken for our own', async () => {
    const { payments, paymentId, store, sent, record } = withPayment('requires_confirmation', waitsForConfirmation())
    let isFirst = true
    store.meanwhile = () => {
      if (!isFirst) return
      isFirst = false
      // Another request confirms in this moment: the attempt has the same name, since the held card has one.
      const [attempt] = aRecord(aPayment('processing'), testContext()).operations
      if (attempt === undefined) throw new Error('no attempt')
      const { payment } = record
      store.put({
        payment: { ...payment, state: 'processing', held: null, version: payment.version + 1 },
        operations: [{ ...attempt, operationId: aHeldCard().attemptId, begunBy: 'run_other' }],
      })
    }
    const confirmed = await payments.confirm(caller, paymentId, aKeyedRequest(null))
    expect(confirmed).toMatchObject({ ok: false, refusal: { refusal: 'invalid_state', action: 'confirm' } })
    expect(sent).toEqual([])
  })
})

describe('amounts', () => {
  it.each([
    ['12.345', { refusal: 'amount_invalid', fault: 'too_many_decimals' }],
    ['0.00', { refusal: 'amount_invalid', fault: 'zero' }],
    ['100.01', { refusal: 'amount_too_large', availableMinor: 10_000 }],
  ])('of %s are refused to captures and refunds', async (amountText, refusal) => {
    const authorized = withPayment('authorized')
    const money = { amountText }
    const request = aKeyedRequest(null)
    const captured = await authorized.payments.capture(caller, authorized.paymentId, { money, final: true }, request)
    expect(captured).toMatchObject({ ok: false, refusal })
    const sold = withPayment('captured')
    const refunded = await sold.payments.refund(caller, sold.paymentId, { ...refundOfAll, money }, request)
    expect(refunded).toMatchObject({ ok: false, refusal })
    expect([authorized.sent, sold.sent]).toEqual([[], []])
  })

  it('of another currency are refused', async () => {
    const { payments, paymentId, record } = withPayment('captured')
    const refund = (currency: string) =>
      payments.refund(caller, paymentId, { ...refundOfAll, currency }, aKeyedRequest(null))
    const { currency } = record.payment
    expect(await refund('eur')).toEqual({ ok: false, refusal: { refusal: 'currency_mismatch', currency } })
    expect((await refund('USD')).ok).toBe(true)
  })

  it('are what is captured, kept open or given back, with the reason', async () => {
    const { payments, paymentId, store } = withPayment('authorized')
    const part = { money: { amountText: '40.00' }, final: false }
    await payments.capture(caller, paymentId, part, aKeyedRequest(null))
    await payments.refund(
      caller,
      paymentId,
      { money: { amountText: '1.50' }, currency: 'usd', reason: 'late' },
      aKeyedRequest(null),
    )
    const { payment, operations } = store.records.get(paymentId) ?? {}
    expect(payment?.amounts).toMatchObject({ capturedMinor: 4_000, reversedMinor: 0, refundedMinor: 150 })
    expect(operations?.at(-1)).toMatchObject({ kind: 'refund', reason: 'late', amountMinor: 150 })
  })
})

it('an acquirer that says no is the answer, and frees what was reserved', async () => {
  const { payments, paymentId, store, script } = withPayment('captured')
  script.outcome = { kind: 'declined', failure: failureOf('processing_error') }
  expect(await payments.refund(caller, paymentId, refundOfAll, aKeyedRequest(null))).toEqual(
    answered('captured refund declined'),
  )
  expect(store.records.get(paymentId)?.payment.amounts.refundingMinor).toBe(0)
})

it('a payment of another merchant, or of the other mode, is nobody’s to read or change', async () => {
  const { payments, paymentId, store, record } = withPayment('captured')
  const missing = { ok: false, refusal: { refusal: 'not_found', what: 'payment' } }
  const request = aKeyedRequest(null)
  expect(await payments.find(caller, paymentId)).toEqual({ ok: true, value: record })
  for (const stranger of [callerOf('mer_2'), callerOf('mer_1', 'live')]) {
    expect(await payments.find(stranger, paymentId)).toEqual(missing)
    expect(await payments.capture(stranger, paymentId, all, request)).toEqual(missing)
    expect(await payments.void(stranger, paymentId, { reason: null }, request)).toEqual(missing)
    expect(await payments.refund(stranger, paymentId, refundOfAll, request)).toEqual(missing)
    expect(await payments.confirm(stranger, paymentId, request)).toEqual(missing)
    expect(await payments.update(stranger, paymentId, { name: 'x' }, request)).toEqual(missing)
  }
  expect(store.commits).toEqual([])
})

describe('an update', () => {
  const cup = { items: [{ name: 'Cup', unitPriceMinor: 5_000, quantity: 1 }] }

  it('prices a changed order anew, and leaves what it does not name', async () => {
    const { payments, paymentId, store } = withPayment('requires_confirmation', {
      ...waitsForConfirmation(anOrder()),
      name: 'Ann',
      metadata: { a: 1 },
    })
    expect((await payments.update(caller, paymentId, { order: cup, name: 'Bea' }, aKeyedRequest(null))).ok).toBe(true)
    const { payment } = store.records.get(paymentId) ?? {}
    expect(payment).toMatchObject({ name: 'Bea', metadata: { a: 1 }, order: { netMinor: 5_000 } })
    expect(payment?.amountMinor).toBe((payment?.order?.netMinor ?? 0) + (payment?.order?.taxMinor ?? 0))
    await payments.update(caller, paymentId, { metadata: null }, aKeyedRequest(null))
    expect(store.records.get(paymentId)?.payment).toMatchObject({ name: 'Bea', metadata: null })
  })

  it('of an order is refused where there is none, and where nothing may change any more', async () => {
    const plain = withPayment('created')
    const refused = await plain.payments.update(caller, plain.paymentId, { order: cup }, aKeyedRequest(null))
    expect(refused).toMatchObject({ ok: false, refusal: { refusal: 'not_supported' } })
    expect((await plain.payments.update(caller, plain.paymentId, { name: 'x' }, aKeyedRequest(null))).ok).toBe(true)
    const sold = withPayment('captured')
    expect(await sold.payments.update(caller, sold.paymentId, { order: cup }, aKeyedRequest(null))).toMatchObject({
      refusal: { refusal: 'invalid_state', action: 'update' },
    })
  })

  it('that cannot be priced is refused, and changes nothing', async () => {
    const { payments, paymentId, store } = withPayment('requires_confirmation', waitsForConfirmation())
    const gold = { items: [{ name: 'Gold', unitPriceMinor: 99_999_999_999, quantity: 2 }] }
    expect((await payments.update(caller, paymentId, { order: gold }, aKeyedRequest(null))).ok).toBe(false)
    expect(store.commits).toEqual([])
  })
})
