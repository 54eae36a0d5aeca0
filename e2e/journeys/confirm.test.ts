import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import type { Json } from '../harness/api.ts'
import { anOrder, type Inflow, inflowOf } from '../harness/inflow.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

let product: Product
let inflow: Inflow
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  inflow = inflowOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const minuteMs = 60_000
const waiting = async (changes: Json = {}): Promise<Json> => (await inflow.pay(changes)).json
const charges = async (amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor)
const priced = (price: number) => ({ products: [{ name: 'Tea', price, quantity: 1 }], pricingMode: 'TAX_INCLUSIVE' })
const cardIsFreed = async () => (await inflow.api('GET', '/api/payment?limit=1')).status === 200

describe('a payment that waits for its confirmation', () => {
  it('has charged nothing, and then charges once', async () => {
    const { id } = await waiting(priced(70_01))
    expect(await charges(70_01)).toEqual([])
    expect((await inflow.confirm(id)).json).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    expect(await charges(70_01)).toMatchObject([{ held_minor: 0, captured_minor: 70_01 }])
    const again = await inflow.confirm(id)
    expect([again.status, again.json.error]).toEqual([400, 'Bad Request'])
    expect(await charges(70_01)).toHaveLength(1)
  })

  it('charges once however many confirm it at the same moment', async () => {
    const { id } = await waiting(priced(70_02))
    const answers = await Promise.all(Array.from({ length: 10 }, () => inflow.confirm(id)))
    for (const answer of answers) expect([201, 400]).toContain(answer.status)
    const confirmed = answers.filter(({ status }) => status === 201)
    expect(confirmed.length).toBeGreaterThan(0)
    for (const answer of confirmed) expect(answer.json.status).toBe('CHECKOUT_SUCCESS')
    expect(await charges(70_02)).toHaveLength(1)
  })

  it('says at its confirmation when the card is declined', async () => {
    const { id, status } = (await inflow.pay(priced(70_03), { number: '4000000000000002' })).json
    expect(status).toBe('INITIATION')
    const confirmed = await inflow.confirm(id)
    expect(confirmed.status).toBe(201)
    expect(confirmed.json).toMatchObject({
      status: 'PAYMENT_FAILED',
      lastDepositAttempt: { status: 'failed', amount: 70_03 },
    })
  })

  it('can be changed, which prices and taxes it anew', async () => {
    const { id } = await waiting()
    const changed = await inflow.api('POST', `/api/server/payment/${id}`, {
      products: [{ name: 'Basic Plan', price: 1000, quantity: 3 }],
      billingCountry: 'FI',
      firstName: 'Aino',
      metadatas: { plan: 'basic' },
    })
    expect(changed.status).toBe(201)
    expect(changed.json).toMatchObject({
      amountInCents: 3000,
      amountTaxesIncluded: 3765,
      taxRateInPercentage: 25.5,
      taxCountry: 'FI',
      products: [{ name: 'Basic Plan', price: 1000, quantity: 3 }],
      metadatas: { plan: 'basic' },
      depositStatus: 'requires_confirmation',
    })
    const inclusive = await inflow.api('PATCH', `/api/server/payment/${id}`, { pricingMode: 'TAX_INCLUSIVE' })
    expect([inclusive.status, inclusive.json.amountTaxesIncluded]).toEqual([200, 3000])
    expect(await charges(3000)).toEqual([])
    expect((await inflow.confirm(id)).json.transactionSummary).toEqual({
      net: 2390,
      tax: 610,
      gross: 3000,
      refunded: 0,
    })
    expect(await charges(3000)).toHaveLength(1)
    const late = await inflow.api('PATCH', `/api/server/payment/${id}`, { pricingMode: 'TAX_EXCLUSIVE' })
    expect([late.status, late.json.error]).toEqual([400, 'Bad Request'])
  })

  it('can be changed while it waits for its card, too', async () => {
    const { id } = (await inflow.api('POST', '/api/server/payment', anOrder)).json
    const changed = await inflow.api('POST', `/api/server/payment/${id}`, { billingCountry: 'DE' })
    expect(changed.json).toMatchObject({ taxCountry: 'DE', amountTaxesIncluded: 5949, depositStatus: null })
    const early = await inflow.confirm(id)
    expect([early.status, early.json.error]).toEqual([400, 'Bad Request'])
  })

  it('stays as it was when a change is refused', async () => {
    const before = await waiting()
    const path = `/api/server/payment/${before.id}`
    for (const change of [
      { products: [{ name: 'Tea', price: 1, quantity: 1 }] },
      { products: [] },
      { billingCountry: 'US', postalCode: null },
      { purchasingAsBusiness: true },
    ]) {
      const refused = await inflow.api('POST', path, change)
      expect([change, refused.status]).toEqual([change, 400])
    }
    expect(await inflow.read(before.id)).toEqual(before)
  })
})

describe('time', () => {
  it('leaves a payment confirmable for longer than a token would live', async () => {
    const { id } = await waiting(priced(70_10))
    await product.advanceClock(45 * minuteMs)
    await until(cardIsFreed, { withinMs: 30_000, what: 'the gateway' })
    expect((await inflow.confirm(id)).json.status).toBe('CHECKOUT_SUCCESS')
    expect(await charges(70_10)).toHaveLength(1)
  })

  it('ends an unconfirmed payment after an hour, uncharged', async () => {
    const { id } = await waiting(priced(70_11))
    await product.advanceClock(61 * minuteMs)
    const ended = await until(
      async () => {
        const read = await inflow.read(id)
        return read.status === 'CANCELED' ? read : null
      },
      { withinMs: 20_000, what: 'the payment to expire' },
    )
    expect(ended).toMatchObject({ depositStatus: null, lastDepositAttempt: null, transactionSummary: null })
    expect(ended.timeline.map(({ status }: Json) => status)).toEqual(['INITIATION', 'CANCELED'])
    const late = await inflow.confirm(id)
    expect([late.status, late.json.error]).toEqual([400, 'Bad Request'])
    expect(await charges(70_11)).toEqual([])
  })
})
