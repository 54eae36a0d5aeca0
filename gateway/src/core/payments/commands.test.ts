import { describe, expect, it } from 'vitest'
import { awaitsShopper } from '../testing/authentications.ts'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideCapture, decideExpiry, decideRefund, decideVoid } from './commands.ts'
import { type Dispute, noAmounts, type Payment } from './payment.ts'
import { paymentStates } from './states.ts'

const context = testContext()
const { nowMs } = context
const dayMs = 24 * 3_600_000
const record = (state: Payment['state'], changes: Partial<Payment> = {}) => aRecord(aPayment(state, changes), context)
const amounts = (changes: Partial<Payment['amounts']>) => ({ ...noAmounts, authorizedMinor: 10_000, ...changes })
const dispute = (state: Dispute['state']): Dispute => ({
  disputeId: 'dis_1',
  amountMinor: 4_000,
  reason: 'fraud',
  state,
  openedAtMs: 1,
  closedAtMs: null,
})

type Decided = ReturnType<typeof decideVoid>
const whyNot = (decided: Decided) =>
  !decided.ok && decided.refusal.refusal === 'invalid_state' ? decided.refusal.why : decided
function value(decided: Decided) {
  if (!decided.ok) throw new Error(decided.refusal.refusal)
  return decided.value
}

describe('a capture', () => {
  it('reserves its amount, and what it releases, and is recorded as sending', () => {
    const { decision, operation } = value(
      decideCapture(record('authorized'), { amountMinor: 4_000, final: true }, context),
    )
    expect(decision.payment.amounts).toMatchObject({ capturingMinor: 4_000, reversingMinor: 6_000 })
    expect(decision.operations).toEqual([operation])
    expect(operation).toMatchObject({
      kind: 'capture',
      state: 'sending',
      amountMinor: 4_000,
      releasesMinor: 6_000,
      final: true,
    })
  })

  it('that is not the last one releases nothing', () => {
    const { decision, operation } = value(
      decideCapture(record('authorized'), { amountMinor: 4_000, final: false }, context),
    )
    expect(decision.payment.amounts).toMatchObject({ capturingMinor: 4_000, reversingMinor: 0 })
    expect(operation).toMatchObject({ releasesMinor: 0, final: false })
  })

  it('of all takes exactly what is there, and of one more is refused', () => {
    expect(
      value(decideCapture(record('authorized'), { amountMinor: 10_000, final: true }, context)).operation?.amountMinor,
    ).toBe(10_000)
    const more = decideCapture(record('authorized'), { amountMinor: 10_001, final: true }, context)
    const { currency } = aPayment('authorized')
    expect(more).toEqual({
      ok: false,
      refusal: { refusal: 'amount_too_large', action: 'capture', availableMinor: 10_000, currency },
    })
  })

  it.each([
    ['nothing was authorized', record('processing'), 'Only an authorized payment'],
    [
      'nothing is left',
      record('captured', { amounts: amounts({ capturedMinor: 10_000 }) }),
      'Nothing of the authorization',
    ],
    [
      'the rest is being given back',
      record('captured', { amounts: amounts({ capturedMinor: 4_000, reversingMinor: 6_000 }) }),
      'Nothing of the authorization',
    ],
    [
      'another is under way, and this is to be the last one',
      record('authorized', { amounts: amounts({ capturingMinor: 1 }) }),
      'Another capture is under way',
    ],
  ])('is refused where %s, and says so', (_what, before, why) => {
    expect(whyNot(decideCapture(before, { amountMinor: null, final: true }, context))).toContain(why)
  })
})

