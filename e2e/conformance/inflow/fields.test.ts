import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anOrder, type Inflow, inflowCard, inflowOf } from '../../harness/inflow.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { badRequest } from './contract.ts'

let product: Product
let inflow: Inflow

beforeAll(async () => {
  product = await startProduct()
  inflow = inflowOf(product)
})
afterAll(() => product?.dispose())

interface Row {
  field: string
  /** Values that the table allows. */
  good: unknown[]
  /** The answer's text where the field is missing and required; absent for what is optional. */
  missing?: string
  /** Values of another type or range, and the answer's texts. */
  wrong: [value: unknown, ...messages: string[]][]
  /** Other fields that the row needs. */
  given?: Record<string, unknown>
}

const currency = 'currency must be one of the following values: EUR, USD, GBP'
const email = 'customerEmail must be an email'
const country = 'billingCountry must be a valid ISO31661 Alpha2 code'
const product1 = { name: 'Tea', price: 500, quantity: 1 }
const business = { purchasingAsBusiness: true, businessName: 'Tea SARL', taxId: 'FR40303265045' }
const tooLong = 'x'.repeat(256)

/** The contract's table of fields, row by row. `useCustomerPaymentMethod` has its own journey. */
const rows: Row[] = [
  {
    field: 'products',
    good: [[product1], [product1, { ...product1, quantity: 3 }]],
    missing: 'products should not be empty',
    wrong: [
      [[], 'products should not be empty'],
      ['tea', 'products must be an array'],
      [[5], 'products.0 must be an object'],
      [[{ ...product1, name: undefined }], 'products.0.name should not be empty'],
      [[{ ...product1, name: 5 }], 'products.0.name must be a string'],
      [[{ ...product1, price: undefined }], 'products.0.price must be an integer number'],
      [[{ ...product1, price: '500' }], 'products.0.price must be an integer number'],
      [[{ ...product1, price: 9.99 }], 'products.0.price must be an integer number'],
      [[{ ...product1, quantity: undefined }], 'products.0.quantity must be an integer number'],
      [[{ ...product1, quantity: 0 }], 'products.0.quantity must not be less than 1'],
    ],
  },
  {
    field: 'currency',
    good: ['EUR', 'USD', 'GBP'],
    missing: currency,
    wrong: [
      ['JPY', currency],
      ['eur', currency],
      [978, currency],
    ],
  },
  {
    field: 'customerEmail',
    good: ['a@b.co', 'First.Last+tag@sub.example.com'],
    missing: email,
    wrong: [
      ['nobody', email],
      ['a@b', email],
      [7, email],
    ],
  },
  {
    field: 'billingCountry',
    good: ['DE', 'fr', 'JP'],
    missing: country,
    wrong: [
      ['France', country],
      ['ZZ', country],
      [33, country],
    ],
  },
  {
    field: 'purchasingAsBusiness',
    good: [false],
    missing: 'purchasingAsBusiness must be a boolean value',
    wrong: [
      ['no', 'purchasingAsBusiness must be a boolean value'],
      [0, 'purchasingAsBusiness must be a boolean value'],
    ],
  },
  {
    field: 'postalCode',
    given: { billingCountry: 'US' },
    good: ['94105', '10001-1234'],
    missing: 'postalCode should not be empty',
    wrong: [
      [94105, 'postalCode must be a string'],
      ['', 'postalCode should not be empty'],
      ['ABC', 'postalCode must be a postal code of US'],
    ],
  },
  { field: 'postalCode', good: ['75001', null], wrong: [[75001, 'postalCode must be a string']] },
  {
    field: 'businessName',
    given: business,
    good: ['Tea SARL'],
    missing: 'businessName should not be empty',
    wrong: [
      [5, 'businessName must be a string'],
      ['', 'businessName should not be empty'],
    ],
  },
  {
    field: 'taxId',
    given: business,
    good: ['FR40303265045', 'anything else'],
    missing: 'taxId should not be empty',
    wrong: [
      [5, 'taxId must be a string'],
      ['', 'taxId should not be empty'],
    ],
  },
  {
    field: 'firstName',
    good: ['John', null],
    wrong: [
      [5, 'firstName must be a string'],
      [tooLong, 'firstName must be shorter than or equal to 255 characters'],
    ],
  },
  { field: 'lastName', good: ['Doe', null], wrong: [[{}, 'lastName must be a string']] },
  {
    field: 'savePaymentMethod',
    good: [true, false, null],
    wrong: [['yes', 'savePaymentMethod must be a boolean value']],
  },
  {
    field: 'useCustomerPaymentMethod',
    good: [false, null],
    wrong: [[1, 'useCustomerPaymentMethod must be a boolean value']],
  },
  { field: 'autoConfirm', good: [true, false, null], wrong: [['true', 'autoConfirm must be a boolean value']] },
  {
    field: 'pricingMode',
    good: ['TAX_EXCLUSIVE', 'TAX_INCLUSIVE', null],
    wrong: [['NET', 'pricingMode must be one of the following values: TAX_EXCLUSIVE, TAX_INCLUSIVE']],
  },
  ...['threeDsSuccessUrl', 'threeDsFailureUrl'].map(
    (field): Row => ({
      field,
      good: ['https://shop.example/3ds?order=1', 'http://localhost:3000/back', null],
      wrong: [
        ['shop', `${field} must be a URL address: it must be an absolute URL, such as https://shop.example/return`],
        [
          'http://shop.example/',
          `${field} must be a URL address: it must begin with https:// (http:// for localhost in test mode)`,
        ],
        [5, `${field} must be a string`],
      ],
    }),
  ),
  {
    field: 'metadatas',
    good: [{ orderId: 'order_12345', items: 3, gift: false, note: null }, {}, null],
    wrong: [
      ['x', 'metadatas must be an object'],
      [[1], 'metadatas must be an object'],
      [{ a: { b: 1 } }, 'metadatas.a must be a string, a number, a boolean or null'],
    ],
  },
]

