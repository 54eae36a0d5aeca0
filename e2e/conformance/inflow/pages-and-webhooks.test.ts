import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anOrder, type Inflow, inflowOf, withoutChance } from '../../harness/inflow.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { type Receiver, startReceiver } from '../../harness/receiver.ts'
import { badRequest, payment } from './contract.ts'

let product: Product
let inflow: Inflow
let url: string

beforeAll(async () => {
  product = await startProduct()
  inflow = inflowOf(product)
  url = product.credentials.gatewayUrl
})
afterAll(() => product?.dispose())

describe('the hosted checkout', () => {
  it.each(['/api/checkout/payment', '/api/payment'])('is created by POST %s', async (path) => {
    const answer = await inflow.api('POST', path, {
      products: anOrder.products,
      currency: 'EUR',
      customerEmail: 'john@example.com',
      successUrl: 'https://yoursite.com/success',
      cancelUrl: 'https://yoursite.com/cancel',
      metadatas: { orderId: 'order_12345' },
      sessionCustomization: {
        bgColor: '#ffffff',
        fontColor: '#000000',
        logoUrl: 'https://yoursite.com/logo.png',
        merchantName: 'Your site',
      },
    })
    expect(answer.status).toBe(201)
    expect(withoutChance(answer.json)).toEqual({ paymentId: 'pay_…', purchaseUrl: `${url}/pay/req_…` })
    expect(withoutChance(await inflow.read(answer.json.paymentId))).toEqual(
      payment({
        amountTaxesIncluded: null,
        taxRateInPercentage: null,
        taxCountry: null,
        taxDetails: null,
        metadatas: { orderId: 'order_12345' },
        purchaseUrl: `${url}/pay/req_…`,
      }),
    )
    expect((await fetch(answer.json.purchaseUrl)).status).toBe(200)
  })

  it('refuses what it cannot show', async () => {
    const answer = await inflow.api('POST', '/api/checkout/payment', {
      products: [],
      currency: 'EUR',
      customerEmail: 'nobody',
      cancelUrl: 5,
      sessionCustomization: { bgColor: 'blue', logoUrl: 'logo.png' },
    })
    expect(answer.json.message).toEqual([
      'products should not be empty',
      'customerEmail must be an email',
      'cancelUrl must be a string',
      'sessionCustomization.bgColor must be a hexadecimal color',
      expect.stringMatching(/^sessionCustomization\.logoUrl must be a URL address/),
    ])
  })
})

describe('payment links', () => {
  const link = {
    id: 'lnk_…',
    name: 'Pro plan',
    products: anOrder.products,
    currency: 'EUR',
    sessionCustomization: null,
    pricingMode: 'TAX_EXCLUSIVE',
    status: 'ACTIVE',
    createdAt: 'time',
    updatedAt: 'time',
  }
  const created = async () =>
    inflow.api('POST', '/api/link', { name: 'Pro plan', products: anOrder.products, currency: 'EUR' })

  it('are created, read, listed and changed', async () => {
    const { status, json } = await created()
    expect(status).toBe(201)
    expect(withoutChance(json)).toEqual({ ...link, url: `${url}/link/lnk_…` })
    const path = `/api/link/${json.id}`
    expect((await inflow.api('GET', path)).json).toEqual(json)
    const list = (await inflow.api('GET', '/api/link?limit=1')).json
    expect(list).toMatchObject({ page: 1, limit: 1, data: [json] })
    const changed = await inflow.api('PATCH', path, {
      name: 'Pro plan, yearly',
      pricingMode: 'TAX_INCLUSIVE',
      sessionCustomization: { merchantName: 'Us' },
    })
    expect(changed.status).toBe(200)
    expect(withoutChance(changed.json)).toEqual({
      ...link,
      url: `${url}/link/lnk_…`,
      name: 'Pro plan, yearly',
      pricingMode: 'TAX_INCLUSIVE',
      sessionCustomization: { bgColor: null, fontColor: null, logoUrl: null, merchantName: 'Us' },
    })
  })

  it('go into the archive and come out of it', async () => {
    const path = `/api/link/${(await created()).json.id}`
    const archived = await inflow.api('DELETE', path)
    expect([archived.status, archived.json.status]).toEqual([200, 'ARCHIVED'])
    expect((await inflow.api('GET', path)).json.status).toBe('ARCHIVED')
    const back = await inflow.api('POST', `${path}/unarchive`)
    expect([back.status, back.json.status]).toEqual([201, 'ACTIVE'])
    expect((await inflow.api('PATCH', path, { status: 'ARCHIVED' })).json.status).toBe('ARCHIVED')
  })

  it('are refused with every fault at once', async () => {
    expect((await inflow.api('POST', '/api/link', { status: 'GONE' })).json).toEqual(
      badRequest([
        'name should not be empty',
        'products should not be empty',
        'currency must be one of the following values: EUR, USD, GBP',
        'status must be one of the following values: ACTIVE, ARCHIVED',
      ]),
    )
  })
})