describe('a void', () => {
  it('gives back an authorization, with the reason, and tells that the payment is canceled', () => {
    const before = record('authorized', { dueAtMs: nowMs + dayMs })
    const { decision, operation } = value(decideVoid(before, { reason: 'typo' }, context))
    expect(operation).toMatchObject({ kind: 'reversal', amountMinor: 10_000, reason: 'typo', dueAtMs: nowMs })
    expect(decision.payment).toMatchObject({ state: 'canceled', dueAtMs: null, amounts: { reversingMinor: 10_000 } })
    expect(decision.events.map(({ type }) => type)).toEqual(['payment.canceled'])
    expect(value(decideVoid(before, { reason: null }, context)).operation?.reason).toBe('voided')
  })

  it('of the rest after a partial capture leaves the payment captured, and tells nothing', () => {
    const before = record('captured', { amounts: amounts({ capturedMinor: 4_000 }) })
    const { decision, operation } = value(decideVoid(before, { reason: null }, context))
    expect(operation).toMatchObject({ kind: 'reversal', amountMinor: 6_000 })
    expect(decision.payment.state).toBe('captured')
    expect(decision.events).toEqual([])
  })

  it('while the shopper authenticates ends that, and lets go of the card', () => {
    const { record: before } = awaitsShopper(context)
    const { decision, operation } = value(decideVoid(before, { reason: null }, context))
    expect(operation).toBeNull()
    expect(decision.payment).toMatchObject({ state: 'canceled', held: null, authentication: { state: 'abandoned' } })
    expect(decision.authentications).toMatchObject([{ state: 'abandoned' }])
  })

  it.each([
    ['over', record('failed'), 'The payment is over'],
    ['being captured', record('authorized', { amounts: amounts({ capturingMinor: 1 }) }), 'A capture is under way'],
    ['captured wholly', record('captured'), 'Refund it instead'],
  ])('of a payment that is %s is refused, and says so', (_what, before, why) => {
    expect(whyNot(decideVoid(before, { reason: null }, context))).toContain(why)
  })
})

describe('a refund', () => {
  const refund = (before: ReturnType<typeof record>, amountMinor: number | null = null) =>
    decideRefund(before, { amountMinor, reason: 'late' }, context)

  it('reserves its amount, and is recorded as sending with its reason', () => {
    const { decision, operation } = value(refund(record('captured'), 2_500))
    expect(decision.payment.amounts.refundingMinor).toBe(2_500)
    expect(decision.operations).toEqual([operation])
    expect(operation).toMatchObject({
      kind: 'refund',
      state: 'sending',
      amountMinor: 2_500,
      reason: 'late',
      taxMinor: null,
    })
  })

  it('of all takes what is neither refunded nor disputed, and of one more is refused', () => {
    const before = record('captured', {
      amounts: amounts({ capturedMinor: 10_000, refundedMinor: 1_000, refundingMinor: 2_000, disputedMinor: 4_000 }),
      dispute: dispute('lost'),
    })
    expect(value(refund(before)).operation?.amountMinor).toBe(3_000)
    expect(value(refund(before, 3_000)).operation?.amountMinor).toBe(3_000)
    const { currency } = before.payment
    const more = { refusal: 'amount_too_large', action: 'refund', availableMinor: 3_000, currency }
    expect(refund(before, 3_001)).toEqual({ ok: false, refusal: more })
  })

  it.each([
    ['not captured', record('authorized'), 'Only a captured payment'],
    ['disputed', record('captured', { dispute: dispute('open') }), 'The payment is disputed'],
    [
      'lost in a dispute',
      record('captured', {
        amounts: amounts({ capturedMinor: 4_000, disputedMinor: 4_000 }),
        dispute: dispute('lost'),
      }),
      'the dispute was lost',
    ],
    [
      'refunded',
      record('captured', { amounts: amounts({ capturedMinor: 4_000, refundedMinor: 3_000, refundingMinor: 1_000 }) }),
      'All that was captured',
    ],
  ])('of a payment that is %s is refused, and says so', (_what, before, why) => {
    expect(whyNot(refund(before))).toContain(why)
  })

  it('after a dispute that was won is possible', () => {
    expect(refund(record('captured', { dispute: dispute('won') })).ok).toBe(true)
  })
})

