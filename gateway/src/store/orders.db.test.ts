import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type CustomerId, type MerchantId, type OperationId, type PaymentId, trustedId } from '../core/ids.ts'
import { captureLines } from '../core/ledger.ts'
import type { AmountMinor } from '../core/money/amount.ts'
import { decideExpiry, decideRefund, decideVoid } from '../core/payments/commands.ts'
import { decideConfirm, decideUpdate } from '../core/payments/commands-before-sending.ts'
import { type Decision, type DecisionContext, Draft, recordAfter } from '../core/payments/decision.ts'
import { createdEvent } from '../core/payments/new-payment.ts'
import { newOperation } from '../core/payments/operation.ts'
import { applyOutcome } from '../core/payments/outcome.ts'
import type { Payment, PaymentRecord } from '../core/payments/payment.ts'
import { firstEntries } from '../core/payments/stage.ts'
import type { PaymentCommit, Scope } from '../core/ports/payment-store.ts'
import type { Result } from '../core/refusals.ts'
import { aHeldCard, anOrder, waitsForConfirmation } from '../core/testing/orders.ts'
import { aPayment, aRecord } from '../core/testing/payments.ts'
import { type Database, openDatabase } from './database.ts'
import { paymentEventOf } from './event-rows.ts'
import { createPaymentStore } from './payment-store.ts'
import { createWorkStore } from './work.ts'

const ids = createIds(systemClock, secureRandom)
const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const context = (nowMs = systemClock.now()): DecisionContext => ({
  nowMs,
  newId: (prefix) => `${prefix}_${ids.timeOrdered()}`,
})

let test: TestDatabase
let database: Database
let store: ReturnType<typeof createPaymentStore>

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'orders' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  store = createPaymentStore({ ...database, clock: systemClock, timers: realTimers, random: secureRandom })
})
afterAll(async () => {
  await store.drain()
  await database.close()
  await test.drop()
})

const newAttemptId = () => trustedId<OperationId>(`att_${ids.timeOrdered()}`)
const newPaymentId = () => trustedId<PaymentId>(ids.timeOrdered())

/** A payment as it was recorded, with its attempt where its state has one. */
async function recorded(state: Payment['state'], changes: Partial<Payment> = {}): Promise<PaymentRecord> {
  const payment = aPayment(state, { paymentId: newPaymentId(), createdAtMs: systemClock.now(), ...changes })
  payment.timeline = firstEntries(payment, payment.createdAtMs)
  const record = aRecord(payment, context())
  const [operation = null] = record.operations
  await store.create({ payment, operation, events: [createdEvent(payment, context())], claim: null, answer: null })
  return record
}
const waiting = (changes: Partial<Payment> = {}) =>
  recorded('requires_confirmation', {
    ...waitsForConfirmation(),
    held: aHeldCard({ attemptId: newAttemptId() }),
    dueAtMs: systemClock.now() + 60_000,
    ...changes,
  })

const commitOf = (decision: Decision): PaymentCommit => ({ decision, claim: null, answer: null })
function decisionIn(decided: Result<{ decision: Decision }> | { decision: Decision } | null): Decision {
  if (decided === null || ('ok' in decided && !decided.ok)) throw new Error('must be decidable')
  return 'ok' in decided ? decided.value.decision : decided.decision
}
const found = async ({ payment }: PaymentRecord) => (await store.find(payment, payment.paymentId)) as PaymentRecord
const kinds = (outcomes: { kind: string }[]) => outcomes.map(({ kind }) => kind)

const everything: Partial<Payment> = {
  ...waitsForConfirmation(),
  held: aHeldCard({ saves: { cardId: trustedId('card_1'), fingerprintId: trustedId('fp_1') }, transactionId: 'ntx_1' }),
  failureUrl: 'https://shop.example/failed',
  checkout: {
    customization: { bgColor: '#fff', fontColor: null, logoUrl: null, merchantName: 'Tea & Co' },
    cancelUrl: 'https://shop.example/cart',
    linkId: 'lnk_1',
  },
  metadata: { a: 1 },
}

