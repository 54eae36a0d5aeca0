import { describe, expect, it } from 'vitest'
import type { IdempotencyRecord, Scope } from '../ports/payment-store.ts'
import { aKeyedRequest, memoryEngine } from '../testing/memory-engine.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import type { Operation } from './payment.ts'
import { replay } from './replay.ts'

const scope = { merchantId: 'mer_1', mode: 'test' } as Scope
const claim = { key: 'k', fingerprint: 'f' }
const stored = { status: 201, body: 'first' }

function firstRequest(changes: Partial<IdempotencyRecord> = {}) {
  const engine = memoryEngine()
  const record = aRecord(aPayment('processing'), testContext())
  const attempt = record.operations[0] as Operation
  engine.store.put(record)
  const { paymentId } = record.payment
  const first: IdempotencyRecord = {
    fingerprint: 'f',
    paymentId,
    operationId: attempt.operationId,
    answer: null,
    ...changes,
  }
  engine.store.keys.set('k', first)
  const again = () => replay(engine.parts, scope, claim, first, aKeyedRequest('k').answer)
  const becomes = (change: Partial<Operation>) =>
    engine.store.put({ ...record, operations: [{ ...attempt, ...change }] })
  return { ...engine, first, record, again, becomes }
}
const replayed = (answer: unknown) => ({ ok: true, value: { answer, replayed: true, acquirerMs: 0 } })

describe('a repeated request', () => {
  it('gets the first answer as it was stored', async () => {
    const { again, pausesMs } = firstRequest({ answer: stored })
    expect(await again()).toEqual(replayed(stored))
    expect(pausesMs).toEqual([])
  })

  it('of another body is refused, and so is one under the key of something that is no payment', async () => {
    const mismatch = { ok: false, refusal: { refusal: 'idempotency_key_mismatch' } }
    expect(await firstRequest({ fingerprint: 'other', answer: stored }).again()).toEqual(mismatch)
    expect(await firstRequest({ paymentId: null, answer: stored }).again()).toEqual(mismatch)
  })

  it('waits while the first is on its way, and gets its answer', async () => {
    const { again, store, clock, pausesMs, first } = firstRequest()
    const startMs = clock.monotonicMs()
    const find = store.find.bind(store)
    store.find = async (...asked) => {
      if (clock.monotonicMs() > startMs + 100) store.keys.set('k', { ...first, answer: stored })
      return find(...asked)
    }
    expect(await again()).toEqual(replayed(stored))
    expect(pausesMs.length).toBeGreaterThan(1)
  })

  it('is told to come back where the first takes too long', async () => {
    expect(await firstRequest().again()).toEqual({ ok: false, refusal: { refusal: 'idempotency_key_in_use' } })
  })

  it.each([
    ['unknown', 'processing authorize unknown'],
    ['declined', 'processing authorize declined'],
  ] as const)('of a first that did not live to answer gets the payment as it stands: %s', async (state, body) => {
    const { again, becomes, pausesMs } = firstRequest()
    becomes({ state })
    expect(await again()).toEqual(replayed({ status: 200, body }))
    expect(pausesMs).toEqual([])
  })

  it('of a first without an operation gets the payment alone', async () => {
    expect(await firstRequest({ operationId: null }).again()).toEqual(replayed({ status: 200, body: 'processing' }))
  })

  it('gets the answer that was stored in the very moment of looking', async () => {
    const { again, store, first, becomes } = firstRequest()
    becomes({ state: 'approved' })
    const find = store.find.bind(store)
    store.find = async (...asked) => {
      store.keys.set('k', { ...first, answer: stored })
      return find(...asked)
    }
    expect(await again()).toEqual(replayed(stored))
  })

  it('of a payment that is gone is a bug', async () => {
    const { again, store } = firstRequest()
    store.records.clear()
    await expect(again()).rejects.toThrow('does not exist')
  })
})
