import { describe, expect, it } from 'vitest'
import type { Payment } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'
import { approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { waitsForConfirmation } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { expirePayment } from './expire-payment.ts'

const { nowMs } = testContext()

function due(state: PaymentState, changes: Partial<Payment> = {}) {
  const engine = memoryEngine()
  engine.script.outcome = { ...approvedNow, captured: false }
  const record = aRecord(aPayment(state, { dueAtMs: nowMs, ...changes }), testContext())
  engine.store.put(record)
  const now = () => engine.store.records.get(record.payment.paymentId)
  return { ...engine, record, now }
}

describe('a payment past its deadline', () => {
  it('that holds money gives it back at once', async () => {
    const { parts, record, now, sent } = due('authorized')
    await expirePayment(parts, record)
    expect(sent.map(({ operation }) => operation.kind)).toEqual(['reversal'])
    expect(now()?.payment).toMatchObject({ state: 'expired', amounts: { reversedMinor: 10_000, reversingMinor: 0 } })
  })

  it('that holds a card lets go of it, and asks no acquirer', async () => {
    const { parts, record, now, sent, released } = due('requires_confirmation', {
      ...waitsForConfirmation(),
      dueAtMs: nowMs,
    })
    await expirePayment(parts, record)
    expect(now()?.payment).toMatchObject({ state: 'expired', held: null })
    expect(sent).toEqual([])
    expect(released).toMatchObject([{ attemptId: 'att_held', reason: 'ended' }])
  })

  it('is left alone where it is not due after all', async () => {
    const { parts, record, store } = due('authorized', { dueAtMs: nowMs + 1 })
    await expirePayment(parts, record)
    expect(store.commits).toEqual([])
  })

  it('of which another decision came first is left to the next round', async () => {
    const { parts, record, store, sent, released, now } = due('requires_confirmation', {
      ...waitsForConfirmation(),
      dueAtMs: nowMs,
    })
    store.touch(record.payment.paymentId)
    await expirePayment(parts, record)
    expect(now()?.payment.state).toBe('requires_confirmation')
    expect([sent, released]).toEqual([[], []])
  })
})