describe('a payment with an order', () => {
  it('is given back as it was written, to the last field, and so is what its event tells', async () => {
    const record = await recorded('requires_confirmation', everything)
    expect(await found(record)).toEqual(record)
    const { rows } = await database.cold.query('select to_json(e) as event from events e where payment_id = $1', [
      record.payment.paymentId,
    ])
    expect(rows.map((row) => paymentEventOf(row.event).snapshot.payment)).toEqual([record.payment])
  })

  it('without any of it takes no place in the event, and is read there as it is', async () => {
    const record = await recorded('processing')
    const { rows } = await database.cold.query('select to_json(e) as event from events e where payment_id = $1', [
      record.payment.paymentId,
    ])
    const stored = rows[0].event.snapshot.payment
    for (const name of ['order', 'confirmation', 'held', 'failureUrl', 'checkout', 'dispute']) {
      expect(stored).not.toHaveProperty(name)
    }
    expect(paymentEventOf(rows[0].event).snapshot.payment).toEqual(record.payment)
  })

  it('keeps what is settled, paid out, disputed and refunded of it', async () => {
    const order = anOrder()
    const amountMinor = 11_900 as AmountMinor
    const amounts = { ...aPayment('captured').amounts, authorizedMinor: 11_900, capturedMinor: 11_900 }
    const record = await recorded('captured', { order, amountMinor, amounts })
    const [attempt] = record.operations
    if (attempt === undefined) throw new Error('captured without an attempt')
    const draft = new Draft(record.payment, context())
    Object.assign(draft.payment.amounts, { settledMinor: 11_900, paidOutMinor: 11_900, disputedMinor: 900 })
    draft.payment.dispute = {
      disputeId: 'dis_1',
      amountMinor: 900,
      reason: 'fraudulent',
      state: 'lost',
      openedAtMs: 1,
      closedAtMs: 2,
    }
    draft.put({ ...attempt, settledAtMs: 11, paidOutAtMs: 12 })
    draft.put({ ...newOperation(draft.payment, 'refund', 1_190, context(), { taxMinor: 190 }), state: 'approved' })
    for (const occasion of ['operation', 'settled', 'paid_out'] as const) {
      draft.post(attempt.operationId, captureLines(11_900, record.payment.currency), occasion)
    }
    draft.tell('payment.settled')
    draft.tell('payment.chargeback')
    const decision = draft.decision()
    expect(await store.commit(commitOf(decision))).toEqual({ kind: 'committed' })
    expect(await found(record)).toEqual(recordAfter(record, decision))
    const lines = await database.cold.query('select line from ledger_entries where payment_id = $1 order by line', [
      record.payment.paymentId,
    ])
    expect(lines.rows.map(({ line }) => line)).toEqual([0, 1, 10, 11, 20, 21])
  })

  it('cannot be disputed or paid out beyond what it holds, whoever decides', async () => {
    const record = await recorded('captured')
    for (const column of ['disputed_minor', 'settled_minor', 'paid_out_minor']) {
      const excess = database.cold.query(`update payments set ${column} = 10001 where payment_id = $1`, [
        record.payment.paymentId,
      ])
      await expect(excess).rejects.toThrow('violates check constraint')
    }
  })
})

