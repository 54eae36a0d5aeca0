import { describe, expect, it } from 'vitest'
import { failureOf } from '../../core/payments/failure.ts'
import type { Payment } from '../../core/payments/payment.ts'
import { requestIdOf, transactionIdOf } from './payment-id.ts'
import { createTestApi, publicUrl, type TestApi } from './testing/test-api.ts'

const authorized = (api: TestApi) => api.payments.has(api.mine.caller, 'authorized')
const captured = (api: TestApi) => api.payments.has(api.mine.caller, 'captured')
const pathOf = (payment: Payment, call: string) => `/v1/payments/${transactionIdOf(payment.paymentId)}/${call}`

describe.each(['capture', 'void', 'refund'] as const)('POST …/%s', (call) => {
  it('answers alike for a payment that is missing, malformed, another merchant’s or of the other mode', async () => {
    const api = createTestApi()
    const foreign = api.payments.has(api.foreign.caller, 'captured')
    const live = api.payments.has(api.live.caller, 'captured')
    const ids = [
      transactionIdOf(foreign.paymentId),
      requestIdOf(live.paymentId),
      'tx_01jd0000000000000000000000',
      'tx_short',
      'nonsense',
      '%00',
      'tx_01JD0000000000000000000000',
    ]
    const answers = await Promise.all(ids.map((id) => api.post(`/v1/payments/${id}/${call}`, {})))
    const bodies = answers.map(({ text, headers }) => text.replace(headers['x-request-id'] ?? '', 'rq'))
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 404))
    expect(new Set(bodies).size).toBe(1)
    expect(answers[0]?.json.error).toMatchObject({ type: 'invalid_request_error', code: 'not_found' })
  })

  it('takes both spellings of an id as one payment, also under one idempotency key', async () => {
    const api = createTestApi()
    const payment = captured(api)
    const headers = { 'idempotency-key': 'once' }
    const first = await api.post(`/v1/payments/tx_${payment.paymentId}/${call}`, {}, { headers })
    const second = await api.post(`/v1/payments/req_${payment.paymentId}/${call}`, {}, { headers })
    expect(first.status).toBe(200)
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(second.text).toBe(first.text)
  })

  it('does not let one idempotency key stand for two payments', async () => {
    const api = createTestApi()
    const headers = { 'idempotency-key': 'once' }
    await api.post(pathOf(captured(api), call), {}, { headers })
    await api.post(pathOf(captured(api), call), {}, { headers })
    const [first, second] = api.payments.changes
    expect(first?.claim?.key).toBe(second?.claim?.key)
    expect(first?.claim?.fingerprint).not.toBe(second?.claim?.fingerprint)
  })

  it('needs no body, with or without a content type', async () => {
    const api = createTestApi()
    expect((await api.post(pathOf(captured(api), call))).status).toBe(200)
    expect((await api.post(pathOf(captured(api), call), '')).status).toBe(200)
  })

  it('needs a key', async () => {
    const api = createTestApi()
    expect((await api.post(pathOf(captured(api), call), {}, { key: null })).status).toBe(401)
    const { key } = api.directory.secretKey(api.merchant, 'test', ['payments:read'])
    expect((await api.post(pathOf(captured(api), call), {}, { key })).status).toBe(403)
  })

  it('tells a refusal in this API’s words', async () => {
    const api = createTestApi()
    api.payments.next = { refusal: { refusal: 'invalid_state', action: call, state: 'failed', why: 'It is over.' } }
    const answer = await api.post(pathOf(captured(api), call), {})
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'invalid_status', message: 'It is over.' } } })
  })
})

describe('capturing', () => {
  it('a part tells the amount of this capture as a number, and releases the rest unless told otherwise', async () => {
    const api = createTestApi()
    const payment = authorized(api)
    api.payments.next = {
      payment: { state: 'captured', amounts: { ...payment.amounts, capturedMinor: 1050 } },
      operation: { amountMinor: 1050 as never },
    }
    const answer = await api.post(pathOf(payment, 'capture'), { amount: 10.5 })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      id: transactionIdOf(payment.paymentId),
      request_id: requestIdOf(payment.paymentId),
      status: 'completed',
      amount: 10.5,
      amount_captured: '10.50',
    })
    await api.post(pathOf(payment, 'capture'), { amount: '1.00', final: false })
    await api.post(pathOf(payment, 'capture'))
    expect(api.payments.changes.map(({ command }) => command)).toEqual([
      { money: { amountText: '10.5' }, final: true },
      { money: { amountText: '1.00' }, final: false },
      { money: null, final: true },
    ])
  })

  it('that is not known to be done yet is pending', async () => {
    for (const state of ['sending', 'unknown', 'pending'] as const) {
      const api = createTestApi()
      const payment = authorized(api)
      api.payments.next = { operation: { state } }
      const answer = await api.post(pathOf(payment, 'capture'))
      expect(answer).toMatchObject({ status: 202, json: { status: 'pending' } })
    }
  })

  it('that the acquirer refused is capture_failed, with the payment as it stands', async () => {
    const api = createTestApi()
    const payment = authorized(api)
    api.payments.next = { operation: { state: 'declined', failure: failureOf('processing_error') } }
    const answer = await api.post(pathOf(payment, 'capture'))
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({
      status: 'authorized',
      error: {
        type: 'payment_error',
        code: 'capture_failed',
        request_id: answer.headers['x-request-id'],
        doc_url: `${publicUrl}/docs/errors#capture_failed`,
      },
    })
  })

  it('refuses an amount that is none', async () => {
    const api = createTestApi()
    const payment = authorized(api)
    for (const amount of ['0', '-1', '"x"', '0.00', '"1e2"', '[]']) {
      const answer = await api.post(pathOf(payment, 'capture'), `{"amount":${amount}}`)
      expect(answer.json.error, amount).toMatchObject({ code: 'invalid_amount', param: 'amount' })
    }
    expect((await api.post(pathOf(payment, 'capture'), { final: 'no' })).json.error.param).toBe('final')
  })
})

