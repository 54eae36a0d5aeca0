import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import { decideExpiry } from '../payments/commands.ts'
import type { NewSession } from '../payments/decision.ts'
import { recordAfter } from '../payments/decision.ts'
import { failureOf } from '../payments/failure.ts'
import { applyOutcome } from '../payments/outcome.ts'
import type { HeldCard, Payment, PaymentRecord } from '../payments/payment.ts'
import { aPayment, testContext } from '../testing/payments.ts'
import { decidePay, triesMax } from './pay.ts'

const dayMs = 24 * 3_600_000
const card = {
  bin: '555555',
  last4: '4444',
  brand: 'mastercard',
  expMonth: 1,
  expYear: 2040,
  cardholderName: null,
} as const
const send = { kind: 'send', exemption: null } as const

const waiting = (changes: Partial<Payment> = {}): PaymentRecord => {
  const payment = aPayment('created', { paymentType: 'single', card: null, ...changes })
  return { payment: { ...payment, dueAtMs: payment.createdAtMs + dayMs }, operations: [] }
}

const heldFor = (attempt: string, nowMs: number): HeldCard => ({
  attemptId: trustedId(`att_${attempt}`),
  saves: null,
  transactionId: null,
  expiresAtMs: nowMs + 3_600_000,
})

function paidWith(record: PaymentRecord, attempt: string, context = testContext()): PaymentRecord {
  const held = heldFor(attempt, context.nowMs)
  const decided = decidePay(record, { amountMinor: null }, { card, held }, send, context)
  if (!decided.ok) throw new Error(JSON.stringify(decided.refusal))
  return recordAfter(record, decided.value.decision)
}

function declined(record: PaymentRecord, attempt: string, context = testContext()): PaymentRecord {
  const outcome = { kind: 'declined', failure: failureOf('card_declined') } as const
  const decision = applyOutcome(record, `att_${attempt}`, outcome, context)
  if (decision === null) throw new Error('nothing was decided')
  return recordAfter(record, decision)
}

const session: NewSession = {
  ...{ authenticationId: trustedId('00000000-0000-4000-8000-000000000000'), sessionId: trustedId('s'.repeat(26)) },
  ...{ sessionDigest: 'd', lifetimeMs: 15 * 60_000 },
}

describe('a shopper’s card', () => {
  it('is sent in an attempt of the claim that it came with', () => {
    const { payment, operations } = paidWith(waiting(), '1')
    expect(payment).toMatchObject({ state: 'processing', card: { last4: '4444' }, dueAtMs: null, failure: null })
    expect(operations).toMatchObject([{ operationId: 'att_1', kind: 'authorize', state: 'sending' }])
  })

  it('that is declined leaves the payment open until its deadline, for another one', () => {
    const once = declined(paidWith(waiting(), '1'), '1')
    expect(once.payment).toMatchObject({ state: 'created', failure: { code: 'card_declined' } })
    expect(once.payment.dueAtMs).toBe(once.payment.createdAtMs + dayMs)
    const twice = paidWith(once, '2')
    expect(twice.payment).toMatchObject({ state: 'processing', failure: null })
    expect(twice.operations).toHaveLength(2)
  })

  it.each([
    ['of a payment made server to server', waiting({ paymentType: 'token' }), null],
    ['while another is sent', paidWith(waiting(), '1'), null],
    ['where the page showed another amount', waiting(), 1],
    ['once the payment is over', { payment: aPayment('captured', { paymentType: 'single' }), operations: [] }, null],
  ])('is not taken %s', (_what, record, amountMinor) => {
    const context = testContext()
    const held = heldFor('9', context.nowMs)
    expect(decidePay(record, { amountMinor }, { card, held }, send, context)).toMatchObject({
      ok: false,
      refusal: { refusal: 'invalid_state', action: 'pay' },
    })
  })

  it('is not taken after the deadline, nor after too many others', () => {
    const late = testContext(waiting().payment.createdAtMs + dayMs)
    const held = heldFor('9', late.nowMs)
    expect(decidePay(waiting(), { amountMinor: null }, { card, held }, send, late).ok).toBe(false)
    let record = waiting()
    for (let tries = 0; tries < triesMax; tries += 1) {
      record = declined(paidWith(record, String(tries)), String(tries))
    }
    expect(() => paidWith(record, 'one-more')).toThrow('Too many cards')
  })
})

describe('a shopper who is to authenticate', () => {
  const context = testContext()
  const plan = { kind: 'authenticate', challengeMandated: false, required: false, session } as const
  const begun = () => {
    const record = waiting()
    const held = heldFor('1', context.nowMs)
    const decided = decidePay(record, { amountMinor: record.payment.amountMinor }, { card, held }, plan, context)
    if (!decided.ok) throw new Error(JSON.stringify(decided.refusal))
    return recordAfter(record, decided.value.decision)
  }

  it('is sent on, and nothing is sent to the acquirer', () => {
    const { payment, operations, authentication } = begun()
    expect(payment).toMatchObject({ state: 'requires_action', held: { attemptId: 'att_1' } })
    expect([operations, authentication?.state]).toEqual([[], 'created'])
  })

  it('and does not come in time may try again, and the card is let go', () => {
    const record = begun()
    const late = testContext(context.nowMs + 16 * 60_000)
    const decided = decideExpiry(record, late)
    expect(decided?.decision.payment).toMatchObject({
      ...{ state: 'created', held: null, failure: { code: 'authentication_abandoned' } },
      dueAtMs: record.payment.createdAtMs + dayMs,
    })
    expect(decided?.decision.events).toEqual([])
    expect(decided?.decision.authentications).toMatchObject([{ state: 'abandoned' }])
  })

  it('and does not come until the payment’s own deadline has failed', () => {
    const tooLate = testContext(context.nowMs + dayMs)
    expect(decideExpiry(begun(), tooLate)?.decision.payment).toMatchObject({ state: 'failed' })
  })

  it('with another card has nothing of the first one’s authentication', () => {
    const late = testContext(context.nowMs + 16 * 60_000)
    const record = begun()
    const reopened = recordAfter(record, decideExpiry(record, late)?.decision as never)
    const { payment, operations } = paidWith(reopened, '2', late)
    expect(payment.authentication).toBeNull()
    expect(operations).toMatchObject([{ authentication: null }])
  })
})