describe('a batch', () => {
  it('of new payments of all kinds writes each as it is', async () => {
    const records = await Promise.all([
      recorded('processing'),
      recorded('requires_confirmation', { ...everything, held: aHeldCard({ attemptId: newAttemptId() }) }),
      recorded('processing', { failureUrl: 'https://shop.example/failed' }),
      recorded('created', { order: anOrder({ buyer: null, tax: null }) }),
      recorded('processing'),
    ])
    expect(await Promise.all(records.map(found))).toEqual(records)
  })

  it('of all kinds of decisions changes in each payment what its own decision changes', async () => {
    const [updated, confirmed, refunded, gone] = await Promise.all([
      waiting({ metadata: { a: 1 }, name: 'Ann' }),
      waiting({ metadata: { b: 1 }, name: 'Bea' }),
      recorded('captured', { metadata: { c: 1 }, name: 'Cem', order: anOrder() }),
      recorded('captured', { metadata: { d: 1 }, name: 'Dan' }),
    ])
    const terms = {
      currency: updated.payment.currency,
      amountMinor: 5_000 as AmountMinor,
      order: anOrder({ netMinor: 4_202, taxMinor: 798 }),
    }
    const update = decisionIn(decideUpdate(updated, { terms, metadata: null, name: 'Eve' }, context()))
    const confirm = decisionIn(decideConfirm(confirmed, context()))
    const refund = decisionIn(decideRefund(refunded, { amountMinor: 100, reason: null }, context()))
    const stale = decisionIn(decideRefund(gone, { amountMinor: 100, reason: null }, context()))
    stale.expectedVersion -= 1
    // All four wait for one batch, behind a write that is on its way.
    const before = store.commit(commitOf(decisionIn(decideVoid(await waiting(), { reason: null }, context()))))
    const outcomes = await Promise.all([update, confirm, refund, stale].map((each) => store.commit(commitOf(each))))
    await before
    expect(kinds(outcomes)).toEqual(['committed', 'committed', 'committed', 'stale'])
    expect(await found(updated)).toEqual(recordAfter(updated, update))
    expect(await found(confirmed)).toEqual(recordAfter(confirmed, confirm))
    expect(await found(refunded)).toEqual(recordAfter(refunded, refund))
    expect(await found(gone)).toEqual(gone)
    expect((await found(updated)).payment).toMatchObject({ metadata: null, name: 'Eve', amountMinor: 5_000 })
    expect((await found(refunded)).payment).toMatchObject({ metadata: { c: 1 }, name: 'Cem', order: anOrder() })
  })

  it('lets one of two decisions on a waiting payment win, whichever they are', async () => {
    const later = systemClock.now() + 120_000
    const decisions = {
      confirm: (record: PaymentRecord) => decideConfirm(record, context()),
      'another confirm': (record: PaymentRecord) => decideConfirm(record, context()),
      expire: (record: PaymentRecord) => decideExpiry(record, context(later)),
      void: (record: PaymentRecord) => decideVoid(record, { reason: null }, context()),
      update: (record: PaymentRecord) => decideUpdate(record, { terms: null, name: 'Eve' }, context()),
    }
    const names = Object.keys(decisions) as (keyof typeof decisions)[]
    for (const first of names) {
      for (const second of names.filter((name) => name !== first)) {
        const record = await waiting()
        const [winner, loser] = [decisionIn(decisions[first](record)), decisionIn(decisions[second](record))]
        const outcomes = await Promise.all([store.commit(commitOf(winner)), store.commit(commitOf(loser))])
        expect([first, second, ...kinds(outcomes)]).toEqual([first, second, 'committed', 'stale'])
        expect(await found(record)).toEqual(recordAfter(record, winner))
      }
    }
  })
})

describe('a claim of the vault that was not sent', () => {
  const ask = (attempts: Record<string, string>, merchantId: string = scope.merchantId) =>
    createWorkStore(database.background)
      .findClaimsToRelease(Object.values(attempts).map((attemptId) => ({ merchantId, attemptId })))
      .then((found) => new Map(found.map(({ attemptId, reason }) => [attemptId, reason])))
  const attemptOf = ({ operations }: PaymentRecord): string => operations[0]?.operationId ?? ''

  it('is given back only where no attempt and no held card knows it', async () => {
    const held = await waiting()
    const attempts = {
      held: held.payment.held?.attemptId ?? '',
      sent: attemptOf(await recorded('processing')),
      nobodys: newAttemptId(),
    }
    expect(await ask(attempts)).toEqual(new Map([[attempts.nobodys, 'unused']]))
    await store.commit(commitOf(decisionIn(decideConfirm(held, context()))))
    expect(await ask(attempts)).toEqual(new Map([[attempts.nobodys, 'unused']]))
    expect(await ask({ held: attempts.held }, 'mer_2')).toEqual(new Map([[attempts.held, 'unused']]))
  })

  it('is ended once its attempt has ended, and nothing goes on with its card', async () => {
    const record = await recorded('processing')
    const attempts = { ended: attemptOf(record) }
    expect(await ask(attempts)).toEqual(new Map())
    const outcome = { kind: 'not_processed' } as const
    const decision = applyOutcome(record, record.operations[0]?.operationId as OperationId, outcome, context())
    await store.commit(commitOf(decision as Decision))
    expect(await ask(attempts)).toEqual(new Map([[attempts.ended, 'ended']]))
    for (const state of ['processing', 'requires_action']) {
      await database.cold.query('update payments set state = $2 where payment_id = $1', [
        record.payment.paymentId,
        state,
      ])
      expect(await ask(attempts)).toEqual(new Map())
    }
  })
})

