import { describe, expect, it } from 'vitest'
import { customerOfEmail } from '../../core/customers/customer-of-email.ts'
import { aBody, createTestApi } from './testing/test-api.ts'

const path = '/api/server/payment'

async function messagesFor(changes: Record<string, unknown>) {
  const api = createTestApi()
  const answer = await api.call('POST', path, { ...aBody, ...changes })
  expect(answer.status).toBe(400)
  expect(answer.json).toMatchObject({ statusCode: 400, error: 'Bad Request' })
  expect(api.payments.created).toEqual([])
  return answer.json.message
}

describe('a server payment', () => {
  it('becomes an order of the engine, under the customer that the e-mail stands for', async () => {
    const api = createTestApi()
    const answer = await api.call('POST', path, {
      ...aBody,
      firstName: 'John',
      lastName: 'Doe',
      pricingMode: 'TAX_INCLUSIVE',
      autoConfirm: true,
      useCustomerPaymentMethod: true,
      threeDsSuccessUrl: 'https://shop.example/ok',
      threeDsFailureUrl: 'https://shop.example/no',
      metadatas: { orderId: 'A-1' },
      unknownField: 1,
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['x-ignored-fields']).toBe('unknownField')
    expect(api.payments.created).toMatchObject([
      {
        money: null,
        order: {
          currency: 'eur',
          items: [{ name: 'Pro Plan', unitPriceMinor: 4999, quantity: 1 }],
          pricingMode: 'tax_inclusive',
          buyer: { country: 'FR', isBusiness: false, taxId: null, firstName: 'John', lastName: 'Doe' },
        },
        captureMethod: 'automatic',
        confirmation: 'automatic',
        source: { kind: 'latest_payment_method' },
        initiator: 'customer',
        customerId: customerOfEmail({ merchantId: api.merchant.merchantId, mode: 'test' }, 'john@example.COM'),
        email: 'John@Example.com',
        name: 'John Doe',
        returnUrl: 'https://shop.example/ok',
        failureUrl: 'https://shop.example/no',
        metadata: { orderId: 'A-1' },
        saveCard: false,
      },
    ])
  })

  it('waits for its confirmation unless told otherwise, and for a card where none is named', async () => {
    const api = createTestApi()
    await api.call('POST', path, aBody)
    expect(api.payments.created).toMatchObject([{ confirmation: 'manual', source: null, saveCard: false }])
  })

  it('can name one of several saved cards', async () => {
    const api = createTestApi()
    const paymentMethodId = `pmi_${'a'.repeat(26)}`
    await api.call('POST', path, { ...aBody, paymentMethodId, useCustomerPaymentMethod: true })
    expect(api.payments.created).toMatchObject([{ source: { kind: 'payment_method', paymentMethodId } }])
  })

  it('is refused where the merchant may not take such payments, in the words of the contract', async () => {
    const api = createTestApi({ merchant: { s2sEnabled: false } })
    const answer = await api.call('POST', path, aBody)
    expect(answer.status).toBe(403)
    expect(answer.json).toEqual({
      statusCode: 403,
      message: 'Not authorized to create payment, server to server payment not enabled, please contact support',
      error: 'Forbidden',
    })
  })

  it('believes nothing that only the card host may say', async () => {
    const api = createTestApi()
    await api.call('POST', path, { ...aBody, card_token: `tok_${'a'.repeat(26)}`, card_digest: 'x' })
    expect(api.payments.created).toMatchObject([{ source: null }])
  })

  it('with a card is sent to the card host, and not read', async () => {
    const api = createTestApi()
    const card = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }
    const answer = await api.call('POST', path, { ...aBody, card })
    expect(answer.status).toBe(400)
    expect(answer.json.message[0]).toContain('http://vault.test/api/server/payment')
    expect(api.payments.created).toEqual([])
  })
})

