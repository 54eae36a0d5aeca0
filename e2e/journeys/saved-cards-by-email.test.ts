import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { anOrder, type Inflow, inflowOf } from '../harness/inflow.ts'
import { type Product, startProduct } from '../harness/product.ts'

let product: Product
let api: Api
let inflow: Inflow
let acquirer: Acquirer
let orders = 0

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  inflow = inflowOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const visa = '4242424242424242'
const mastercard = '5555555555554444'

/** Each order has a price of its own, by which the acquirer's ledger tells it apart. */
function order(customerEmail: string, changes: Json = {}): Json {
  orders += 1
  const products = [{ name: 'Tea', price: 5_000 + orders, quantity: 1 }]
  return { ...anOrder, products, customerEmail, pricingMode: 'TAX_INCLUSIVE', autoConfirm: true, ...changes }
}

const save = async (email: string, number: string): Promise<Json> =>
  (await inflow.pay(order(email, { savePaymentMethod: true }), { number })).json
const paySaved = (email: string, changes: Json = {}) =>
  inflow.api('POST', '/api/server/payment', order(email, { useCustomerPaymentMethod: true, ...changes }))
const cardCharged = async (amount: number): Promise<string> =>
  (await acquirer.ledger()).find((entry) => entry.amount_minor === amount)?.last4

describe('a card that is saved with a payment', () => {
  it('is charged later, without being sent again', async () => {
    const saved = await save('ann@example.com', visa)
    expect(saved).toMatchObject({ status: 'CHECKOUT_SUCCESS', paymentMethodId: expect.stringMatching(/^pmi_/) })
    const again = await paySaved('ann@example.com')
    expect(again.status).toBe(201)
    expect(again.json).toMatchObject({ status: 'CHECKOUT_SUCCESS', paymentMethodId: saved.paymentMethodId })
    expect(await cardCharged(again.json.amountTaxesIncluded)).toBe('4242')
  })

  it('belongs to its e-mail in any case, and to no other', async () => {
    const saved = await save('Bea@Example.com', visa)
    const again = await paySaved('bEA@eXAMPLE.COM')
    expect(again.json).toMatchObject({ status: 'CHECKOUT_SUCCESS', customerId: saved.customerId })
    const other = await paySaved('bea2@example.com')
    expect([other.status, other.json.error]).toEqual([400, 'Bad Request'])
    const stolen = await paySaved('bea2@example.com', { paymentMethodId: saved.paymentMethodId })
    expect([stolen.status, stolen.json.error]).toEqual([400, 'Bad Request'])
  })

  it('is the one that was saved last, unless another one is named', async () => {
    const first = await save('cy@example.com', visa)
    const second = await save('cy@example.com', mastercard)
    expect(second.paymentMethodId).not.toBe(first.paymentMethodId)
    const latest = (await paySaved('cy@example.com')).json
    expect(await cardCharged(latest.amountTaxesIncluded)).toBe('4444')
    const named = (await paySaved('cy@example.com', { paymentMethodId: first.paymentMethodId })).json
    expect(await cardCharged(named.amountTaxesIncluded)).toBe('4242')
    await save('cy@example.com', visa)
    const returned = (await paySaved('cy@example.com')).json
    expect(await cardCharged(returned.amountTaxesIncluded)).toBe('4242')
  })

  it('can wait for its confirmation like any other', async () => {
    await save('dan@example.com', visa)
    const waiting = (await paySaved('dan@example.com', { autoConfirm: false })).json
    expect(waiting.depositStatus).toBe('requires_confirmation')
    expect(await cardCharged(waiting.amountTaxesIncluded)).toBeUndefined()
    expect((await inflow.confirm(waiting.id)).json.status).toBe('CHECKOUT_SUCCESS')
    expect(await cardCharged(waiting.amountTaxesIncluded)).toBe('4242')
  })

  it('is saved when the payment is confirmed, not before', async () => {
    const waiting = (await inflow.pay(order('eve@example.com', { savePaymentMethod: true, autoConfirm: false }))).json
    expect((await paySaved('eve@example.com')).status).toBe(400)
    await inflow.confirm(waiting.id)
    expect((await paySaved('eve@example.com')).json.status).toBe('CHECKOUT_SUCCESS')
  })

  it('is not saved by a payment that failed', async () => {
    const declined = await save('flo@example.com', '4000000000000002')
    expect(declined.status).toBe('PAYMENT_FAILED')
    expect((await paySaved('flo@example.com')).status).toBe(400)
  })

  it('is a saved card of v1, too, where it can be blocked', async () => {
    const saved = await save('gus@example.com', visa)
    const list = (await api.get(`/v1/customers/${saved.customerId}/payment-methods`)).json
    expect(list.payment_methods).toMatchObject([{ id: saved.paymentMethodId, card: { last4: '4242' } }])
    await api.post(`/v1/customers/payment-methods/${saved.paymentMethodId}/block`, { reason: 'lost' })
    expect((await paySaved('gus@example.com')).status).toBe(400)
    expect((await paySaved('gus@example.com', { paymentMethodId: saved.paymentMethodId })).status).toBe(400)
    await api.post(`/v1/customers/payment-methods/${saved.paymentMethodId}/unblock`)
    expect((await paySaved('gus@example.com')).json.status).toBe('CHECKOUT_SUCCESS')
  })
})