describe('a payment of before there were orders', () => {
  it('is read with the timeline and the public numbers that it would have', async () => {
    const record = await recorded('captured', {
      lastSequence: 3,
      lastPublicSequence: 3,
      updatedAtMs: 1_900_000_000_000,
    })
    const { paymentId } = record.payment
    await database.cold.query(
      'update payments set timeline = null, last_public_sequence = null where payment_id = $1',
      [paymentId],
    )
    const { payment } = await found(record)
    expect(payment).toMatchObject({ lastPublicSequence: 3, order: null, confirmation: 'automatic' })
    expect(payment.timeline).toEqual([
      { stage: 'created', atMs: record.payment.createdAtMs },
      { stage: 'captured', atMs: 1_900_000_000_000 },
    ])
  })

  it('has events whose public number is their number, `payment.created` left out', () => {
    const { order: _, timeline: __, lastPublicSequence: ___, ...payment } = aPayment('captured', { lastSequence: 2 })
    const row = { sequence: 2, snapshot: { payment, operation: null, failure: null } }
    expect(paymentEventOf({ ...row, type: 'payment.succeeded' })).toMatchObject({
      publicSequence: 2,
      snapshot: { payment: { lastPublicSequence: 2, order: null, timeline: [], amounts: { settledMinor: 0 } } },
    })
    expect(paymentEventOf({ ...row, type: 'payment.created' }).publicSequence).toBeNull()
  })
})

describe('payments are found', () => {
  it('by the attempt or the capture that an acquirer speaks of, in their own scope', async () => {
    const record = await recorded('captured')
    const capture = newOperation(record.payment, 'capture', 100, context())
    const refund = newOperation(record.payment, 'refund', 100, context())
    const draft = new Draft(record.payment, context())
    draft.put(capture)
    draft.put(refund)
    await store.commit(commitOf(draft.decision()))
    const now = await found(record)
    expect(await store.findByOperation(scope, record.operations[0]?.operationId as OperationId)).toEqual(now)
    expect(await store.findByOperation(scope, capture.operationId)).toEqual(now)
    expect(await store.findByOperation(scope, refund.operationId)).toBeUndefined()
    expect(await store.findByOperation({ ...scope, mode: 'live' }, capture.operationId)).toBeUndefined()
    expect(
      await store.findByOperation({ ...scope, merchantId: trustedId('mer_2') }, capture.operationId),
    ).toBeUndefined()
  })

  it('page by page, newest first, with their operations and their number', async () => {
    const merchantId = trustedId<MerchantId>('mer_pages')
    const made: PaymentRecord[] = []
    for (let index = 0; index < 5; index += 1) made.push(await recorded('captured', { merchantId }))
    await recorded('captured', { merchantId, mode: 'live' })
    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => store.listPage({ merchantId, mode: 'test' }, { page, limit: 2 })),
    )
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5])
    expect(pages.map(({ records }) => records)).toEqual([[made[4], made[3]], [made[2], made[1]], [made[0]], []])
  })
})

describe('the latest saved card of a customer', () => {
  it('is the one saved last that is not blocked, and of this merchant and mode', async () => {
    const customerId = trustedId<CustomerId>('cus_latest')
    const save = async (suffix: string, savedAtMs: number, owner: Scope = scope) => {
      await database.cold.query(
        `insert into payment_methods (merchant_id, payment_method_id, mode, customer_id, card_id, fingerprint_id, connector_id,
           card, status, saved_at, created_at, updated_at)
         values ($1, $2, $3, $4, $2, $2, 'conn_1', '{}', 'active', $5, $5, $5)`,
        [owner.merchantId, `pmi_${suffix}`, owner.mode, customerId, savedAtMs],
      )
    }
    const latest = async () => (await store.findLatestPaymentMethod(scope, customerId))?.paymentMethodId
    expect(await latest()).toBeUndefined()
    await save('first', 100)
    await save('last', 300)
    await save('between', 200)
    await save('live', 400, { ...scope, mode: 'live' })
    await save('foreign', 400, { ...scope, merchantId: trustedId('mer_2') })
    expect(await latest()).toBe('pmi_last')
    await store.setPaymentMethodStatus(scope, trustedId('pmi_last'), {
      status: 'blocked',
      blockedReason: 'lost',
      nowMs: 500,
    })
    expect(await latest()).toBe('pmi_between')
  })
})
