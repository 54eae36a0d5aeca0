import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anOrder, type Inflow, inflowOf, withoutChance } from '../../harness/inflow.ts'
import { whileTimePasses } from '../../harness/passing-time.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { badRequest, charged, failed, payment, succeeded, taxOfFrance, went } from './contract.ts'

let product: Product
let inflow: Inflow

beforeAll(async () => {
  product = await startProduct()
  inflow = inflowOf(product)
})
afterAll(() => product?.dispose())

const paid = async (changes: Record<string, unknown> = {}, card: Record<string, unknown> = {}) =>
  (await inflow.pay({ autoConfirm: true, ...changes }, card)).json

describe('a payment', () => {
  it('that is declined is answered with 201, and says why', async () => {
    const answer = await inflow.pay({ autoConfirm: true }, { number: '4000000000009995' })
    expect(answer.status).toBe(201)
    const attempt = failed(5999, 'insufficient_funds')
    expect(withoutChance(answer.json)).toEqual(
      payment({
        status: 'PAYMENT_FAILED',
        depositStatus: 'failed',
        lastDepositAttempt: attempt,
        depositAttempts: [attempt],
        timeline: went('INITIATION', 'CHECKOUT_PENDING', 'PAYMENT_FAILED'),
      }),
    )
  })

  it('with prices that contain the tax charges them as they are', async () => {
    const summary = { net: 4166, tax: 833, gross: 4999, refunded: 0 }
    expect(withoutChance(await paid({ pricingMode: 'TAX_INCLUSIVE' }))).toEqual(
      charged({
        amountTaxesIncluded: 4999,
        lastDepositAttempt: succeeded(4999),
        depositAttempts: [succeeded(4999)],
        transactionSummary: summary,
        taxDetails: { ...taxOfFrance, net: 4166, tax: 833 },
      }),
    )
  })

  it('of a business elsewhere in the EU is under reverse charge, and says which check that rests on', async () => {
    const business = {
      billingCountry: 'DE',
      purchasingAsBusiness: true,
      businessName: 'Tee GmbH',
      taxId: 'DE136695976',
    }
    const shown = await paid(business)
    expect(shown).toMatchObject({
      amountTaxesIncluded: 4999,
      taxRateInPercentage: 0,
      taxCountry: 'DE',
      taxDetails: {
        reason: 'reverse_charge',
        net: 4999,
        tax: 0,
        taxIdCheck: { taxId: 'DE136695976', status: 'format', checkedBy: 'jsvat' },
      },
    })
    expect(await paid({ ...business, taxId: 'DE136695975' })).toMatchObject({
      amountTaxesIncluded: 5949,
      taxRateInPercentage: 19,
      taxDetails: { reason: 'standard', taxIdCheck: { status: 'invalid' } },
    })
    expect(await paid({ ...business, pricingMode: 'TAX_INCLUSIVE' })).toMatchObject({
      amountInCents: 4999,
      amountTaxesIncluded: 4201,
      transactionSummary: { net: 4201, tax: 0, gross: 4201, refunded: 0 },
    })
  })

  it('in the US is taxed by the state of the ZIP, where the merchant is registered', async () => {
    const shown = await paid({ currency: 'USD', billingCountry: 'US', postalCode: '94105' })
    expect(shown).toMatchObject({ taxCountry: 'US', taxRateInPercentage: 0, taxDetails: { reason: 'not_registered' } })
  })

  it('is listed newest first, page by page', async () => {
    const made = [await paid(), await paid(), await paid()].map(({ id }) => id).toReversed()
    const first = (await inflow.api('GET', '/api/payment?page=1&limit=2')).json
    expect(Object.keys(first)).toEqual(['data', 'page', 'limit', 'total'])
    expect(first).toMatchObject({ page: 1, limit: 2 })
    const second = (await inflow.api('GET', '/api/payment?page=2&limit=2')).json
    expect([...first.data, ...second.data].map(({ id }) => id).slice(0, 3)).toEqual(made)
    expect(first.data[0]).toEqual(await inflow.read(made[0]))
    expect((await inflow.api('GET', '/api/payment?page=0&limit=x')).json).toEqual(
      badRequest(['page must not be less than 1', 'limit must be an integer number']),
    )
  })
})

