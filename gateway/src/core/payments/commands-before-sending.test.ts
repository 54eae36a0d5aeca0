import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import { aSession, awaitsShopper } from '../testing/authentications.ts'
import { aHeldCard, anOrder, waitsForConfirmation } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideExpiry, decideVoid } from './commands.ts'
import { decideConfirm, decideUpdate } from './commands-before-sending.ts'
import type { Payment, PaymentRecord } from './payment.ts'
import { type PaymentState, paymentStates } from './states.ts'
import type { Terms } from './terms.ts'

const aWaiting = (changes: Partial<Payment> = {}) => ({
  payment: aPayment('requires_confirmation', { ...waitsForConfirmation(), ...changes }),
  operations: [],
})
const terms: Terms = {
  currency: aPayment('created').currency,
  amountMinor: 5_000 as AmountMinor,
  order: anOrder({ netMinor: 4_202, taxMinor: 798 }),
}

describe('confirming', () => {
  it('begins the attempt that the held card was claimed for, with the amount as it stands', () => {
    const held = aHeldCard({
      saves: { cardId: 'card_1' as never, fingerprintId: 'fp_1' as never },
      transactionId: 'ntx',
    })
    const decided = decideConfirm(aWaiting({ held }), testContext())
    if (!decided.ok) throw new Error('refused')
    const { decision, operation } = decided.value
    expect(decision.payment).toMatchObject({ state: 'processing', held: null, dueAtMs: null })
    expect(decision.payment.timeline.at(-1)?.stage).toBe('processing')
    expect(operation).toMatchObject({
      operationId: 'att_held',
      kind: 'authorize',
      state: 'sending',
      amountMinor: 11_900,
      final: true,
      saves: held.saves,
      networkTransactionId: 'ntx',
    })
    expect(decision.operations).toHaveLength(1)
  })

  it('is refused in every other state, and without a held card', () => {
    for (const state of paymentStates.filter((each) => each !== 'requires_confirmation')) {
      const context = testContext()
      const decided = decideConfirm(aRecord(aPayment(state, { held: aHeldCard() }), context), context)
      expect(decided).toMatchObject({ ok: false, refusal: { refusal: 'invalid_state', action: 'confirm', state } })
    }
    expect(decideConfirm(aWaiting({ held: null }), testContext()).ok).toBe(false)
  })

  it('is refused once the deadline has come, and allowed until then', () => {
    const context = testContext()
    const dueAtMs = context.nowMs + 1
    expect(decideConfirm(aWaiting({ dueAtMs }), context).ok).toBe(true)
    context.advance(1)
    expect(decideConfirm(aWaiting({ dueAtMs }), context)).toMatchObject({ refusal: { refusal: 'invalid_state' } })
  })
})

describe('a payment that waits for its confirmation', () => {
  it('expires uncharged at its deadline, and lets go of the card', () => {
    const context = testContext()
    const record = aWaiting({ dueAtMs: context.nowMs })
    const decided = decideExpiry(record, context)
    expect(decided?.operation).toBeNull()
    expect(decided?.decision.payment).toMatchObject({ state: 'expired', held: null, dueAtMs: null })
    expect(decided?.decision.events.map(({ type }) => type)).toEqual(['payment.canceled'])
  })

  it('is voided without asking anybody, and lets go of the card', () => {
    const decided = decideVoid(aWaiting(), { reason: null }, testContext())
    if (!decided.ok) throw new Error('refused')
    expect(decided.value.operation).toBeNull()
    expect(decided.value.decision.payment).toMatchObject({ state: 'canceled', held: null, dueAtMs: null })
  })
})