describe('webhooks', () => {
  let receiver: Receiver

  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver?.stop())

  it('are created, read, switched, narrowed and deleted', async () => {
    const made = await inflow.api('POST', '/api/webhook', { url: receiver.url })
    expect(made.status).toBe(201)
    const { webhookId, secret } = made.json
    const shown = { webhookId: 'whe_…', webhookUrl: receiver.url }
    expect(withoutChance(made.json)).toEqual({ ...shown, secret: 'whsec_…' })
    const path = `/api/webhook/${webhookId}`
    const get = async (rest = '') => (await inflow.api('GET', path + rest)).json
    expect(withoutChance(await get())).toEqual(shown)
    expect(withoutChance((await inflow.api('GET', '/api/webhook')).json)).toEqual([shown])
    expect(await get('/secret')).toEqual({ webhookId, secret })
    expect(withoutChance(await get('/status'))).toEqual({ ...shown, status: 'enabled', failureReason: null })
    const off = await inflow.api('PATCH', path, { status: 'disabled' })
    expect(withoutChance(off.json)).toEqual({ ...shown, status: 'disabled', failureReason: null })
    expect((await inflow.api('PATCH', path, { status: 'enabled' })).json.status).toBe('enabled')
    const narrowed = await inflow.api('PATCH', `${path}/event-types`, { eventTypes: ['payment_created'] })
    expect(withoutChance(narrowed.json)).toEqual({ ...shown, eventTypes: ['payment_created'] })
    const gone = await inflow.api('DELETE', path)
    expect([gone.status, gone.json]).toEqual([200, { webhookId, deleted: true }])
    expect((await inflow.api('GET', path)).json).toEqual({
      statusCode: 404,
      message: 'Webhook not found',
      error: 'Not Found',
    })
  })

  it('are at most five, and each URL is asked with HEAD first', async () => {
    const made = []
    for (let count = 0; count < 5; count++) {
      made.push((await inflow.api('POST', '/api/webhook', { url: receiver.url })).json.webhookId)
    }
    const sixth = await inflow.api('POST', '/api/webhook', { url: receiver.url })
    expect(sixth.json).toEqual(badRequest('There may be at most 5 webhooks; delete one first'))
    for (const id of made) await inflow.api('DELETE', `/api/webhook/${id}`)
    const away = await inflow.api('POST', '/api/webhook', { url: 'http://127.0.0.1:1/' })
    expect(away.json.message).toEqual([expect.stringMatching(/^url must answer a HEAD request/)])
    const inside = await inflow.api('POST', '/api/webhook', { url: 'https://10.0.0.1/' })
    expect(inside.json.message).toEqual([expect.stringMatching(/^url is not allowed/)])
  })

  it('refuse what they do not know', async () => {
    expect((await inflow.api('POST', '/api/webhook', {})).json).toEqual(badRequest(['url must be a URL address']))
    const { webhookId } = (await inflow.api('POST', '/api/webhook', { url: receiver.url })).json
    const path = `/api/webhook/${webhookId}`
    expect((await inflow.api('PATCH', path, { status: 'paused' })).json).toEqual(
      badRequest(['status must be one of the following values: enabled, disabled']),
    )
    expect((await inflow.api('PATCH', `${path}/event-types`, { eventTypes: ['payment_lost'] })).json).toEqual(
      badRequest(['eventTypes.0 must be one of the following values: payment_created, payment_status_updated']),
    )
    await inflow.api('DELETE', path)
  })
})
