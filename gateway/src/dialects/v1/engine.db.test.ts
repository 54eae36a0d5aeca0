import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../tools/testing/database.ts'
import { createPaymentMethods } from '../../core/customers/payment-methods.ts'
import { runKeyed } from '../../core/idempotency/keyed-request.ts'
import { createPayments } from '../../core/payments/create-payments.ts'
import { failureOf } from '../../core/payments/failure.ts'
import { createWebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { aMerchant, TestDirectory } from '../../http/testing/test-directory.ts'
import { createSealer } from '../../lib/sealing.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { createKeyedRequestStore } from '../../store/keyed-requests.ts'
import { createPaymentStore } from '../../store/payment-store.ts'
import { createWebhookStore } from '../../store/webhooks.ts'
import { scriptedAcquirer, scriptedVault } from './testing/scripted-acquirer.ts'
import { createTestApi, type TestApi } from './testing/test-api.ts'

/** The API over the real engine and the real store; only acquirer and vault are scripted. */
const clock = new OffsetClock(systemClock)
const ids = createIds(clock, secureRandom)
const log = createLogger({ process: 'test', clock, level: 'silent' })
const acquirer = scriptedAcquirer()

let test: TestDatabase
let database: Database
let store: ReturnType<typeof createPaymentStore>
let api: TestApi
let made = 0

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../../migrations/', import.meta.url), name: 'v1-engine' })
  database = openDatabase(test.url, log)
  const base = { clock, timers: realTimers, random: secureRandom, ids, log, metrics: new MetricsRegistry() }
  store = createPaymentStore({ ...database, ...base })
  const directory = new TestDirectory(secureRandom)
  const taxIds = { verify: () => Promise.reject(new Error('nobody asks')) }
  const engine = { ...base, store, vault: scriptedVault(), acquirer, directory, taxIds }
  const sealer = createSealer({ keys: [secureRandom.bytes(32)], random: secureRandom })
  const keyed = { ...base, keyedRequests: createKeyedRequestStore({ ...base, pool: database.cold, sealer }) }
  const nobodyAsks = () => Promise.reject(new Error('nobody asks'))
  const sender = { send: nobodyAsks, probe: nobodyAsks }
  api = createTestApi({
    parts: {
      payments: createPayments(engine),
      paymentMethods: createPaymentMethods({ store, clock }),
      endpoints: createWebhookEndpoints({
        ...base,
        store: createWebhookStore({ pool: database.cold, sealer }),
        sender,
        renderers: { v1: () => '' },
        urlRule: () => null,
      }),
      runKeyed: (caller, claim, perform) => runKeyed(keyed, caller, claim, perform),
    },
  })
})
afterAll(async () => {
  await api?.server.app.close()
  await store?.drain()
  await database?.close()
  await test?.drop()
})

const aToken = () => {
  made += 1
  return `tok_${String(made).padStart(26, '0')}`
}
const pay = (more: object = {}, headers: Record<string, string> = {}) =>
  api.post('/v1/payments', { amount: 17.62, currency: 'usd', token: aToken(), ...more }, { headers })

