import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'

/** What strict reading must not refuse: the other half of the promise. */
let product: Product
let api: Api
beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
})
afterAll(() => product?.dispose())

const emoji = '\u{1f4b3}'
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]))
const pays = { amount: 12.5, currency: 'USD' }

/** Bodies as texts, since a spelling is what is tried; and what a read of the payment then shows. */
const payments: [name: string, body: string | object, shown: object][] = [
  ['blanks around everything', '\n\t { "amount" : 12.5 , "currency" : "USD" } \r\n', { amount: '12.50' }],
  ['escaped letters', '{"\\u0061mount":12.5,"currency":"\\u0055SD"}', { amount: '12.50', currency: 'usd' }],
  ['zeros that change nothing', '{"amount":12.5000,"currency":"USD"}', { amount: '12.50' }],
  ['zeros in front, in a text', '{"amount":"0012.50","currency":"USD"}', { amount: '12.50' }],
  ['decimals of zero in yen', '{"amount":"1000.00","currency":"JPY"}', { amount: '1000' }],
  ['three decimals in dinars', '{"amount":1.234,"currency":"KWD"}', { amount: '1.234' }],
  ['an amount that doubles cannot add up to', '{"amount":4503599.29,"currency":"USD"}', { amount: '4503599.29' }],
  ['the largest amount', '{"amount":"999999999.99","currency":"USD"}', { amount: '999999999.99' }],
  ['a currency in mixed case', { ...pays, currency: 'uSd' }, { currency: 'usd' }],
  ['unknown fields', { ...pays, colour: 'blue', items: [[[{}]]] }, { amount: '12.50' }],
  [
    'null for everything optional',
    { ...pays, external_id: null, metadata: null, email: null, token: null, save_card: null },
    { external_id: null },
  ],
  ['an order id of 255 letters', { ...pays, external_id: 'x'.repeat(255) }, { external_id: 'x'.repeat(255) }],
  [
    'an order id of 255 characters beyond the first plane',
    { ...pays, external_id: emoji.repeat(255) },
    { external_id: emoji.repeat(255) },
  ],
  [
    'an order id of sixteen digits that is no card number',
    { ...pays, external_id: '4111111111111112' },
    { external_id: '4111111111111112' },
  ],
  ['an order id like a UUID', { ...pays, external_id: '41111111-1111-4111-8111-111111111111' }, {}],
  ['a time stamp as order id', { ...pays, external_id: '1763712000000' }, { external_id: '1763712000000' }],
  [
    'texts of many scripts',
    { ...pays, name: 'Ṣẹ́gun Ó Súilleabháin', product_name: '茶 ☕ शाय' },
    { product_name: '茶 ☕ शाय' },
  ],
  ['a telephone number', { ...pays, tel: '+49 (0)30 901820-42' }, { tel: '+49 (0)30 901820-42' }],
  [
    'an address with a plus',
    { ...pays, email: 'ada+shop@xn--bcher-kva.example' },
    { email: 'ada+shop@xn--bcher-kva.example' },
  ],
  ['fifty keys of metadata', { ...pays, metadata: keys(50) }, { metadata: keys(50) }],
  ['8 KB of metadata', { ...pays, metadata: { a: 'x'.repeat(8_000) } }, { metadata: { a: 'x'.repeat(8_000) } }],
  ['a long key of metadata', { ...pays, metadata: { ['k'.repeat(200)]: 1 } }, { metadata: { ['k'.repeat(200)]: 1 } }],
  [
    'every kind of scalar in metadata',
    { ...pays, metadata: { a: '', b: 0.1, c: false, d: null, amount: 17.62 } },
    { metadata: { a: '', b: 0.1, c: false, d: null, amount: 17.62 } },
  ],
  ['a return_url with a query', { ...pays, return_url: 'https://shop.example/return?order=A%201&x=%23' }, {}],
  ['a return_url on this machine', { ...pays, return_url: 'http://localhost:3000/return' }, {}],
]

describe('POST /v1/payments takes', () => {
  it.each(payments)('%s', async (_, body, shown) => {
    const made = await api.post('/v1/payments', body)
    expect([made.status, made.text]).toEqual([201, expect.any(String)])
    expect((await api.get(`/v1/payments/${made.json.id}`)).json).toMatchObject(shown)
  })

  it('metadata whose keys are words of the language, as they are', async () => {
    const metadata = '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":null}'
    const made = await api.post('/v1/payments', `{"amount":12.5,"currency":"USD","metadata":${metadata}}`)
    expect(made.status).toBe(201)
    const read = await api.get(`/v1/payments/${made.json.id}`)
    const kept = JSON.parse(/"metadata":(\{[^}]*\})/.exec(read.text)?.[1] ?? 'null')
    expect(Object.entries(kept).sort()).toEqual(Object.entries(JSON.parse(metadata)).sort())
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    'application/json; charset="utf-8"',
  ])('the content type %s', async (type) => {
    const made = await api.post('/v1/payments', pays, { headers: { 'content-type': type } })
    expect(made.status).toBe(201)
  })

  it.each(['x'.repeat(255), `"${'x'.repeat(255)}"`, '~!@#$%^&*()', '0', '41111111-1111-4111-8111-111111111111'])(
    'the Idempotency-Key %s',
    async (key) => {
      const first = await api.post('/v1/payments', pays, { idempotencyKey: key })
      expect(first.status).toBe(201)
      expect((await api.post('/v1/payments', pays, { idempotencyKey: key })).text).toBe(first.text)
    },
  )

  it('unknown fields, and names them in test mode', async () => {
    const made = await api.post('/v1/payments', { ...pays, colour: 'blue', curency: 'eur' })
    expect(made.headers.get('x-ignored-fields')).toBe('colour, curency')
  })
})

describe('POST /v1/tokens takes', () => {
  const nextMonth = new Date(Date.now() + 31 * 86_400_000)
  it.each<[string, object]>([
    ['a number with blanks', { number: '4242 4242 4242 4242' }],
    ['a number with dashes', { number: '4242-4242-4242-4242' }],
    ['month and year as texts', { exp_month: '12', exp_year: '2034' }],
    ['a month with a zero in front', { exp_month: '01' }],
    ['a card that ends soon', { exp_month: nextMonth.getUTCMonth() + 1, exp_year: nextMonth.getUTCFullYear() }],
    ['nineteen digits', { number: '6205500000000000004' }],
    ['fourteen digits', { number: '36227206271667' }],
    ['four digits for American Express', { number: '378282246310005', cvc: '1234' }],
    ['a Mastercard of the 2-series', { number: '2223003122003222' }],
    ['a Bancontact card without CVC', { number: '6703444444444449', cvc: null }],
    ['a name of another script', { cardholder_name: 'Владимир Ó Súilleabháin 李' }],
    ['an empty name', { cardholder_name: '' }],
    ['unknown fields', { billing_zip: '10117', nickname: { a: [] } }],
  ])('%s', async (_, card) => {
    expect((await api.tokenize({ ...card })).status).toBe(201)
  })
})
