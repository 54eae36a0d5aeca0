import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type PaymentId, trustedId } from '../core/ids.ts'
import { decideCapture, decideRefund } from '../core/payments/commands.ts'
import { type DecisionContext, recordAfter } from '../core/payments/decision.ts'
import { createdEvent } from '../core/payments/new-payment.ts'
import { newOperation } from '../core/payments/operation.ts'
import { applyOutcome } from '../core/payments/outcome.ts'
import type { Operation, Payment, PaymentRecord } from '../core/payments/payment.ts'
import type { IdempotencyClaim, PaymentCommit, Scope } from '../core/ports/payment-store.ts'
import { aPayment } from '../core/testing/payments.ts'
import { type Database, openDatabase } from './database.ts'
import { createPaymentStore } from './payment-store.ts'

const ids = createIds(systemClock, secureRandom)
const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const context = (): DecisionContext => ({
  nowMs: systemClock.now(),
  newId: (prefix) => `${prefix}_${ids.timeOrdered()}`,
})

let test: TestDatabase
let database: Database
let store: ReturnType<typeof createPaymentStore>

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'payment-store' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  store = createPaymentStore({ ...database, clock: systemClock, timers: realTimers, random: secureRandom })
})
afterAll(async () => {
  await store.drain()
  await database.close()
  await test.drop()
})

function aNewPayment(changes: Partial<Payment> = {}) {
  const payment = aPayment('processing', {
    paymentId: trustedId<PaymentId>(ids.timeOrdered()),
    version: 1,
    createdAtMs: systemClock.now(),
    ...changes,
  })
  const operation = newOperation(payment, 'authorize', payment.amountMinor, context(), {
    final: payment.captureMethod === 'automatic',
  })
  return { payment, operation, events: [createdEvent(payment, context())], claim: null, answer: null }
}

const approval = {
  kind: 'approved' as const,
  acquirerReference: 'auth_1',
  captured: true,
  networkTransactionId: null,
  captureBeforeMs: null,
}

function settled(record: PaymentRecord, operation: Operation): PaymentCommit {
  const decision = applyOutcome(record, operation.operationId, approval, context())
  if (decision === null) throw new Error('nothing to decide')
  return { decision, claim: null, answer: null }
}

async function aCapturedPayment(): Promise<PaymentRecord> {
  const row = aNewPayment({ captureMethod: 'automatic' })
  await store.create(row)
  const record = { payment: row.payment, operations: [row.operation] }
  const commit = settled(record, row.operation)
  await store.commit(commit)
  return recordAfter(record, commit.decision)
}

const count = async (sql: string, values: unknown[] = []) =>
  Number((await database.cold.query(`select count(*) from ${sql}`, values)).rows[0].count)

