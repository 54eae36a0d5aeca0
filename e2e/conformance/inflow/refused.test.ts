import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../../harness/acquirer.ts'
import { anOrder, type Inflow, inflowCard, inflowOf } from '../../harness/inflow.ts'
import { operate } from '../../harness/operator.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { until } from '../../harness/until.ts'
import { badRequest } from './contract.ts'

let product: Product
let inflow: Inflow
let acquirer: Acquirer
let before: { payments: number; authorizations: number }

beforeAll(async () => {
  product = await startProduct()
  inflow = inflowOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const standing = async () => ({
  payments: await inflow.count(),
  authorizations: (await acquirer.ledger()).length,
})

beforeEach(async () => {
  before = await standing()
})
/** Whatever is refused here leaves nothing behind. */
afterEach(async () => {
  expect(await standing()).toEqual(before)
})

/** A change by the operator. */
const seenSoon = { withinMs: 30_000, what: 'the change to be seen' }

const withCard = (changes: Record<string, unknown>) =>
  inflow.cardHost({ ...anOrder, card: inflowCard, autoConfirm: true, ...changes })
const priced = (price: number, quantity = 1) => ({ products: [{ name: 'Tea', price, quantity }] })

describe('refused, with nothing stored and nothing charged', () => {
  it('are many faults at once, all in one list', async () => {
    const answer = await withCard({
      products: [{ name: '', price: 0, quantity: -1 }],
      currency: 'XXX',
      customerEmail: 'x',
      billingCountry: 'Narnia',
      purchasingAsBusiness: 'maybe',
      autoConfirm: 1,
    })
    expect(answer.json).toEqual(
      badRequest([
        'products.0.name should not be empty',
        'products.0.price must not be less than 1',
        'products.0.quantity must not be less than 1',
        'currency must be one of the following values: EUR, USD, GBP',
        'customerEmail must be an email',
        'billingCountry must be a valid ISO31661 Alpha2 code',
        'purchasingAsBusiness must be a boolean value',
        'autoConfirm must be a boolean value',
      ]),
    )
  })

  it('are both card flags', async () => {
    const answer = await inflow.api('POST', '/api/server/payment', {
      ...anOrder,
      savePaymentMethod: true,
      useCustomerPaymentMethod: true,
    })
    expect(answer.json).toEqual(
      badRequest(['savePaymentMethod must not be true together with useCustomerPaymentMethod']),
    )
    expect((await withCard({ useCustomerPaymentMethod: true })).json).toEqual(
      badRequest(['useCustomerPaymentMethod must not be true together with card']),
    )
  })

  it('is a saved card that does not exist', async () => {
    const order = { ...anOrder, customerEmail: 'stranger@example.com' }
    const latest = await inflow.api('POST', '/api/server/payment', { ...order, useCustomerPaymentMethod: true })
    expect([latest.status, latest.json.error]).toEqual([400, 'Bad Request'])
    const named = await inflow.api('POST', '/api/server/payment', {
      ...order,
      paymentMethodId: `pmi_${'0'.repeat(26)}`,
    })
    expect([named.status, named.json.error]).toEqual([400, 'Bad Request'])
  })

  it('is an unknown country', async () => {
    expect((await withCard({ billingCountry: 'QQ' })).json).toEqual(
      badRequest(['billingCountry must be a valid ISO31661 Alpha2 code']),
    )
  })

  it('are prices of nothing and less', async () => {
    for (const price of [0, -1, -4999]) {
      expect((await withCard(priced(price))).json).toEqual(badRequest(['products.0.price must not be less than 1']))
    }
  })

  it('are quantities that cannot be counted exactly', async () => {
    const body = JSON.stringify({ ...anOrder, card: inflowCard, ...priced(500) })
    for (const quantity of ['9007199254740993', '1e300']) {
      const answer = await inflow.cardHost(body.replace('"quantity":1', `"quantity":${quantity}`))
      expect(answer.json).toEqual(badRequest(['products.0.quantity must not be greater than 9007199254740991']))
    }
  })

  it('are totals under the minimum, compared with what is charged', async () => {
    // With 20 % on top, 124 becomes 149 and 125 becomes 150.
    const below = await withCard(priced(124))
    expect(below.json).toEqual(badRequest('The total of 1.49 EUR (149) is below the minimum of 1.50 EUR (150)'))
    for (const [currency, price] of [
      ['EUR', 149],
      ['GBP', 99],
      ['USD', 199],
    ] as const) {
      const answer = await withCard({ ...priced(price), currency, pricingMode: 'TAX_INCLUSIVE' })
      expect([currency, answer.status]).toEqual([currency, 400])
      expect(answer.json.message).toContain(`(${price}) is below the minimum of`)
    }
  })

  it('are totals above the maximum, however they come about', async () => {
    for (const products of [
      [{ name: 'Gold', price: 99_999_999_999, quantity: 1 }],
      [{ name: 'Gold', price: 9_007_199_254_740_991, quantity: 9_007_199_254_740_991 }],
      [1, 2, 3].map((each) => ({ name: `Gold ${each}`, price: 50_000_000_000, quantity: 1 })),
    ]) {
      const answer = await withCard({ products })
      expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining('above the maximum')])
    }
  })

  it('is a card on the wrong host, which is named', async () => {
    const answer = await inflow.api('POST', '/api/server/payment', { ...anOrder, card: inflowCard })
    expect(answer.json).toEqual(
      badRequest([
        `card must not be sent to this host: send the same request to the card host, POST ${product.credentials.vaultUrl}/api/server/payment`,
      ]),
    )
    expect(answer.text).not.toContain('4242')
  })

  it('is what is no JSON object', async () => {
    for (const body of ['', '[]', '"x"', '{"products":', '{"a":1,"a":2}']) {
      const answer = await inflow.api('POST', '/api/server/payment', body)
      expect([body, answer.status, answer.json.statusCode, answer.json.error]).toEqual([body, 400, 400, 'Bad Request'])
    }
  })

  it('is a caller without a private key', async () => {
    const unauthorized = { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' }
    for (const key of ['', 'inflow_priv_test_x', `${product.credentials.inflowPrivateKey.slice(0, -1)}!`]) {
      expect((await inflow.api('POST', '/api/server/payment', anOrder, { key })).json).toEqual(unauthorized)
      expect((await inflow.cardHost({ ...anOrder, card: inflowCard }, { key })).json).toEqual(unauthorized)
    }
    const key = product.credentials.inflowPublicKey
    for (const answer of [
      await inflow.api('POST', '/api/server/payment', anOrder, { key }),
      await inflow.cardHost({ ...anOrder, card: inflowCard }, { key }),
    ]) {
      expect([answer.status, answer.json.statusCode, answer.json.error]).toEqual([403, 403, 'Forbidden'])
    }
  })
})

it('what belongs to another merchant is not found', async () => {
  const { id } = (await inflow.api('POST', '/api/server/payment', anOrder)).json
  const link = (await inflow.api('POST', '/api/link', { name: 'L', products: anOrder.products, currency: 'EUR' })).json
  const other = await operate(product, 'merchants', 'create', '--name', 'Another')
  const key = other.inflowPrivateKey
  await until(async () => (await inflow.api('GET', '/api/payment', undefined, { key })).status === 200, seenSoon)
  for (const [method, path] of [
    ['GET', `/api/payment/${id}`],
    ['POST', `/api/server/payment/${id}/confirm`],
    ['POST', `/api/payment/${id}/refund`],
    ['PATCH', `/api/server/payment/${id}`],
    ['GET', '/api/payment/pay_00000000000000000000000000'],
    ['GET', '/api/payment/nothing'],
  ] as const) {
    const body = method === 'GET' ? undefined : {}
    const answer = await inflow.api(method, path, body, { key })
    expect([path, answer.json]).toEqual([path, { statusCode: 404, message: 'Payment not found', error: 'Not Found' }])
  }
  expect((await inflow.api('GET', `/api/link/${link.id}`, undefined, { key })).json).toEqual({
    statusCode: 404,
    message: 'Link not found',
    error: 'Not Found',
  })
  // What the last test made is not what the next one compares.
  before = await standing()
})

it('server payments need the switch that an operator may turn off, on either host', async () => {
  const { merchantId, inflowPrivateKey: key } = await operate(product, 'merchants', 'create', '--name', 'No cards')
  await operate(product, 'merchants', 'set', merchantId, '--server-payments', 'off')
  const refusal = {
    statusCode: 403,
    message: 'Not authorized to create payment, server to server payment not enabled, please contact support',
    error: 'Forbidden',
  }
  await until(async () => (await inflow.api('POST', '/api/server/payment', anOrder, { key })).status === 403, seenSoon)
  expect((await inflow.api('POST', '/api/server/payment', anOrder, { key })).json).toEqual(refusal)
  const onCardHost = async () => (await inflow.cardHost({ ...anOrder, card: inflowCard }, { key })).json
  await until(async () => (await onCardHost()).statusCode === 403, seenSoon)
  expect(await onCardHost()).toEqual(refusal)
  const checkout = { products: anOrder.products, currency: 'EUR', customerEmail: 'john@example.com' }
  expect((await inflow.api('POST', '/api/checkout/payment', checkout, { key })).status).toBe(201)
})
