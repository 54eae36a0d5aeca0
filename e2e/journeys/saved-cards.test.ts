import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let receiver: Receiver

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  receiver = await startReceiver()
  await api.post('/v1/webhook_endpoints', { url: receiver.url })
})
afterAll(async () => {
  await receiver?.stop()
  await product?.dispose()
})

const save = async (customer: string, card: Record<string, unknown> = {}, body: Record<string, unknown> = {}) => {
  const paid = await api.pay({ save_card: true, customer_id: customer, ...body }, card)
  return { paid, read: (await api.get(`/v1/payments/${paid.json.transaction_id}`)).json }
}
const cardsOf = async (customer: string) =>
  (await api.get(`/v1/customers/${customer}/payment-methods`)).json.payment_methods

describe('a card that is saved with a payment', () => {
  it('arrives by reading and by webhook, not in the create reply, and can be charged again', async () => {
    const { paid, read } = await save('cus-1')
    expect(paid.status).toBe(201)
    expect(paid.text).not.toContain('pmi_')
    expect(read.payment_method_id).toMatch(/^pmi_/)
    const told = await until(() => receiver.of('payment_method.saved', read.id)[0], {
      withinMs: 30_000,
      what: 'the webhook of the saved card',
    })
    expect(told.json).toMatchObject({
      payment_method_id: read.payment_method_id,
      save_card: true,
      customer_id: 'cus-1',
    })

    const again = await api.post('/v1/payments', {
      amount: 12,
      currency: 'USD',
      payment_method_id: read.payment_method_id,
      customer_id: 'cus-1',
    })
    expect(again.status).toBe(201)
    expect(again.json).toMatchObject({ status: 'completed', payment_type: 'recurring', card: { last4: '4242' } })
  })

  it('needs a customer to belong to', async () => {
    const refused = await api.pay({ save_card: true })
    expect(refused.status).toBe(400)
    expect(refused.json.error.param).toBe('customer_id')
  })

  it('is one payment method however often the same customer saves it, even at once', async () => {
    const saved = await Promise.all(Array.from({ length: 5 }, () => save('cus-2')))
    const ids = new Set(saved.map(({ read }) => read.payment_method_id))
    expect(ids.size).toBe(1)
    expect(await cardsOf('cus-2')).toHaveLength(1)
    const charged = await api.post('/v1/payments', { amount: 13, currency: 'USD', payment_method_id: [...ids][0] })
    expect(charged.json.status).toBe('completed')
  })

  it('is not saved when the payment is declined', async () => {
    await save('cus-3', { number: '4000000000000002' })
    expect(await cardsOf('cus-3')).toEqual([])
  })

  it('is saved under an authorization as well', async () => {
    const { read } = await save('cus-4', {}, { capture_method: 'manual' })
    expect(read).toMatchObject({ status: 'authorized' })
    expect(await cardsOf('cus-4')).toMatchObject([{ id: read.payment_method_id, status: 'active', is_default: true }])
  })

  it('is declined later when its issuer does so, as the test card says', async () => {
    const { read } = await save('cus-5', { number: '4000000000000341' })
    const charge = await api.post('/v1/payments', {
      amount: 14,
      currency: 'USD',
      payment_method_id: read.payment_method_id,
      initiator: 'merchant',
    })
    expect(charge.json.status).toBe('failed')
  })
})

describe('a saved card', () => {
  it('can be blocked and unblocked', async () => {
    const { read } = await save('cus-6')
    const id = read.payment_method_id
    const blocked = await api.post(`/v1/customers/payment-methods/${id}/block`, { reason: 'chargeback' })
    expect(blocked.json).toMatchObject({ id, status: 'blocked', blocked_reason: 'chargeback' })
    const refused = await api.post('/v1/payments', { amount: 15, currency: 'USD', payment_method_id: id })
    expect(refused.status).toBe(400)
    expect(refused.json.error.code).toBe('invalid_state')
    const unblocked = await api.post(`/v1/customers/payment-methods/${id}/unblock`)
    expect(unblocked.json).toMatchObject({ id, status: 'active' })
    const charged = await api.post('/v1/payments', { amount: 15, currency: 'USD', payment_method_id: id })
    expect(charged.json.status).toBe('completed')
  })

  it('is gone once it is deleted', async () => {
    const { read } = await save('cus-7')
    const id = read.payment_method_id
    expect((await api.delete(`/v1/customers/payment-methods/${id}`)).status).toBe(200)
    expect(await cardsOf('cus-7')).toEqual([])
    const refused = await api.post('/v1/payments', { amount: 16, currency: 'USD', payment_method_id: id })
    expect(refused.status).toBe(404)
    expect((await api.delete(`/v1/customers/payment-methods/${id}`)).status).toBe(404)
  })
})
