import { describe, expect, it } from 'vitest'
import { type OperationId, trustedId } from '../ids.ts'
import { approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideVoid } from './commands.ts'
import { recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { newOperation } from './operation.ts'
import type { OperationOutcome } from './outcome.ts'
import type { Operation, Payment, PaymentRecord } from './payment.ts'
import { decisionContext, releaseDroppedCard, reread, settle } from './settlement.ts'

const context = testContext()
const declined: OperationOutcome = { kind: 'declined', failure: failureOf('lost_card', '41') }

function underWay(changes: Partial<Operation> = {}, payment: Partial<Payment> = {}) {
  const engine = memoryEngine()
  const begun = aRecord(aPayment('processing', { captureMethod: 'automatic', ...payment }), context)
  const attempt: Operation = { ...(begun.operations[0] as Operation), ...changes }
  const record: PaymentRecord = { ...begun, operations: [attempt] }
  engine.store.put(record)
  return { ...engine, record, attempt }
}
const scope = { merchantId: 'mer_1', mode: 'test' }

describe('an outcome is recorded', () => {
  it('with the answer of its request, and the card is let go of with what it showed', async () => {
    const { parts, store, record, attempt, released, activated } = underWay()
    store.keys.set('k', { fingerprint: 'f', paymentId: record.payment.paymentId, operationId: null, answer: null })
    const render = ({ payment }: PaymentRecord, { state }: Operation) => ({
      status: 201,
      body: `${payment.state} ${state}`,
    })
    const after = await settle(parts, record, attempt, approvedNow, { key: 'k', render })
    expect(after).toEqual(store.records.get(record.payment.paymentId))
    expect(after.payment.state).toBe('captured')
    expect(store.keys.get('k')?.answer).toEqual({ status: 201, body: 'captured approved' })
    expect(released).toEqual([{ ...scope, attemptId: attempt.operationId, reason: 'ended', verdict: 'approved' }])
    expect(activated).toEqual([])
  })

  it('without one where nobody is to be answered', async () => {
    const { parts, store, record, attempt } = underWay()
    await settle(parts, record, attempt, approvedNow)
    expect(store.commits[0]).toMatchObject({ claim: null, answer: null })
  })

  it('once: whoever loses the race answers what is stored', async () => {
    const { parts, store, record, attempt, pausesMs, released } = underWay()
    await settle(parts, record, attempt, approvedNow)
    const late = await settle(parts, record, attempt, declined)
    expect(late).toEqual(store.records.get(record.payment.paymentId))
    expect(late.payment.state).toBe('captured')
    expect([store.commits.length, pausesMs.length, released.length]).toEqual([1, 1, 1])
  })

  it('on the payment as it stands by then', async () => {
    const { parts, store, record, attempt, sent } = underWay()
    const voided = decideVoid(record, { reason: null }, context)
    if (!voided.ok) throw new Error('refused')
    store.put(recordAfter(record, voided.value.decision))
    const after = await settle(parts, record, attempt, approvedNow)
    expect(after.payment).toMatchObject({ state: 'canceled', amounts: { reversingMinor: 10_000, capturedMinor: 0 } })
    expect(sent).toEqual([])
  })
})

describe('the card of an attempt', () => {
  it.each<[string, OperationOutcome, Partial<Operation>, unknown[]]>([
    [
      'is let go of with what a decline tells of it',
      declined,
      {},
      [{ ...scope, attemptId: 'att_1', reason: 'ended', verdict: 'probed' }],
    ],
    [
      'is let go of without a word where nothing was learnt of it',
      { kind: 'not_processed' },
      {},
      [{ ...scope, attemptId: 'att_1', reason: 'ended' }],
    ],
    [
      'is let go of under the attempt that it was held for',
      approvedNow,
      { holdId: trustedId<OperationId>('att_0') },
      [{ ...scope, attemptId: 'att_0', reason: 'ended', verdict: 'approved' }],
    ],
    ['is kept while the outcome is in doubt', { kind: 'unknown', fenced: true }, {}, []],
  ])('%s', async (_what, outcome, changes, expected) => {
    const { parts, record, attempt, released } = underWay({ operationId: trustedId<OperationId>('att_1'), ...changes })
    await settle(parts, record, attempt, outcome)
    expect(released).toEqual(expected)
  })

  it('is kept while its shopper authenticates for a second try', async () => {
    const { parts, record, attempt, released } = underWay()
    const newSession = () => ({ authenticationId: 'a', sessionId: 's', sessionDigest: 'd', lifetimeMs: 1 })
    const asking = { ...parts, threeDSecure: { newSession } as never }
    const after = await settle(asking, record, attempt, {
      kind: 'declined',
      failure: failureOf('authentication_required'),
    })
    expect(after.payment.state).toBe('requires_action')
    expect(released).toEqual([])
  })

  const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
  it('that is saved is activated once it was charged, and only then', async () => {
    const charged = underWay({ saves })
    await settle(charged.parts, charged.record, charged.attempt, approvedNow)
    expect(charged.activated).toEqual([{ ...scope, cardId: 'card_1' }])
    const refused = underWay({ saves })
    await settle(refused.parts, refused.record, refused.attempt, declined)
    expect(refused.activated).toEqual([])
  })

  it('that cannot be activated now is left to the worker: the payment is what it is', async () => {
    const { parts, record, attempt, script, logged } = underWay({ saves })
    script.activateCard = () => Promise.reject(new Error('away'))
    expect((await settle(parts, record, attempt, approvedNow)).payment.state).toBe('captured')
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('left to the worker')
  })
})

it('a capture says nothing of the card', async () => {
  const { parts, store, released, activated } = memoryEngine()
  const begun = aRecord(aPayment('authorized'), context)
  const capture = newOperation(begun.payment, 'capture', 10_000, context)
  const amounts = { ...begun.payment.amounts, capturingMinor: 10_000 }
  const record = { payment: { ...begun.payment, amounts }, operations: [...begun.operations, capture] }
  store.put(record)
  expect((await settle(parts, record, capture, approvedNow)).payment.state).toBe('captured')
  expect([released, activated]).toEqual([[], []])
})

it('a reversal that the acquirer refuses is told to a person, one that it made is not', async () => {
  for (const [outcome, lines] of [
    [declined, 1],
    [approvedNow, 0],
  ] as const) {
    const { parts, store, logged } = memoryEngine()
    const begun = aRecord(aPayment('authorized'), context)
    const voided = decideVoid(begun, { reason: null }, context)
    if (!voided.ok) throw new Error('refused')
    const record = recordAfter(begun, voided.value.decision)
    store.put(record)
    await settle(parts, record, voided.value.operation as Operation, outcome)
    expect(logged.filter((line) => line.includes('"error"'))).toHaveLength(lines)
  }
})

describe('a card that was held for an attempt which will never be made', () => {
  const held = aHeldCard()
  const waiting = aPayment('requires_confirmation', { held })
  const attempt = (changes: Partial<Operation>) => ({ ...newOperation(waiting, 'authorize', 1, context), ...changes })
  it.each<[string, Payment['held'], Payment['held'], Operation[], boolean]>([
    ['is let go of', held, null, [], true],
    ['is kept while it is held still', held, held, [], false],
    ['is kept by the attempt itself', held, null, [attempt({ operationId: held.attemptId })], false],
    ['is kept by the attempt that uses its hold', held, null, [attempt({ holdId: held.attemptId })], false],
    ['is let go of whatever other attempt there is', held, null, [attempt({})], true],
    ['is none where none was held', null, null, [], false],
  ])('%s', (_what, before, after, operations, isReleased) => {
    const { parts, released } = memoryEngine()
    const record = { payment: { ...waiting, held: before }, operations: [] }
    const decision = { payment: { ...waiting, held: after }, operations }
    releaseDroppedCard(parts, record, decision as unknown as Parameters<typeof releaseDroppedCard>[2])
    expect(released).toEqual(isReleased ? [{ ...scope, attemptId: 'att_held', reason: 'ended' }] : [])
  })
})

it('a payment that is gone is a bug', async () => {
  const { parts, record } = underWay()
  const elsewhere = { merchantId: trustedId<never>('mer_2'), mode: 'test' as const }
  await expect(reread(parts.store, elsewhere, record)).rejects.toThrow('is gone')
})

it('decisions know the time, and sessions only where there is 3-D Secure', () => {
  const { parts, clock } = memoryEngine()
  const made = decisionContext(parts)
  expect(made.nowMs).toBe(clock.now())
  expect(made.newId('cap')).toMatch(/^cap_[0-9a-z]{26}$/)
  expect(made.newSession?.('test')).toBeNull()
})