describe('voiding', () => {
  it('tells that what was not captured is canceled', async () => {
    const api = createTestApi()
    const payment = authorized(api)
    api.payments.next = { payment: { state: 'canceled' } }
    const answer = await api.post(pathOf(payment, 'void'), { reason: 'out of stock' })
    expect(answer).toMatchObject({ status: 200, json: { id: transactionIdOf(payment.paymentId), status: 'canceled' } })
    expect(api.payments.changes[0]?.command).toEqual({ reason: 'out of stock' })
  })

  it('answers canceled after a partial capture as well, whose rest it gives back', async () => {
    const api = createTestApi()
    const answer = await api.post(pathOf(captured(api), 'void'))
    expect(answer).toMatchObject({ status: 200, json: { status: 'canceled', amount_captured: '100.00' } })
  })

  it('refuses a reason that is no short text', async () => {
    const api = createTestApi()
    for (const reason of [5, 'x'.repeat(256), '4242 4242 4242 4242']) {
      expect((await api.post(pathOf(authorized(api), 'void'), { reason })).json.error.param).toBe('reason')
    }
  })
})

describe('refunding', () => {
  it('a part answers the refund', async () => {
    const api = createTestApi()
    const payment = captured(api)
    api.payments.next = {
      operation: { amountMinor: 550 as never, acquirerReference: 'rf_77', reason: 'late' },
    }
    const answer = await api.post(pathOf(payment, 'refund'), { amount: 5.5, currency: 'USD', reason: 'late' })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^orf_[0-9a-z]{26}$/),
      transaction_id: transactionIdOf(payment.paymentId),
      amount: '5.50',
      currency: 'usd',
      status: 'succeeded',
      reason: 'late',
      psp_refund_id: 'rf_77',
      refund_fee: '0.00',
      created_at: '2026-10-07T12:00:00.000Z',
    })
    expect(api.payments.changes[0]?.command).toEqual({
      money: { amountText: '5.5' },
      currency: 'USD',
      reason: 'late',
    })
  })

  it('that is not done yet is pending, one that was refused is failed', async () => {
    const api = createTestApi()
    api.payments.next = { operation: { state: 'pending' } }
    const pending = await api.post(pathOf(captured(api), 'refund'))
    expect(pending).toMatchObject({ status: 202, json: { status: 'pending' } })
    api.payments.next = { operation: { state: 'declined', failure: failureOf('processing_error') } }
    const failed = await api.post(pathOf(captured(api), 'refund'))
    expect(failed).toMatchObject({ status: 400, json: { status: 'failed', error: { code: 'refund_failed' } } })
  })

  it('of more than is left says how much is left', async () => {
    const api = createTestApi()
    const { currency } = captured(api)
    api.payments.next = { refusal: { refusal: 'amount_too_large', action: 'refund', availableMinor: 1234, currency } }
    const answer = await api.post(pathOf(captured(api), 'refund'), { amount: 99 })
    expect(answer.json.error).toMatchObject({ code: 'invalid_amount', param: 'amount' })
    expect(answer.json.error.message).toContain('12.34 USD')
  })

  it('needs a scope of its own', async () => {
    const api = createTestApi()
    const writer = api.directory.secretKey(api.merchant, 'test', ['payments:write'])
    expect((await api.post(pathOf(captured(api), 'refund'), {}, { key: writer.key })).status).toBe(403)
    const refunder = api.directory.secretKey(api.merchant, 'test', ['refunds:write'])
    expect((await api.post(pathOf(captured(api), 'refund'), {}, { key: refunder.key })).status).toBe(200)
  })
})
