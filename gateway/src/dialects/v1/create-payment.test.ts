import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../core/payments/failure.ts'
import { aToken, createTestApi, publicUrl } from './testing/test-api.ts'
import { aMerchant } from './testing/test-directory.ts'

const cardNumber = reservedTestNumber(1_234_567)
const aBody = { amount: 17.62, currency: 'USD', token: aToken }

function refusedParams(json: { error: { details: { param: string }[] } }): string[] {
  return json.error.details.map(({ param }) => param).sort()
}

describe('creating a payment', () => {
  it('with a token charges the card and tells what came of it', async () => {
    const api = createTestApi()
    const answer = await api.post('/v1/payments', {
      ...aBody,
      external_id: 'A-1042',
      metadata: { order: 'A-1042', amount: 5, gift: true, note: null },
      customer_id: 'cus-1',
      save_card: true,
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['server-timing']).toBe('acquirer;dur=12.3')
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^req_[0-9a-z]{26}$/),
      transaction_id: answer.json.id.replace('req_', 'tx_'),
      status: 'completed',
      amount: 17.62,
      currency: 'usd',
      capture_method: 'automatic',
      external_id: 'A-1042',
      metadata: { order: 'A-1042', amount: 5, gift: true, note: null },
      flow_id: 'flow_default',
      payment_type: 'token',
      payment_url: null,
      card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030, bin: '424242' },
      customer_id: 'cus-1',
      created_at: '2026-10-07T12:00:00.000Z',
    })
    expect(api.payments.created[0]).toMatchObject({
      money: { amountMinor: 1762, currency: 'usd' },
      source: { kind: 'token', token: aToken },
      saveCard: true,
    })
  })

  it('takes an amount exactly as it is written, as a number or as text', async () => {
    const api = createTestApi()
    const written = [
      ['17.62', 'usd', 1762],
      ['"17.62"', 'USD', 1762],
      ['17.620', 'usd', 1762],
      ['1000', 'JPY', 1000],
      ['1.005', 'kwd', 1005],
      ['0.07', 'chf', 7],
      ['90071992.54', 'usd', 9007199254],
    ] as const
    for (const [amount, currency, minor] of written) {
      const answer = await api.post('/v1/payments', `{"amount":${amount},"currency":"${currency}","token":"${aToken}"}`)
      expect(answer.status, amount).toBe(201)
      expect(api.payments.created.at(-1)?.money.amountMinor, amount).toBe(minor)
    }
  })

  it('with manual capture is authorized only', async () => {
    const answer = await createTestApi().post('/v1/payments', { ...aBody, capture_method: 'manual' })
    expect(answer).toMatchObject({ status: 201, json: { status: 'authorized', capture_method: 'manual' } })
  })

  it('with a saved card is recurring', async () => {
    const api = createTestApi()
    const method = 'pmi_0123456789abcdefghjkmnpqrs'
    const answer = await api.post('/v1/payments', {
      amount: '12.00',
      currency: 'eur',
      payment_method_id: method,
      initiator: 'merchant',
    })
    expect(answer).toMatchObject({ status: 201, json: { payment_type: 'recurring' } })
    expect(api.payments.created[0]).toMatchObject({
      source: { kind: 'payment_method', paymentMethodId: method },
      initiator: 'merchant',
    })
  })

  it('without a card waits for the shopper on the checkout page', async () => {
    const answer = await createTestApi().post('/v1/payments', { amount: 25, currency: 'EUR' })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ status: 'pending', payment_type: 'single', card: null })
    expect(answer.json.payment_url).toBe(`${publicUrl}/pay/${answer.json.id}`)
  })

  it('whose outcome is not known is pending, never failed', async () => {
    const api = createTestApi()
    api.payments.next = { payment: { state: 'processing' } }
    expect(await api.post('/v1/payments', aBody)).toMatchObject({ status: 202, json: { status: 'pending' } })
  })

  it('that is declined answers 400 with the payment and why', async () => {
    const api = createTestApi()
    api.payments.next = { payment: { state: 'failed', failure: failureOf('insufficient_funds', '51') } }
    const answer = await api.post('/v1/payments', aBody)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({
      status: 'failed',
      transaction_id: expect.stringMatching(/^tx_/),
      amount: 17.62,
    })
    expect(answer.json.error).toEqual({
      type: 'payment_error',
      code: 'insufficient_funds',
      category: 'soft_decline',
      message: 'The card has not enough funds.',
      recommended_action: 'retry_later',
      request_id: answer.headers['x-request-id'],
      doc_url: `${publicUrl}/docs/errors#insufficient_funds`,
    })
    expect(answer.text).not.toContain('51')
  })

  it('tells nothing of a fraud-like decline but that the card was declined', async () => {
    const api = createTestApi()
    api.payments.next = { payment: { state: 'failed', failure: failureOf('stolen_card', '43') } }
    const { error } = (await api.post('/v1/payments', aBody)).json
    expect(error.message).toBe('The card was declined. Ask the shopper for another card.')
  })

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
      ['1e3', 'invalid_amount'],
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

  it('says that 3-D Secure by demand is not there yet', async () => {
    const api = createTestApi()
    for (const extra of [{ three_d_secure: 'required' }, { three_d_secure_result: { version: '2.2.0' } }]) {
      const answer = await api.post('/v1/payments', { ...aBody, ...extra })
      expect(answer).toMatchObject({ status: 400, json: { error: { code: 'not_supported' } } })
    }
    expect((await api.post('/v1/payments', { ...aBody, three_d_secure: 'skip' })).status).toBe(201)
  })

  it('ignores fields that it does not know, and names them in test mode', async () => {
    const api = createTestApi()
    const body = { ...aBody, capture_metod: 'manual', [cardNumber]: 1 }
    const answer = await api.post('/v1/payments', body)
    expect(answer.status).toBe(201)
    expect(answer.headers['x-ignored-fields']).toBe('capture_metod, ?')
    const live = await api.post('/v1/payments', body, { key: api.live.key })
    expect(live.status).toBe(201)
    expect(live.headers['x-ignored-fields']).toBeUndefined()
  })

  it('takes null for a field that is left out', async () => {
    const api = createTestApi()
    const answer = await api.post('/v1/payments', {
      ...aBody,
      external_id: null,
      metadata: null,
      payment_method_id: null,
      save_card: null,
      capture_method: null,
      shopper: null,
    })
    expect(answer).toMatchObject({ status: 201, json: { external_id: null, metadata: null } })
  })

  it('is refused for a merchant whose server-to-server payments are switched off, not on the checkout', async () => {
    const api = createTestApi()
    const { key } = api.directory.secretKey(aMerchant({ s2sEnabled: false }))
    const answer = await api.post('/v1/payments', aBody, { key })
    expect(answer).toMatchObject({ status: 403, json: { error: { code: 'forbidden' } } })
    expect((await api.post('/v1/payments', { amount: 5, currency: 'usd' }, { key })).status).toBe(201)
  })

  it('tells a refusal of the engine in its own words', async () => {
    const api = createTestApi()
    api.payments.next = { refusal: { refusal: 'token_already_used' } }
    const answer = await api.post('/v1/payments', aBody)
    expect(answer).toMatchObject({
      status: 400,
      json: { error: { type: 'invalid_request_error', code: 'payment_token_already_used', param: 'token' } },
    })
  })

  it('needs a key with the scope to write payments', async () => {
    const api = createTestApi()
    expect((await api.post('/v1/payments', aBody, { key: null })).status).toBe(401)
    const { key } = api.directory.secretKey(api.merchant, 'test', ['payments:read'])
    const answer = await api.post('/v1/payments', aBody, { key })
    expect(answer).toMatchObject({ status: 403, json: { error: { code: 'forbidden' } } })
    expect(answer.json.error.message).toContain('payments:write')
  })
})