describe('updating', () => {
  const allowed: PaymentState[] = ['created', 'requires_action', 'requires_confirmation']

  it('is allowed before anything is sent, and refused in every other state', () => {
    for (const state of paymentStates) {
      const context = testContext()
      const decided = decideUpdate(aRecord(aPayment(state), context), { terms }, context)
      expect([state, decided.ok]).toEqual([state, allowed.includes(state)])
      if (!decided.ok) expect(decided.refusal).toMatchObject({ refusal: 'invalid_state', action: 'update', state })
    }
  })

  it('changes the order and what is charged together, and leaves card, deadline and state alone', () => {
    const record = aWaiting()
    const decided = decideUpdate(record, { terms }, testContext())
    if (!decided.ok) throw new Error('refused')
    const { decision, operation } = decided.value
    expect(operation).toBeNull()
    expect(decision.isRare).toBe(true)
    expect(decision.events).toEqual([])
    expect(decision.payment).toEqual({
      ...record.payment,
      amountMinor: 5_000,
      order: terms.order,
      version: record.payment.version + 1,
      updatedAtMs: expect.any(Number),
    })
  })

  it('keeps what is left out, and takes null for empty', () => {
    const record = aWaiting({ metadata: { a: 1 }, name: 'Ann' })
    const untouched = decideUpdate(record, { terms: null, name: 'Bea' }, testContext())
    if (!untouched.ok) throw new Error('refused')
    expect(untouched.value.decision.payment).toMatchObject({ metadata: { a: 1 }, name: 'Bea', amountMinor: 11_900 })
    const emptied = decideUpdate(record, { terms: null, metadata: null }, testContext())
    if (!emptied.ok) throw new Error('refused')
    expect(emptied.value.decision.payment).toMatchObject({ metadata: null, name: 'Ann' })
  })
})

describe('a change of what a shopper authenticates for', () => {
  const cheaper = { terms }
  const { nowMs } = testContext()
  const again = { ...aSession, authenticationId: trustedId<never>('again') }
  const context = (session: typeof again | null = again) => ({ ...testContext(), newSession: () => session })

  it('begins a new authentication, as strict as the one that is given up', () => {
    const { record } = awaitsShopper(testContext(), { authentication: { challengeMandated: true, required: true } })
    const decided = decideUpdate(record, cheaper, context())
    if (!decided.ok) throw new Error('refused')
    const { payment, authentications, events } = decided.value.decision
    expect(authentications).toMatchObject([
      { authenticationId: aSession.authenticationId, state: 'abandoned' },
      { authenticationId: 'again', state: 'created', amountMinor: 5_000, challengeMandated: true, required: true },
    ])
    expect(payment).toMatchObject({ state: 'requires_action', amountMinor: 5_000 })
    expect(payment.authentication).toMatchObject({ authenticationId: 'again', amountMinor: 5_000 })
    expect(events.map(({ type }) => type)).toEqual(['payment.requires_action'])
  })

  it('to the same amount, or of something else, leaves it as it is', () => {
    const { record } = awaitsShopper(testContext())
    const same = { terms: { ...terms, amountMinor: record.payment.amountMinor } }
    for (const change of [same, { terms: null, name: 'Bea' }]) {
      const decided = decideUpdate(record, change, context())
      expect(decided.ok && decided.value.decision.authentications).toEqual([])
    }
  })

  it.each([
    ['no session is to be had', 3_600_000, context(null)],
    ['there are none', 3_600_000, testContext()],
    ['the card is let go of too soon', 60_000, context()],
  ])('is refused where %s', (_what, heldMs, at) => {
    const { record } = awaitsShopper(testContext(), { held: { expiresAtMs: nowMs + heldMs } })
    expect(decideUpdate(record, cheaper, at)).toMatchObject({ ok: false, refusal: { refusal: 'invalid_state' } })
  })

  it.each<[string, (record: PaymentRecord) => PaymentRecord]>([
    ['nothing is authenticated', ({ payment }) => ({ payment: { ...payment, authentication: null }, operations: [] })],
    ['no card is held', (record) => ({ ...record, payment: { ...record.payment, held: null } })],
    ['the merchant authenticated by itself', ({ payment }) => ({ payment, operations: [] })],
  ])('asks nobody where %s', (_what, change) => {
    const decided = decideUpdate(change(awaitsShopper(testContext()).record), cheaper, context())
    expect(decided.ok && decided.value.decision.authentications).toEqual([])
  })
})

it('a payment without a deadline can be confirmed', () => {
  expect(decideConfirm(aWaiting({ dueAtMs: null }), testContext()).ok).toBe(true)
})
