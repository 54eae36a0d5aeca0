import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { aMerchant } from '../../http/testing/test-directory.ts'
import { aToken, createTestApi } from './testing/test-api.ts'

const cardNumber = reservedTestNumber(1_234_567)
const aBody = { amount: 17.62, currency: 'USD', token: aToken }

function refusedParams(json: { error: { details: { param: string }[] } }): string[] {
  return json.error.details.map(({ param }) => param).sort()
}

describe('the body of a payment', () => {
  it('lists every fault of a body at once, one per field', async () => {
    const api = createTestApi()
    const answer = await api.post('/v1/payments', {
      amount: -1,
      currency: 'usdx',
      capture_method: 'later',
      external_id: 'x'.repeat(256),
      payment_method: 'cash',
      metadata: { nested: {}, order: 'ok' },
      token: 'nonsense',
      payment_method_id: 'pmi_0123456789abcdefghjkmnpqrs',
      return_url: 'javascript:alert(1)',
      save_card: 'yes',
      email: 'nobody',
      three_d_secure: 'maybe',
      shopper: [],
    })
    expect(answer.status).toBe(400)
    expect(answer.json.error).toMatchObject({ type: 'invalid_request_error', code: 'validation_error' })
    expect(refusedParams(answer.json)).toEqual([
      'amount',
      'capture_method',
      'currency',
      'email',
      'external_id',
      'metadata.nested',
      'payment_method',
      'payment_method_id',
      'return_url',
      'save_card',
      'shopper',
      'three_d_secure',
      'token',
    ])
    for (const { param, message } of answer.json.error.details) expect(message.startsWith(`${param} `)).toBe(true)
    expect(api.payments.created).toHaveLength(0)
  })

  it('says what is missing from an empty body', async () => {
    const api = createTestApi()
    for (const body of [undefined, '', {}]) {
      const answer = await api.post('/v1/payments', body)
      expect(answer.status).toBe(400)
      expect(refusedParams(answer.json)).toEqual(['amount', 'currency'])
    }
  })

  it('names the one thing that is wrong with an amount by its own code', async () => {
    const api = createTestApi()
    const written = [
      ['0', 'invalid_amount'],
      ['-5', 'invalid_amount'],
      ['"abc"', 'invalid_amount'],
      ['"1e3"', 'invalid_amount'],
      ['true', 'invalid_amount'],
      ['null', 'invalid_amount'],
      ['17.621', 'invalid_amount'],
      ['999999999999', 'amount_above_maximum'],
    ]
    for (const [amount, code] of written) {
      const answer = await api.post('/v1/payments', `{"amount":${amount},"currency":"usd","token":"${aToken}"}`)
      expect(answer.json.error, amount).toMatchObject({ code, param: 'amount' })
    }
    const currency = await api.post('/v1/payments', { ...aBody, currency: 'xyz' })
    expect(currency.json.error).toMatchObject({ code: 'unsupported_currency', param: 'currency' })
    const yen = await api.post('/v1/payments', { ...aBody, currency: 'jpy' })
    expect(yen.json.error).toMatchObject({ code: 'invalid_amount', message: expect.stringContaining('no decimals') })
  })

  it('saves a card only for somebody, and charges one card only', async () => {
    const api = createTestApi()
    const nobody = await api.post('/v1/payments', { ...aBody, save_card: true })
    expect(nobody.json.error).toMatchObject({ code: 'validation_error', param: 'customer_id' })
    const both = await api.post('/v1/payments', { ...aBody, payment_method_id: 'pmi_0123456789abcdefghjkmnpqrs' })
    expect(both.json.error.param).toBe('payment_method_id')
    const merchant = await api.post('/v1/payments', { ...aBody, initiator: 'merchant' })
    expect(merchant.json.error.param).toBe('initiator')
  })

  it('sends no shopper to an address that is not safe', async () => {
    const api = createTestApi()
    const unsafe = [
      'http://shop.example/',
      'https://user:secret@shop.example/',
      'https://shop.example/#done',
      'javascript:alert(1)',
      'data:text/html,x',
      '//shop.example/',
      '/return',
      'http://127.0.0.1.shop.example/',
    ]
    for (const return_url of unsafe) {
      const answer = await api.post('/v1/payments', { ...aBody, return_url })
      expect(answer.json.error?.param, return_url).toBe('return_url')
    }
    for (const return_url of ['https://shop.example/thanks?a=1', 'http://localhost:3000/thanks']) {
      expect((await api.post('/v1/payments', { ...aBody, return_url })).status, return_url).toBe(201)
    }
    const live = await api.post('/v1/payments', { ...aBody, return_url: 'http://localhost/' }, { key: api.live.key })
    expect(live.json.error.param).toBe('return_url')
  })

  it('refuses a card number in every text field without repeating or logging it', async () => {
    const api = createTestApi()
    const number = cardNumber
    const grouped = cardNumber.replace(/(\d{4})(?=\d)/g, '$1-')
    const fields = {
      external_id: number,
      customer_id: grouped,
      name: `Ann ${grouped}`,
      email: `${number}@example.com`,
      tel: number,
      product_name: `card ${number}.`,
      return_url: `https://shop.example/?pan=${number}`,
    }
    for (const [param, value] of Object.entries(fields)) {
      const answer = await api.post('/v1/payments', { ...aBody, [param]: value })
      expect(answer.json.error, param).toMatchObject({ code: 'validation_error', param })
    }
    const shopper = { user_agent: grouped, ip: '10.0.0.1', other: number }
    const answer = await api.post('/v1/payments', { ...aBody, shopper })
    expect(refusedParams(answer.json)).toEqual(['shopper.user_agent'])
    for (const metadata of [{ note: grouped }, { note: Number(number) }, { [number]: 1 }]) {
      const answer = await api.post('/v1/payments', { ...aBody, metadata })
      expect(answer.json.error.param).toMatch(/^metadata/)
      expect(answer.text).not.toContain(cardNumber.slice(8, 12))
    }
    expect(api.payments.created).toHaveLength(0)
    expect(api.logLines.join()).not.toContain(cardNumber.slice(8, 12))
  })

  it('takes telephone numbers, and order ids of digits from a merchant who has said so', async () => {
    const api = createTestApi()
    // 13 digits that begin like a Visa card and pass its check.
    const telephone = '49 151 2345 6787'
    expect((await api.post('/v1/payments', { ...aBody, tel: `+${telephone}` })).status).toBe(201)
    expect((await api.post('/v1/payments', { ...aBody, name: telephone })).json.error.param).toBe('name')
    const numeric = api.directory.secretKey(aMerchant({ numericExternalIds: true }))
    const digits = { ...aBody, external_id: cardNumber }
    expect((await api.post('/v1/payments', digits)).status).toBe(400)
    expect((await api.post('/v1/payments', digits, { key: numeric.key })).status).toBe(201)
  })

  it('refuses what no table can hold', async () => {
    const answer = await createTestApi().post('/v1/payments', { ...aBody, name: 'a\0b', metadata: { a: 'x\0' } })
    expect(refusedParams(answer.json)).toEqual(['metadata.a', 'name'])
  })

  it('bounds metadata in keys and bytes', async () => {
    const api = createTestApi()
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, index]))
    expect((await api.post('/v1/payments', { ...aBody, metadata: many })).json.error.param).toBe('metadata')
    const large = { a: 'x'.repeat(8_200) }
    expect((await api.post('/v1/payments', { ...aBody, metadata: large })).json.error.param).toBe('metadata')
    for (const metadata of [[], 'text', 5]) {
      expect((await api.post('/v1/payments', { ...aBody, metadata })).json.error.param).toBe('metadata')
    }
  })
})
