import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { operate } from '../harness/operator.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let other: Json

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  other = await operate(product, 'merchants', 'create', '--name', 'Other shop')
  await until(async () => (await api.get('/v1/payments', { key: other.secretKey })).status === 200, {
    withinMs: 30_000,
    what: 'the new merchant to be known',
  })
})
afterAll(() => product?.dispose())

const statusWith = async (key: string) => (await api.get('/v1/payments', { key })).status

describe('keys', () => {
  it('that are missing, malformed or unknown are all refused the same way', async () => {
    const flipped = product.credentials.secretKey.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    for (const key of ['', 'nonsense', flipped, 'tsk_test_abc_def', `${product.credentials.secretKey}x`]) {
      const answer = await api.get('/v1/payments', { key })
      expect([answer.status, answer.json.error.code]).toEqual([401, 'unauthorized'])
    }
  })

  it('that are publishable may create tokens and nothing else', async () => {
    const answer = await api.get('/v1/payments', { key: product.credentials.publishableKey })
    expect([answer.status, answer.json.error.code]).toEqual([403, 'forbidden'])
  })

  it('with a scope may do that and nothing else', async () => {
    const made = await operate(product, 'keys', 'create', other.merchantId, '--scopes', 'payments:read')
    await until(async () => (await statusWith(made.text)) === 200, { withinMs: 30_000, what: 'the key to be known' })
    const refused = await api.post('/v1/payments', { amount: 5, currency: 'USD' }, { key: made.text })
    expect([refused.status, refused.json.error.code]).toEqual([403, 'forbidden'])
    expect(refused.json.error.message).toContain('payments:write')
  })

  // Five seconds are promised, and measured where the clock is the test's own: at the vault's book of keys.
  it('that are revoked stop working everywhere soon, others of the merchant go on', async () => {
    const made = await operate(product, 'keys', 'create', other.merchantId, '--kind', 'publishable')
    const tokenStatus = async () => {
      const response = await fetch(`${product.credentials.vaultUrl}/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.text}`, 'content-type': 'application/json' },
        body: '{}',
      })
      return response.status
    }
    await until(async () => (await tokenStatus()) === 400, { withinMs: 30_000, what: 'the vault to know the key' })
    await operate(product, 'keys', 'end', other.merchantId, made.keyId)
    await until(async () => (await tokenStatus()) === 401, { withinMs: 30_000, what: 'the vault to refuse the key' })
    expect(await statusWith(other.secretKey)).toBe(200)
  })

  it('of a merchant that is switched off answer merchant_not_active', async () => {
    const closed = await operate(product, 'merchants', 'create', '--name', 'Closed shop')
    await until(async () => (await statusWith(closed.secretKey)) === 200, { withinMs: 30_000, what: 'the merchant' })
    await operate(product, 'merchants', 'deactivate', closed.merchantId)
    const answer = await until(
      async () => {
        const each = await api.get('/v1/payments', { key: closed.secretKey })
        return each.status === 403 ? each : null
      },
      { withinMs: 30_000, what: 'the merchant to be switched off' },
    )
    expect(answer.json.error.code).toBe('merchant_not_active')
  })
})

describe('another merchant', () => {
  it('sees the same 404 for a foreign payment as for none at all', async () => {
    const paid = (await api.pay()).json
    const foreign = { key: other.secretKey }
    const withoutId = (text: string) => text.replace(/rq_[0-9a-z]+/g, 'rq').replaceAll(/tx_[0-9a-z]+/g, 'tx')
    const missing = await api.get('/v1/payments/tx_01jd0000000000000000000000', foreign)
    for (const answer of [
      await api.get(`/v1/payments/${paid.transaction_id}`, foreign),
      await api.post(`/v1/payments/${paid.transaction_id}/refund`, {}, foreign),
      await api.post(`/v1/payments/${paid.transaction_id}/capture`, {}, foreign),
      await api.post(`/v1/payments/${paid.transaction_id}/void`, {}, foreign),
    ]) {
      expect(answer.status).toBe(404)
      expect(withoutId(answer.text)).toBe(withoutId(missing.text))
    }
  })

  it('cannot use a foreign token, and the owner still can', async () => {
    const token = await api.token()
    const body = { amount: 5, currency: 'USD', token }
    const refused = await api.post('/v1/payments', body, { key: other.secretKey })
    expect([refused.status, refused.json.error.param]).toEqual([400, 'token'])
    expect((await api.post('/v1/payments', body)).json.status).toBe('completed')
  })

  it('may use the same idempotency key for something else', async () => {
    const options = { idempotencyKey: 'shared' }
    const mine = await api.post('/v1/payments', { amount: 5, currency: 'USD' }, options)
    const theirs = await api.post('/v1/payments', { amount: 6, currency: 'USD' }, { ...options, key: other.secretKey })
    expect([mine.status, theirs.status]).toEqual([201, 201])
    expect(theirs.json.id).not.toBe(mine.json.id)
  })
})

describe('modes', () => {
  it('see nothing of each other', async () => {
    const live = await operate(product, 'merchants', 'create', '--name', 'Live shop', '--mode', 'live')
    const test = await operate(product, 'keys', 'create', live.merchantId, '--mode', 'test')
    await until(async () => (await statusWith(test.text)) === 200, { withinMs: 30_000, what: 'the key to be known' })
    const body = { amount: 5, currency: 'EUR', external_id: 'live-1' }
    const hosted = await api.post('/v1/payments', body, { key: live.secretKey })
    expect(hosted.status).toBe(201)
    expect((await api.get(`/v1/payments/${hosted.json.id}`, { key: live.secretKey })).status).toBe(200)
    expect((await api.get(`/v1/payments/${hosted.json.id}`, { key: test.text })).status).toBe(404)
  })
})