describe('a refund', () => {
  it('is of the whole payment, and answers it', async () => {
    const { id } = await paid()
    const answer = await inflow.api('POST', `/api/payment/${id}/refund`, { reason: 'Customer requested cancellation' })
    expect(answer.status).toBe(201)
    expect(withoutChance(answer.json)).toEqual(
      charged({
        status: 'FULLY_REFUNDED',
        timeline: went('INITIATION', 'CHECKOUT_PENDING', 'CHECKOUT_SUCCESS', 'REFUND_PENDING', 'FULLY_REFUNDED'),
        transactionSummary: { net: 4999, tax: 1000, gross: 5999, refunded: 5999 },
      }),
    )
    const again = await inflow.api('POST', `/api/payment/${id}/refund`)
    expect([again.status, again.json.error]).toEqual([400, 'Bad Request'])
  })

  it('can be of a part, until nothing is left', async () => {
    const { id } = await paid()
    const refund = async (amountInCents: number) => inflow.api('POST', `/api/payment/${id}/refund`, { amountInCents })
    expect((await refund(2000)).json).toMatchObject({
      status: 'PARTIAL_REFUNDED',
      transactionSummary: { gross: 5999, refunded: 2000 },
    })
    expect((await refund(4000)).json).toEqual(
      badRequest('amountInCents must not be greater than the 39.99 EUR (3999) that is left to refund'),
    )
    expect((await refund(3999)).json.status).toBe('FULLY_REFUNDED')
    expect((await refund(999_999_999_999)).json).toEqual(badRequest(['amountInCents is more than any payment can be']))
    expect((await refund(0)).json).toEqual(badRequest(['amountInCents must not be less than 1']))
  })

  it('that the acquirer decides later is pending, and then succeeds or fails', async () => {
    for (const [number, status, refunded] of [
      ['4000000000007726', 'FULLY_REFUNDED', 5999],
      ['4000000000005126', 'REFUND_FAILED', 0],
    ] as const) {
      const { id } = await paid({}, { number })
      const asked = await inflow.api('POST', `/api/payment/${id}/refund`)
      expect(asked.json).toMatchObject({ status: 'REFUND_PENDING', depositStatus: 'succeeded' })
      await product.advanceClock(120_000)
      const decided = await whileTimePasses(
        product,
        async () => {
          const read = await inflow.read(id)
          return read.status === 'REFUND_PENDING' ? null : read
        },
        { withinMs: 30_000, what: 'the refund to be decided' },
      )
      expect(decided).toMatchObject({ status, transactionSummary: { gross: 5999, refunded } })
      expect(decided.timeline.at(-1).status).toBe(status)
    }
  })

  it('is refused where nothing was charged', async () => {
    const { id } = (await inflow.pay()).json
    const answer = await inflow.api('POST', `/api/payment/${id}/refund`)
    expect([answer.status, answer.json.error]).toEqual([400, 'Bad Request'])
    expect((await inflow.read(id)).depositStatus).toBe('requires_confirmation')
  })
})

describe('the tax rate', () => {
  it('is told by country, and by state in the US', async () => {
    const rate = async (query: string) => (await inflow.api('GET', `/api/tax/rate?${query}`)).json
    expect(await rate('country=FR&postalCode=75001')).toEqual({ country: 'FR', rateInPercentage: 20, name: 'VAT' })
    expect(await rate('country=FI')).toMatchObject({ rateInPercentage: 25.5 })
    expect(await rate('country=US&postalCode=94105')).toMatchObject({ country: 'US', rateInPercentage: 0 })
    expect(await rate('country=US')).toEqual(badRequest(['postalCode should not be empty']))
    expect(await rate('country=Narnia')).toEqual(badRequest(['country must be a valid ISO31661 Alpha2 code']))
    expect(await rate('')).toEqual(badRequest(['country must be a valid ISO31661 Alpha2 code']))
  })
})

describe('repeating a request with its Idempotency-Key', () => {
  it('gives the first answer again, byte for byte, also where the card passed the card host', async () => {
    const before = await inflow.count()
    const options = { idempotencyKey: 'order-12345' }
    const first = await inflow.pay({ autoConfirm: true }, {}, options)
    const second = await inflow.pay({ autoConfirm: true }, {}, options)
    expect(second.text).toBe(first.text)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(await inflow.count()).toBe(before + 1)
    const other = await inflow.pay({ autoConfirm: true }, { number: '5555555555554444' }, options)
    expect(other.json).toEqual(
      badRequest('This Idempotency-Key was used with another request; use a new key for a new one'),
    )
  })

  it('works for the other calls that create or change something', async () => {
    const { id } = (await inflow.pay()).json
    const calls: [string, unknown][] = [
      [`/api/server/payment/${id}`, { metadatas: { step: 1 } }],
      [`/api/server/payment/${id}/confirm`, undefined],
      [`/api/payment/${id}/refund`, { reason: 'twice' }],
      ['/api/checkout/payment', { products: anOrder.products, currency: 'EUR' }],
      ['/api/link', { name: 'Once', products: anOrder.products, currency: 'EUR' }],
    ]
    for (const [path, body] of calls) {
      const options = { idempotencyKey: `twice ${path}`.replaceAll(/\W/g, '-') }
      const first = await inflow.api('POST', path, body, options)
      const second = await inflow.api('POST', path, body, options)
      expect([path, first.status, second.text]).toEqual([path, 201, first.text])
      expect(second.headers.get('idempotent-replayed')).toBe('true')
    }
  })
})