describe('the payment store', () => {
  it('gives back what was written, to the last field', async () => {
    const row = aNewPayment({
      externalId: 'order-1',
      metadata: { a: 1, b: 'x', c: null, d: true },
      customerId: trustedId('cus'),
      name: 'Ann O’Hara',
      email: 'ann@example.com',
      tel: '+1 555',
      productName: 'Tea',
      returnUrl: 'https://shop.example/back',
      dueAtMs: 5,
    })
    await store.create(row)
    const found = await store.find(scope, row.payment.paymentId)
    expect(found).toEqual({ payment: row.payment, operations: [row.operation] })
  })

  it('shows nothing of it to another merchant or mode', async () => {
    const row = aNewPayment()
    await store.create(row)
    expect(await store.find({ ...scope, mode: 'live' }, row.payment.paymentId)).toBeUndefined()
    expect(await store.find({ ...scope, merchantId: trustedId('mer_2') }, row.payment.paymentId)).toBeUndefined()
  })

  it('writes one payment for a hundred creates with one key at once, and tells all others whose it is', async () => {
    const claim: IdempotencyClaim = { key: 'hundred', fingerprint: 'f' }
    const rows = Array.from({ length: 100 }, () => ({ ...aNewPayment(), claim }))
    const outcomes = await Promise.all(rows.map((row) => store.create(row)))
    const created = outcomes.filter((outcome) => outcome.kind === 'created')
    expect(created).toHaveLength(1)
    const winner = rows[outcomes.findIndex((outcome) => outcome.kind === 'created')]
    for (const outcome of outcomes) {
      if (outcome.kind === 'key_taken') expect(outcome.record.paymentId).toBe(winner?.payment.paymentId)
    }
    expect(await count('payments where payment_id = any($1)', [rows.map((row) => row.payment.paymentId)])).toBe(1)
    expect(await count('operations where payment_id = any($1)', [rows.map((row) => row.payment.paymentId)])).toBe(1)
    expect(await count('events where payment_id = any($1)', [rows.map((row) => row.payment.paymentId)])).toBe(1)
  })

  it('commits the outcome, the ledger, the event and the answer together', async () => {
    const claim: IdempotencyClaim = { key: 'together', fingerprint: 'f' }
    const row = { ...aNewPayment({ captureMethod: 'automatic' }), claim }
    await store.create(row)
    const commit = settled({ payment: row.payment, operations: [row.operation] }, row.operation)
    const answer = { key: claim.key, status: 201, body: '{"id":"req_1"}' }
    expect(await store.commit({ ...commit, answer })).toEqual({ kind: 'committed' })
    expect((await store.find(scope, row.payment.paymentId))?.payment).toEqual(commit.decision.payment)
    expect((await store.findKey(scope, claim.key))?.answer).toEqual({ status: 201, body: '{"id":"req_1"}' })
    expect(await count('events where payment_id = $1', [row.payment.paymentId])).toBe(2)
    const ledger = await database.cold.query(
      'select sum(amount_minor) as sum, count(*) from ledger_entries where payment_id = $1',
      [row.payment.paymentId],
    )
    expect(ledger.rows[0]).toEqual({ sum: '0', count: '2' })
  })

  it('refuses a decision whole when the payment has moved on', async () => {
    const row = aNewPayment({ captureMethod: 'automatic' })
    await store.create(row)
    const record = { payment: row.payment, operations: [row.operation] }
    const [first, second] = [settled(record, row.operation), settled(record, row.operation)]
    const outcomes = await Promise.all([store.commit(first), store.commit(second)])
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'stale'])
    expect(await count('ledger_entries where payment_id = $1', [row.payment.paymentId])).toBe(2)
    expect(await count('events where payment_id = $1', [row.payment.paymentId])).toBe(2)
  })

  it('never records two captures in one batch that together exceed the authorization', async () => {
    const row = aNewPayment({ state: 'authorized', amounts: { ...aPayment('authorized').amounts } })
    await store.create({ ...row, operation: { ...row.operation, state: 'approved', acquirerReference: 'a' } })
    const record = (await store.find(scope, row.payment.paymentId)) as PaymentRecord
    const commits = Array.from({ length: 20 }, () => {
      const decided = decideCapture(record, { amountMinor: 6_000, final: false }, context())
      if (!decided.ok) throw new Error('must be decidable on its own')
      return { decision: decided.value.decision, claim: null, answer: null }
    })
    const outcomes = await Promise.all(commits.map((commit) => store.commit(commit)))
    expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1)
    expect(await count("operations where payment_id = $1 and kind = 'capture'", [row.payment.paymentId])).toBe(1)
  })

  it('leaves no key behind for a decision that came too late', async () => {
    const record = await aCapturedPayment()
    const refund = (key: string): PaymentCommit => {
      const decided = decideRefund(record, { amountMinor: 9_000, reason: null }, context())
      if (!decided.ok || decided.value.operation === null) throw new Error('must be decidable on its own')
      const { decision, operation } = decided.value
      return { decision, claim: { claim: { key, fingerprint: key }, operationId: operation.operationId }, answer: null }
    }
    const outcomes = await Promise.all(['refund-a', 'refund-b'].map((key) => store.commit(refund(key))))
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'stale'])
    expect(await count("idempotency_keys where key like 'refund-_'")).toBe(1)
  })

  it('does not record a refund twice for one key, in one batch or after it', async () => {
    const record = await aCapturedPayment()
    const refund = (): PaymentCommit => {
      const decided = decideRefund(record, { amountMinor: 1_000, reason: null }, context())
      if (!decided.ok || decided.value.operation === null) throw new Error('must be decidable')
      const { decision, operation } = decided.value
      return {
        decision,
        claim: { claim: { key: 'one-refund', fingerprint: 'f' }, operationId: operation.operationId },
        answer: null,
      }
    }
    const outcomes = await Promise.all([store.commit(refund()), store.commit(refund()), store.commit(refund())])
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'key_taken', 'key_taken'])
    const now = (await store.find(scope, record.payment.paymentId)) as PaymentRecord
    expect(now.payment.amounts.refundingMinor).toBe(1_000)
  })

  it('saves one card once when several payments of one batch save it, and settles the fate of every number', async () => {
    const owner = { merchantId: scope.merchantId, mode: scope.mode, customerId: trustedId<never>('cus-batch') }
    const rows = Array.from({ length: 8 }, (_, index) => {
      const row = aNewPayment({ captureMethod: 'automatic', customerId: owner.customerId, saveCard: true })
      const saves = { cardId: trustedId<never>(`card_${index}`), fingerprintId: trustedId<never>('fp_same') }
      return { ...row, operation: { ...row.operation, saves } }
    })
    await Promise.all(rows.map((row) => store.create(row)))
    const outcomes = await Promise.all(
      rows.map((row) => store.commit(settled({ payment: row.payment, operations: [row.operation] }, row.operation))),
    )
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(rows.map(() => 'committed'))
    const methods = await store.listPaymentMethods(scope, owner.customerId)
    expect(methods).toHaveLength(1)
    expect(await count("card_settlements where card_id like 'card\\_%'")).toBe(8)
  })

  it('answers created when its own first run had committed and the reply was lost', async () => {
    const row = { ...aNewPayment(), claim: { key: 'lost-reply', fingerprint: 'f' } }
    expect(await store.create(row)).toEqual({ kind: 'created' })
    expect(await store.create(row)).toEqual({ kind: 'created' })
    expect(await count('payments where payment_id = $1', [row.payment.paymentId])).toBe(1)
  })

  it('writes a batch again when a key that one of its rows lost to was given back meanwhile', async () => {
    const claim: IdempotencyClaim = { key: 'given-back', fingerprint: 'f' }
    const names = [scope.merchantId, scope.mode, claim.key]
    await database.cold.query(
      `insert into idempotency_keys (merchant_id, mode, key, fingerprint, run_id, created_at) values ($1, $2, $3, 'g', 'run_1', 0)`,
      names,
    )
    let reads = 0
    // The key goes between the statement that loses to it and the one that looks who holds it.
    const hot = Object.create(database.hot, {
      query: {
        value: async (query: { name: string }) => {
          if (query.name === 'select-idempotency-keys') {
            reads += 1
            await database.cold.query(
              'delete from idempotency_keys where merchant_id = $1 and mode = $2 and key = $3 and payment_id is null',
              names,
            )
          }
          return database.hot.query(query as never)
        },
      },
    })
    const own = createPaymentStore({
      hot,
      cold: database.cold,
      clock: systemClock,
      timers: realTimers,
      random: secureRandom,
    })
    const rows = [{ ...aNewPayment(), claim }, aNewPayment(), { ...aNewPayment(), claim: { ...claim, key: 'beside' } }]
    const outcomes = await Promise.all(rows.map((row) => own.create(row)))
    expect(outcomes).toEqual(rows.map(() => ({ kind: 'created' })))
    expect(reads).toBeGreaterThan(0)
    expect(await count('payments where payment_id = any($1)', [rows.map((row) => row.payment.paymentId)])).toBe(3)
    expect((await own.findKey(scope, claim.key))?.paymentId).toBe(rows[0]?.payment.paymentId)
  })

  it('keeps its promises while every connection is killed again and again', async () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({
      ...aNewPayment(),
      claim: { key: `killed-${index % 200}`, fingerprint: 'f' },
    }))
    // Fewer than a batch has tries: on a slow machine each try of one batch may be hit.
    let kills = 0
    const killer = realTimers.every(40, () => {
      kills += 1
      if (kills > 6) return
      void database.cold
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and query like '%idempotency_keys%'`,
        )
        .catch(() => undefined)
    })
    const outcomes = await Promise.all(
      rows.map(async (row, index) => {
        await realTimers.sleep(index)
        return store.create(row)
      }),
    )
    killer.stop()
    expect(outcomes.filter((outcome) => outcome.kind === 'created')).toHaveLength(200)
    expect(await count("payments p join idempotency_keys k using (payment_id) where k.key like 'killed-%'")).toBe(200)
    expect(await count('payments where payment_id = any($1)', [rows.map((row) => row.payment.paymentId)])).toBe(200)
  })

  it('lists newest first, page by page, and filters', async () => {
    const owner = trustedId<never>('mer_list')
    const made = Array.from({ length: 5 }, (_, index) =>
      aNewPayment({ merchantId: owner, externalId: index < 2 ? 'few' : 'many' }),
    )
    for (const row of made) await store.create({ ...row, operation: { ...row.operation, merchantId: owner } })
    const everything = {
      limit: 2,
      startingAfter: null,
      states: null,
      externalId: null,
      customerId: null,
      createdFromMs: null,
      createdToMs: null,
    }
    const mine: Scope = { merchantId: owner, mode: 'test' }
    const first = await store.list(mine, everything)
    const last = first.payments.at(-1) as Payment
    const second = await store.list(mine, { ...everything, startingAfter: last.paymentId, limit: 10 })
    expect([...first.payments, ...second.payments].map((payment) => payment.paymentId)).toEqual(
      made.map((row) => row.payment.paymentId).reverse(),
    )
    expect([first.hasMore, second.hasMore]).toEqual([true, false])
    expect((await store.list(mine, { ...everything, limit: 10, externalId: 'few' })).payments).toHaveLength(2)
    expect((await store.list(mine, { ...everything, states: [{ state: 'captured' }] })).payments).toHaveLength(0)
  })
})
