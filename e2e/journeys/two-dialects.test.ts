import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { type Inflow, inflowOf, withoutChance } from '../harness/inflow.ts'
import { type Product, startProduct } from '../harness/product.ts'

let product: Product
let api: Api
let inflow: Inflow
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  inflow = inflowOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

/** The three spellings of one payment. */
const suffixOf = (id: string) => id.split('_')[1]

describe('one payment, two APIs', () => {
  it('made with v1, it reads in the words of both', async () => {
    const paid = (
      await api.pay({
        amount: 17.62,
        currency: 'USD',
        product_name: 'Tea',
        email: 'ann@example.com',
        customer_id: 'ann',
        metadata: { a: 1 },
      })
    ).json
    const suffix = suffixOf(paid.id)
    const read = await inflow.read(`pay_${suffix}`)
    expect(withoutChance(read)).toEqual({
      id: 'pay_…',
      amountInCents: 1762,
      amountTaxesIncluded: 1762,
      taxRateInPercentage: null,
      taxCountry: null,
      currency: 'USD',
      customerEmail: 'ann@example.com',
      customerId: 'ann',
      products: [{ name: 'Tea', price: 1762, quantity: 1 }],
      metadatas: { a: 1 },
      subscriptionId: null,
      status: 'CHECKOUT_SUCCESS',
      depositStatus: 'succeeded',
      lastDepositAttempt: {
        status: 'succeeded',
        amount: 1762,
        paymentMethod: 'CARD',
        error: null,
        attemptedAt: 'time',
      },
      depositAttempts: [{ status: 'succeeded', amount: 1762, paymentMethod: 'CARD', error: null, attemptedAt: 'time' }],
      timeline: [
        { status: 'INITIATION', timestamp: 'time' },
        { status: 'CHECKOUT_PENDING', timestamp: 'time' },
        { status: 'CHECKOUT_SUCCESS', timestamp: 'time' },
      ],
      transactionSummary: { net: 1762, tax: 0, gross: 1762, refunded: 0 },
      taxDetails: null,
      threeDsSessionUrl: null,
      purchaseUrl: null,
      paymentMethodId: null,
      createdAt: 'time',
      updatedAt: 'time',
    })
    for (const prefix of ['pay', 'tx', 'req']) expect(await inflow.read(`${prefix}_${suffix}`)).toEqual(read)
    expect((await api.get(`/v1/payments/tx_${suffix}`)).json).toMatchObject({ status: 'completed', amount: '17.62' })
  })

  it('made with one call, it reads in the words of both', async () => {
    const paid = (await inflow.pay({ autoConfirm: true, metadatas: { orderId: 'o-1' } })).json
    const { json } = await api.get(`/v1/payments/tx_${suffixOf(paid.id)}`)
    expect(json).toMatchObject({
      status: 'completed',
      amount: '59.99',
      currency: 'eur',
      amount_captured: '59.99',
      amount_refunded: '0.00',
      product_name: 'Pro Plan',
      email: 'john@example.com',
      customer_id: paid.customerId,
      metadata: { orderId: 'o-1' },
      card_last4: '4242',
    })
    expect(await inflow.read(paid.id)).toEqual(paid)
  })

  it('authorized with v1, it is a success that is not paid yet, and captured it is paid', async () => {
    const { id } = (await api.pay({ amount: 40, capture_method: 'manual' })).json
    const pay = `pay_${suffixOf(id)}`
    expect(await inflow.read(pay)).toMatchObject({
      status: 'CHECKOUT_SUCCESS',
      depositStatus: 'authorized',
      transactionSummary: null,
    })
    expect((await inflow.api('POST', `/api/payment/${pay}/refund`)).status).toBe(400)
    await api.post(`/v1/payments/${id}/capture`, { amount: 10 })
    expect(await inflow.read(pay)).toMatchObject({
      depositStatus: 'succeeded',
      transactionSummary: { net: 1000, tax: 0, gross: 1000, refunded: 0 },
    })
  })

  it('refunded through either, it is refunded in both, and never more than was paid', async () => {
    const paid = (await inflow.pay({ autoConfirm: true })).json
    const path = `/v1/payments/tx_${suffixOf(paid.id)}`
    expect((await api.post(`${path}/refund`, { amount: 9.99 })).json).toMatchObject({ status: 'succeeded' })
    expect(await inflow.read(paid.id)).toMatchObject({
      status: 'PARTIAL_REFUNDED',
      transactionSummary: { refunded: 999 },
    })
    const rest = await inflow.api('POST', `/api/payment/${paid.id}/refund`, {})
    expect(rest.json).toMatchObject({ status: 'FULLY_REFUNDED', transactionSummary: { refunded: 5999 } })
    const read = (await api.get(path)).json
    expect(read).toMatchObject({ status: 'refunded', amount_refunded: '59.99' })
    expect(read.refunds.map(({ amount }: Json) => amount)).toEqual(['9.99', '50.00'])
    expect((await api.post(`${path}/refund`)).status).toBe(400)
  })

  it('waiting for its confirmation, it is pending in v1, which can void it', async () => {
    const products = [{ name: 'Tea', price: 61_17, quantity: 1 }]
    const waiting = (await inflow.pay({ products, pricingMode: 'TAX_INCLUSIVE' })).json
    const path = `/v1/payments/tx_${suffixOf(waiting.id)}`
    expect((await api.get(path)).json).toMatchObject({ status: 'pending', amount: '61.17' })
    expect((await api.post(`${path}/void`)).json.status).toBe('canceled')
    expect(await inflow.read(waiting.id)).toMatchObject({ status: 'CANCELED', depositStatus: null })
    expect((await inflow.confirm(waiting.id)).status).toBe(400)
    expect((await acquirer.ledger()).filter((entry) => entry.amount_minor === 61_17)).toEqual([])
  })

  it('stands in the lists of both', async () => {
    const v1 = suffixOf((await api.pay()).json.id)
    const one = suffixOf((await inflow.pay()).json.id)
    const newest = (data: Json[]) => data.slice(0, 2).map(({ id }) => suffixOf(id))
    expect(newest((await inflow.api('GET', '/api/payment?limit=2')).json.data)).toEqual([one, v1])
    expect(newest((await api.get('/v1/payments?limit=2')).json.data)).toEqual([one, v1])
  })

  it('is the same to both keys of a merchant, however they are spelt', async () => {
    const { secretKey, inflowPrivateKey } = product.credentials
    expect((await inflow.api('GET', '/api/payment', undefined, { key: secretKey })).status).toBe(200)
    expect((await api.get('/v1/payments', { key: inflowPrivateKey })).status).toBe(200)
  })
})
