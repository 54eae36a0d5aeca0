import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const authorizations = async (amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor)

it('a hundred identical calls at once give one payment and a hundred equal answers', async () => {
  const body = { amount: 61, currency: 'USD', token: await api.token() }
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => api.post('/v1/payments', body, { idempotencyKey: 'hundred' })),
  )
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]))
  expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1)
  expect(await authorizations(6100)).toHaveLength(1)
})

it('a repeated call gives the first answer byte for byte, even when its token is used up', async () => {
  const body = { amount: 62, currency: 'USD', token: await api.token() }
  const first = await api.post('/v1/payments', body, { idempotencyKey: 'again' })
  const second = await api.post('/v1/payments', body, { idempotencyKey: '"again"' })
  expect(second.text).toBe(first.text)
  expect(second.status).toBe(first.status)
  expect(second.headers.get('idempotent-replayed')).toBe('true')
})

it('a declined payment is repeated as it was, not tried again', async () => {
  const body = { amount: 63, currency: 'USD', token: await api.token({ number: '4000000000000002' }) }
  const first = await api.post('/v1/payments', body, { idempotencyKey: 'declined' })
  const second = await api.post('/v1/payments', body, { idempotencyKey: 'declined' })
  expect(first.status).toBe(400)
  expect(second.text).toBe(first.text)
  expect(await authorizations(6300)).toHaveLength(1)
})

it('one key for two different requests is refused, and nothing is charged', async () => {
  const token = await api.token()
  await api.post('/v1/payments', { amount: 64, currency: 'USD', token }, { idempotencyKey: 'differs' })
  const other = await api.token()
  const answer = await api.post(
    '/v1/payments',
    { amount: 65, currency: 'USD', token: other },
    { idempotencyKey: 'differs' },
  )
  expect(answer.status).toBe(400)
  expect(answer.json.error.code).toBe('idempotency_key_mismatch')
  expect(await authorizations(6500)).toHaveLength(0)
  // The token that was not needed comes back within moments.
  await until(
    async () =>
      (await api.post('/v1/payments', { amount: 66, currency: 'USD', token: other })).json.status === 'completed',
    { withinMs: 30_000, what: 'the spare token to be usable' },
  )
})

it('a request that was refused as malformed does not use its key up', async () => {
  const token = await api.token()
  const wrong = await api.post('/v1/payments', { amount: -1, currency: 'USD', token }, { idempotencyKey: 'fixed' })
  expect(wrong.status).toBe(400)
  const right = await api.post('/v1/payments', { amount: 67, currency: 'USD', token }, { idempotencyKey: 'fixed' })
  expect(right.status).toBe(201)
})

it('a second capture with the same key returns the first answer', async () => {
  const payment = (await api.pay({ amount: 68, capture_method: 'manual' })).json
  const path = `/v1/payments/${payment.transaction_id}/capture`
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.post(path, { amount: 8 }, { idempotencyKey: 'capture-once' })),
  )
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
  expect(answers[0]?.json).toMatchObject({ status: 'completed', amount_captured: '8.00' })
})

it('a second refund with the same key returns the first answer and refunds once', async () => {
  const payment = (await api.pay({ amount: 69 })).json
  const path = `/v1/payments/${payment.transaction_id}/refund`
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.post(path, { amount: 9 }, { idempotencyKey: 'refund-once' })),
  )
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
  expect((await api.get(`/v1/payments/${payment.transaction_id}`)).json.amount_refunded).toBe('9.00')
  const full = await api.post(path, {}, { idempotencyKey: 'refund-rest' })
  const replay = await api.post(path, {}, { idempotencyKey: 'refund-rest' })
  expect(replay.text).toBe(full.text)
})

it('a void with a key is repeated as it was', async () => {
  const payment = (await api.pay({ amount: 70, capture_method: 'manual' })).json
  const path = `/v1/payments/${payment.transaction_id}/void`
  const first = await api.post(path, {}, { idempotencyKey: 'void-once' })
  const second = await api.post(path, {}, { idempotencyKey: 'void-once' })
  expect(first.status).toBe(200)
  expect(second.text).toBe(first.text)
})

it('a webhook endpoint asked for again and again with one key is made once', async () => {
  const body = { url: 'https://once.example/hooks' }
  const create = (options: { idempotencyKey: string }) => api.post('/v1/webhook_endpoints', body, options)
  const answers = await Promise.all(Array.from({ length: 20 }, () => create({ idempotencyKey: 'endpoint' })))
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
  expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(201))
  expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1)
  expect(answers[0]?.json.secret).toMatch(/^whsec_/)
  const { data } = (await api.get('/v1/webhook_endpoints')).json
  expect(data.filter(({ url }: { url: string }) => url === body.url)).toHaveLength(1)
  const other = await api.post('/v1/payments', { amount: 71, currency: 'USD' }, { idempotencyKey: 'endpoint' })
  expect(other).toMatchObject({ status: 400, json: { error: { code: 'idempotency_key_mismatch' } } })
})

it('a secret rotated twice with one key is rotated once', async () => {
  const { id, secret } = (await api.post('/v1/webhook_endpoints', { url: 'https://rotated.example/hooks' })).json
  const path = `/v1/webhook_endpoints/${id}`
  const first = await api.post(`${path}/rotate_secret`, {}, { idempotencyKey: 'rotation' })
  const second = await api.post(`${path}/rotate_secret`, {}, { idempotencyKey: 'rotation' })
  expect(first.status).toBe(200)
  expect(first.json.secret).not.toBe(secret)
  expect(second.text).toBe(first.text)
  expect(second.headers.get('idempotent-replayed')).toBe('true')
  const { secret: _secret, ...shown } = first.json
  expect((await api.get(path)).json).toEqual(shown)
  const another = await api.post(`${path}/rotate_secret`, {}, { idempotencyKey: 'another-rotation' })
  expect(another.json.secret).not.toBe(first.json.secret)
})