describe('a deadline', () => {
  it.each([null, nowMs + 1])('that has not come (%s) decides nothing', (dueAtMs) => {
    for (const state of paymentStates) expect(decideExpiry(record(state, { dueAtMs }), context)).toBeNull()
  })

  it('of an authorization gives it back, and tells so', () => {
    const { decision, operation } = decideExpiry(record('authorized', { dueAtMs: nowMs }), context) ?? {}
    expect(operation).toMatchObject({ kind: 'reversal', amountMinor: 10_000, reason: 'the authorization lapsed' })
    expect(decision?.payment).toMatchObject({ state: 'expired', dueAtMs: null, failure: null })
    expect(decision?.events.map(({ type }) => type)).toEqual(['payment.canceled'])
  })

  it('waits a minute for a capture that is under way', () => {
    const before = record('authorized', { dueAtMs: nowMs, amounts: amounts({ capturingMinor: 10_000 }) })
    const { decision, operation } = decideExpiry(before, context) ?? {}
    expect(operation).toBeNull()
    expect(decision?.payment).toMatchObject({ state: 'authorized', dueAtMs: nowMs + 60_000 })
  })

  it('after a partial capture gives back the rest, and changes nothing else', () => {
    const before = record('captured', { dueAtMs: nowMs, amounts: amounts({ capturedMinor: 4_000 }) })
    const { decision, operation } = decideExpiry(before, context) ?? {}
    expect(operation).toMatchObject({ kind: 'reversal', amountMinor: 6_000 })
    expect(decision?.payment).toMatchObject({ state: 'captured', dueAtMs: null })
    expect(decision?.events).toEqual([])
  })

  it.each(['processing', 'failed', 'canceled', 'expired'] as const)(
    'of a payment that is %s is only forgotten',
    (state) => {
      const before = record(state, { dueAtMs: nowMs, held: aHeldCard() })
      const { decision, operation } = decideExpiry(before, context) ?? {}
      expect(operation).toBeNull()
      expect(decision?.payment).toEqual({ ...before.payment, dueAtMs: null, version: 8, updatedAtMs: nowMs })
      expect(decision?.events).toEqual([])
    },
  )

  it('of a shopper who does not come ends the payment, and says why', () => {
    const { record: before } = awaitsShopper(context)
    const due = { ...before, payment: { ...before.payment, dueAtMs: nowMs } }
    const { decision } = decideExpiry(due, context) ?? {}
    expect(decision?.payment).toMatchObject({ state: 'failed', held: null, authentication: { state: 'abandoned' } })
    expect(decision?.payment.failure?.code).toBe('authentication_abandoned')
    expect(decision?.events).toMatchObject([
      { type: 'payment.failed', snapshot: { failure: { code: 'authentication_abandoned' } } },
    ])
  })

  it.each([
    ['leaves a checkout open for another card until its own end', 0, 'created', dayMs, []],
    ['ends a checkout whose own end has come', dayMs, 'failed', null, ['payment.failed']],
  ] as const)('of a shopper who does not come %s', (_what, ageMs, state, leftMs, told) => {
    const { record: before } = awaitsShopper(context, { payment: { paymentType: 'single' } })
    const { decision } =
      decideExpiry(
        { ...before, payment: { ...before.payment, dueAtMs: nowMs, createdAtMs: nowMs - ageMs } },
        context,
      ) ?? {}
    expect(decision?.payment).toMatchObject({
      state,
      dueAtMs: leftMs === null ? null : nowMs - ageMs + leftMs,
      held: null,
    })
    expect(decision?.payment.failure?.code).toBe('authentication_abandoned')
    expect(decision?.events.map(({ type }) => type)).toEqual(told)
  })

  it('of a checkout without a card is its end', () => {
    const { decision } = decideExpiry(record('created', { paymentType: 'single', dueAtMs: nowMs }), context) ?? {}
    expect(decision?.payment).toMatchObject({ state: 'expired', failure: null })
    expect(decision?.events.map(({ type }) => type)).toEqual(['payment.canceled'])
  })
})