/** `undefined` leaves a field out. */
const order = (row: Row, value: unknown) => ({ ...anOrder, ...row.given, [row.field]: value })

describe.each(rows.map((row) => [`${row.field}${row.given ? ' (where it is required)' : ''}`, row] as const))(
  'the field %s',
  (_name, row) => {
    it('is taken as the table allows', async () => {
      for (const value of row.good) {
        const answer = await inflow.api('POST', '/api/server/payment', order(row, value))
        expect([value, answer.status, answer.json.message]).toEqual([value, 201, undefined])
      }
    })

    it(row.missing === undefined ? 'may be left out' : 'must be there', async () => {
      const answer = await inflow.api('POST', '/api/server/payment', order(row, undefined))
      if (row.missing === undefined) expect(answer.status).toBe(201)
      else expect(answer.json).toEqual(badRequest([row.missing]))
    })

    it('is refused when it is anything else, in words that begin with its name', async () => {
      for (const [value, ...messages] of row.wrong) {
        const answer = await inflow.api('POST', '/api/server/payment', order(row, value))
        expect([value, answer.json]).toEqual([value, badRequest(messages)])
        for (const message of messages) expect(message.startsWith(row.field)).toBe(true)
      }
    })
  },
)

describe('the card', () => {
  const messagesFor = async (card: unknown): Promise<string[]> => {
    const answer = await inflow.cardHost({ ...anOrder, card })
    expect([answer.status, answer.json.error]).toEqual([400, 'Bad Request'])
    return answer.json.message
  }

  it('is taken by the card host', async () => {
    for (const card of [inflowCard, { ...inflowCard, number: '4242 4242 4242 4242' }]) {
      expect((await inflow.cardHost({ ...anOrder, card })).json.depositStatus).toBe('requires_confirmation')
    }
  })

  it('needs every one of its fields', async () => {
    for (const name of ['number', 'expMonth', 'expYear', 'cvc']) {
      const messages = await messagesFor({ ...inflowCard, [name]: undefined })
      expect([name, messages]).toEqual([name, [expect.stringMatching(new RegExp(`^card\\.${name} `))]])
    }
  })

  it('is refused when one of them is wrong', async () => {
    for (const [name, value] of [
      ['number', '4242424242424241'],
      ['number', 'tea'],
      ['expMonth', 13],
      ['expYear', 2001],
      ['cvc', '12'],
    ] as const) {
      const messages = await messagesFor({ ...inflowCard, [name]: value })
      expect([name, value, messages]).toEqual([name, value, [expect.stringMatching(/^card\.(number|exp|cvc)/)]])
    }
  })

  it('is told together with everything else that is wrong', async () => {
    const answer = await inflow.cardHost({ card: { ...inflowCard, number: '4242424242424241' }, currency: 'JPY' })
    expect(answer.json.message).toEqual([
      'products should not be empty',
      currency,
      email,
      country,
      'purchasingAsBusiness must be a boolean value',
      expect.stringMatching(/^card\.number /),
    ])
  })
})