describe('what is wrong with a body', () => {
  it('is told all at once, in the order of the fields', async () => {
    const api = createTestApi()
    const answer = await api.call('POST', path, {
      metadatas: 'x',
      autoConfirm: 'yes',
      customerEmail: 'nobody',
      products: [{ quantity: 1.5, price: -1 }, 7],
    })
    expect(answer.json.message).toEqual([
      'products.0.name should not be empty',
      'products.0.price must not be less than 1',
      'products.0.quantity must be an integer number',
      'products.1 must be an object',
      'currency must be one of the following values: EUR, USD, GBP',
      'customerEmail must be an email',
      'billingCountry must be a valid ISO31661 Alpha2 code',
      'purchasingAsBusiness must be a boolean value',
      'autoConfirm must be a boolean value',
      'metadatas must be an object',
    ])
  })

  it('is told field by field', async () => {
    const long = 'x'.repeat(256)
    expect(await messagesFor({ products: [] })).toEqual(['products should not be empty'])
    expect(await messagesFor({ products: 'tea' })).toEqual(['products must be an array'])
    expect(await messagesFor({ firstName: long })).toEqual([
      'firstName must be shorter than or equal to 255 characters',
    ])
    expect(await messagesFor({ lastName: 5 })).toEqual(['lastName must be a string'])
    expect(await messagesFor({ pricingMode: 'NET' })).toEqual([
      'pricingMode must be one of the following values: TAX_EXCLUSIVE, TAX_INCLUSIVE',
    ])
    expect(await messagesFor({ billingCountry: 'ZZ' })).toEqual(['billingCountry must be a valid ISO31661 Alpha2 code'])
    expect(await messagesFor({ threeDsSuccessUrl: 'nowhere' })).toMatchObject([
      expect.stringMatching(/^threeDsSuccessUrl must be a URL address/),
    ])
    expect(await messagesFor({ card: 'none' })).toEqual(['card must be an object, sent to the card host'])
  })

  it('includes what one field asks of another', async () => {
    expect(await messagesFor({ billingCountry: 'us' })).toEqual(['postalCode should not be empty'])
    expect(await messagesFor({ purchasingAsBusiness: true, taxId: ' ' })).toEqual([
      'businessName should not be empty',
      'taxId should not be empty',
    ])
    expect(await messagesFor({ savePaymentMethod: true, useCustomerPaymentMethod: true })).toEqual([
      'savePaymentMethod must not be true together with useCustomerPaymentMethod',
    ])
  })

  it('includes a card number in a text, which is not repeated', async () => {
    const messages = await messagesFor({ firstName: '4242 4242 4242 4242', metadatas: { note: '4242424242424242' } })
    expect(messages).toEqual([
      expect.stringMatching(/^firstName holds what looks like a card number/),
      expect.stringMatching(/^metadatas.note holds what looks like a card number/),
    ])
    expect(messages.join()).not.toContain('4242')
  })

  it('includes numbers beyond what can be counted exactly', async () => {
    const api = createTestApi()
    const body = JSON.stringify(aBody).replace('"quantity":1', '"quantity":9007199254740993')
    const answer = await api.call('POST', path, body)
    expect(answer.json.message).toEqual(['products.0.quantity must not be greater than 9007199254740991'])
  })
})

describe('keys', () => {
  it('are taken in either spelling and from either header, and public ones are sent away', async () => {
    const api = createTestApi()
    const inflow = api.mine.key.replace('tsk_', 'inflow_priv_')
    for (const [name, value] of [
      ['x-inflow-api-key', api.mine.key],
      ['x-inflow-api-key', inflow],
      ['authorization', `Bearer ${inflow}`],
    ] as const) {
      expect((await api.call('GET', '/api/payment', undefined, { [name]: value })).status).toBe(200)
    }
    const publicKey = api.directory.publishableKey(api.merchant).replace('pk_', 'inflow_pub_')
    const refused = await api.call('GET', '/api/payment', undefined, { 'x-inflow-public-key': publicKey })
    expect(refused.status).toBe(403)
    const none = await api.call('GET', '/api/payment', undefined, {})
    expect(none.json).toEqual({ statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' })
  })
})
