import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../core/payments/failure.ts'
import { aMerchant } from '../../http/testing/test-directory.ts'
import { aToken, createTestApi, publicUrl } from './testing/test-api.ts'

const cardNumber = reservedTestNumber(1_234_567)
const aBody = { amount: 17.62, currency: 'USD', token: aToken }

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
      expect(api.payments.created.at(-1)?.money?.amountMinor, amount).toBe(minor)
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

  it('hands on what it says of 3-D Secure', async () => {
    const api = createTestApi()
    const result = {
      version: '2.2.0',
      trans_status: 'Y',
      eci: '05',
      cavv: 'AAECAwQFBgcICQoLDA0ODxAREhM=',
      ds_trans_id: '7b6c3c5e-0000-4000-8000-000000000001',
    }
    const shopper = { ip: '192.0.2.1', user_agent: 'Firefox' }
    const wanted = [
      [{}, null, null],
      [{ three_d_secure: 'automatic', shopper: {} }, null, null],
      [{ three_d_secure: 'required' }, { threeDSecure: 'required', shopper: null }, null],
      [{ three_d_secure: 'skip' }, { threeDSecure: 'skip', shopper: null }, null],
      [
        { shopper },
        { threeDSecure: 'automatic', shopper: { ip: '192.0.2.1', userAgent: 'Firefox', acceptLanguage: null } },
        null,
      ],
      [
        { three_d_secure_result: result },
        null,
        { version: '2.2.0', transStatus: 'Y', eci: '05', cavv: result.cavv, dsTransId: result.ds_trans_id },
      ],
    ] as const
    for (const [extra, authenticationWish, broughtResult] of wanted) {
      expect((await api.post('/v1/payments', { ...aBody, ...extra })).status).toBe(201)
      expect(api.payments.created.at(-1)).toMatchObject({ authenticationWish, broughtResult })
    }
  })

  it('lists all that is wrong with a result of the merchant’s own', async () => {
    const api = createTestApi()
    const result = { version: '1.0.2', trans_status: 'N', eci: '5', cavv: 'AAEC' }
    const answer = await api.post('/v1/payments', { ...aBody, three_d_secure_result: result })
    expect(answer.status).toBe(400)
    const params = answer.json.error.details.map(({ param }: { param: string }) => param)
    expect(params.toSorted()).toEqual(
      ['cavv', 'ds_trans_id', 'eci', 'trans_status', 'version'].map((name) => `three_d_secure_result.${name}`),
    )
  })

  it('sends the shopper to the session of the payment', async () => {
    const api = createTestApi()
    const authentication = {
      sessionId: '5x1v7f0k9m2n4p6r8t0w1y3z5a',
      state: 'created',
      version: null,
      eci: null,
    } as never
    api.payments.next = { payment: { state: 'requires_action', authentication } }
    const answer = await api.post('/v1/payments', aBody)
    expect(answer.status).toBe(202)
    expect(answer.json.status).toBe('requires_action')
    expect(answer.json.redirect_url).toMatch(/\/authenticate\/5x1v7f0k9m2n4p6r8t0w1y3z5a$/)
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