describe('a payment, through the API and the engine to the tables', () => {
  it('is authorized, captured in part, refunded in part, and read as it then stands', async () => {
    const payment = await pay({ capture_method: 'manual', external_id: 'A-1', metadata: { a: 1, amount: 2.5 } })
    expect(payment).toMatchObject({ status: 201, json: { status: 'authorized', amount: 17.62 } })
    const path = `/v1/payments/${payment.json.transaction_id}`
    const captured = await api.post(`${path}/capture`, { amount: '10.00' })
    expect(captured).toMatchObject({ status: 200, json: { status: 'completed', amount: 10, amount_captured: '10.00' } })
    const refund = await api.post(`${path}/refund`, { amount: 2.5, reason: 'late' })
    expect(refund).toMatchObject({ status: 200, json: { amount: '2.50', status: 'succeeded' } })
    const read = await api.get(path)
    expect(read.json).toMatchObject({
      status: 'partially_refunded',
      amount: '17.62',
      amount_captured: '10.00',
      amount_refunded: '2.50',
      external_id: 'A-1',
      metadata: { a: 1, amount: 2.5 },
      refunds: [{ id: refund.json.id, amount: '2.50', reason: 'late' }],
    })
    expect((await api.get(path, { key: api.foreign.key })).status).toBe(404)
    expect((await api.get(path, { key: api.live.key })).status).toBe(404)
  })

  it('that is declined is stored with the request that it was declined in', async () => {
    acquirer.next.push({ kind: 'declined', failure: failureOf('insufficient_funds', '51') })
    const token = aToken()
    const headers = { 'idempotency-key': 'declined-once' }
    const first = await pay({ token }, headers)
    const second = await pay({ token }, headers)
    expect(first).toMatchObject({ status: 400, json: { status: 'failed', error: { code: 'insufficient_funds' } } })
    expect(second.text).toBe(first.text)
    expect(second.json.error.request_id).toBe(first.headers['x-request-id'])
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
    expect(second.headers['idempotent-replayed']).toBe('true')
  })

  it('asked for fifty times at once under one key is made once', async () => {
    const token = aToken()
    const before = acquirer.sent.length
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => pay({ token }, { 'idempotency-key': 'fifty-at-once' })),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    expect(acquirer.sent.length - before).toBe(1)
    const other = await pay({ token: aToken() }, { 'idempotency-key': 'fifty-at-once' })
    expect(other).toMatchObject({ status: 400, json: { error: { code: 'idempotency_key_mismatch' } } })
  })

  it('is refused where the rules say no', async () => {
    const small = await pay({ amount: 1.99 })
    expect(small.json.error).toMatchObject({
      code: 'amount_below_minimum',
      message: expect.stringContaining('2.00 USD'),
    })
    expect((await pay({ flow_id: 'flow_other' })).json.error).toMatchObject({ code: 'flow_not_found' })
    const token = aToken()
    await pay({ token })
    expect((await pay({ token })).json.error).toMatchObject({ code: 'payment_token_already_used', param: 'token' })
    const unknown = await pay({ token: undefined, payment_method_id: 'pmi_0123456789abcdefghjkmnpqrs' })
    expect(unknown).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
    const payment = (await pay()).json
    const path = `/v1/payments/${payment.transaction_id}`
    expect((await api.post(`${path}/capture`)).json.error.code).toBe('invalid_status')
    expect((await api.post(`${path}/refund`, { amount: 17.621 })).json.error.code).toBe('invalid_amount')
    expect((await api.post(`${path}/refund`, { amount: 17.63 })).json.error.code).toBe('invalid_amount')
    expect((await api.post(`${path}/refund`, { currency: 'eur' })).json.error.param).toBe('currency')
  })

  it('of another merchant is beyond every call', async () => {
    const payment = (await pay({ capture_method: 'manual' })).json
    for (const call of ['capture', 'void', 'refund']) {
      const answer = await api.post(`/v1/payments/${payment.id}/${call}`, {}, { key: api.foreign.key })
      expect(answer).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
    }
    expect((await api.post(`/v1/payments/${payment.id}/void`)).json.status).toBe('canceled')
  })

  it('is listed by what it is found by, newest first, from any of its kind on', async () => {
    const { key } = api.directory.secretKey(aMerchant({ merchantId: 'mer_list' as never }))
    const create = async (more: object) =>
      (await api.post('/v1/payments', { amount: 5, currency: 'usd', token: aToken(), ...more }, { key })).json
    const first = await create({ external_id: 'o-1', customer_id: 'c-1' })
    clock.advance(1)
    const second = await create({ external_id: 'o-1', capture_method: 'manual' })
    clock.advance(1)
    const third = await create({ external_id: 'o-2', customer_id: 'c-1' })
    const idsOf = async (query: string) =>
      (await api.get(`/v1/payments?${query}`, { key })).json.data.map(({ id }: { id: string }) => id)
    expect(await idsOf('')).toEqual([third, second, first].map(({ transaction_id }) => transaction_id))
    expect(await idsOf(`starting_after=${third.id}&limit=1`)).toEqual([second.transaction_id])
    expect(await idsOf('external_id=o-1')).toEqual([second.transaction_id, first.transaction_id])
    expect(await idsOf('customer_id=c-1&status=completed')).toEqual([third.transaction_id, first.transaction_id])
    expect(await idsOf('status=authorized')).toEqual([second.transaction_id])
    expect(await idsOf('created_gte=2126-01-01')).toEqual([])
    const foreign = await api.get(`/v1/payments?starting_after=${first.id}`)
    expect(foreign.json.error.param).toBe('starting_after')
  })
})

describe('one idempotency key', () => {
  const mismatch = { status: 400, json: { error: { code: 'idempotency_key_mismatch' } } }
  const addEndpoint = (key: string) =>
    api.post('/v1/webhook_endpoints', { url: 'https://a.example/' }, { headers: { 'idempotency-key': key } })

  it('of a webhook endpoint is refused on every write to a payment, which stays as it is', async () => {
    expect((await addEndpoint('endpoint-first')).status).toBe(201)
    const headers = { 'idempotency-key': 'endpoint-first' }
    const sent = acquirer.sent.length
    const token = aToken()
    expect(await pay({ token }, headers)).toMatchObject(mismatch)
    expect(await pay({ token: undefined }, headers)).toMatchObject(mismatch)
    expect(acquirer.sent).toHaveLength(sent)

    const authorized = (await pay({ capture_method: 'manual' })).json
    const path = `/v1/payments/${authorized.id}`
    expect(await api.post(`${path}/capture`, {}, { headers })).toMatchObject(mismatch)
    expect(await api.post(`${path}/void`, {}, { headers })).toMatchObject(mismatch)
    // What cannot be done looks at the key first: a repetition would get its first answer.
    expect(await api.post(`${path}/refund`, {}, { headers })).toMatchObject(mismatch)
    expect((await api.get(path)).json.status).toBe('authorized')
    await api.post(`${path}/capture`)
    expect(await api.post(`${path}/refund`, {}, { headers })).toMatchObject(mismatch)
    expect((await api.get(path)).json.amount_refunded).toBe('0.00')
  })

  it('of a payment is refused for a webhook endpoint, and none is made', async () => {
    const headers = { 'idempotency-key': 'payment-first' }
    const before = (await api.get('/v1/webhook_endpoints')).json.data.length
    const payment = await pay({}, headers)
    expect(payment.status).toBe(201)
    expect(await addEndpoint('payment-first')).toMatchObject(mismatch)
    const refund = await api.post(`/v1/payments/${payment.json.id}/refund`, {}, { headers: { 'idempotency-key': 'r' } })
    expect(refund.status).toBe(200)
    expect(await addEndpoint('r')).toMatchObject(mismatch)
    expect((await api.get('/v1/webhook_endpoints')).json.data).toHaveLength(before)
  })

  it('makes one webhook endpoint however often it is sent at once', async () => {
    const before = (await api.get('/v1/webhook_endpoints')).json.data.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => addEndpoint('twenty-at-once')))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    expect((await api.get('/v1/webhook_endpoints')).json.data).toHaveLength(before + 1)
  })
})