describe('an idempotency key', () => {
  it('gives the first answer again, byte for byte, bare or quoted', async () => {
    const api = createTestApi()
    const first = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': 'order-1' } })
    const second = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': '"order-1"' } })
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(second.headers['server-timing']).toBeUndefined()
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(first.status)
  })

  it('stands for the same request however its members are ordered, and for no other', async () => {
    const api = createTestApi()
    const headers = { 'idempotency-key': 'order-2' }
    await api.post('/v1/payments', '{"amount":5.0,"currency":"usd"}', { headers })
    const reordered = await api.post('/v1/payments', '{"currency":"usd", "amount":5.0}', { headers })
    expect(reordered.headers['idempotent-replayed']).toBe('true')
    const other = await api.post('/v1/payments', '{"amount":5.1,"currency":"usd"}', { headers })
    expect(other.headers['idempotent-replayed']).toBeUndefined()
  })

  it('must be visible ASCII of at most 255 characters', async () => {
    const api = createTestApi()
    for (const key of ['', ' ', '"', '""', 'a b', '"a"b"', 'ä', 'x'.repeat(256)]) {
      const answer = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': key } })
      expect(answer.json.error, key).toMatchObject({ code: 'validation_error', param: 'Idempotency-Key' })
    }
    const longest = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': 'x'.repeat(255) } })
    expect(longest.status).toBe(201)
  })
})
