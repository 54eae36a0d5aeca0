import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'

let product: Product
let api: Api
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const entryOf = async (bin: string, amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.bin === bin && entry.amount_minor === amountMinor)

describe('a payment', () => {
  it('is taken with two calls', async () => {
    const token = await api.tokenize()
    expect(token.status).toBe(201)
    expect(token.json).toMatchObject({ card: { bin: '424242', last4: '4242', brand: 'visa', exp_month: 12 } })
    const paid = await api.post('/v1/payments', { amount: 17.62, currency: 'USD', token: token.json.id })
    expect(paid.status).toBe(201)
    expect(paid.json).toMatchObject({
      status: 'completed',
      amount: 17.62,
      currency: 'usd',
      payment_type: 'token',
      capture_method: 'automatic',
      card: { brand: 'visa', last4: '4242' },
    })
    expect(paid.json.id).toMatch(/^req_/)
    expect(paid.json.transaction_id).toBe(paid.json.id.replace('req_', 'tx_'))
  })

  it('reads the same by both spellings of its id, and to nobody else', async () => {
    const paid = await api.pay({ external_id: 'order-7', metadata: { a: 1 } })
    const byTx = await api.get(`/v1/payments/${paid.json.transaction_id}`)
    const byReq = await api.get(`/v1/payments/${paid.json.id}`)
    expect(byTx.text).toBe(byReq.text)
    expect(byTx.json).toMatchObject({
      id: paid.json.transaction_id,
      request_id: paid.json.id,
      amount: '17.62',
      status: 'completed',
      external_id: 'order-7',
      metadata: { a: 1 },
      amount_refunded: '0.00',
      amount_captured: '17.62',
      card_last4: '4242',
    })
    expect((await api.get('/v1/payments/tx_01jd0000000000000000000000')).status).toBe(404)
  })

  it('is exact in currencies of no, two and three decimals', async () => {
    const yen = await api.pay({ amount: 1000, currency: 'jpy' })
    expect(yen.json.amount).toBe(1000)
    expect(await entryOf('424242', 1000)).toHaveLength(1)
    const dinar = await api.pay({ amount: '1.234', currency: 'KWD' })
    expect(dinar.json.amount).toBe(1.234)
    expect(await entryOf('424242', 1234)).toHaveLength(1)
    const dollars = await api.pay({ amount: 81.29, currency: 'USD' })
    expect(dollars.json.amount).toBe(81.29)
    expect(await entryOf('424242', 8129)).toHaveLength(1)
  })

  it('that is declined says why and what to do, and holds nothing', async () => {
    const declined = await api.pay({ amount: 99.95 }, { number: '4000000000009995' })
    expect(declined.status).toBe(400)
    expect(declined.json).toMatchObject({
      status: 'failed',
      error: {
        type: 'payment_error',
        code: 'insufficient_funds',
        category: 'soft_decline',
        recommended_action: 'retry_later',
      },
    })
    const [entry] = await entryOf('400000', 9995)
    expect(entry).toMatchObject({ status: 'declined', held_minor: 0 })
    const read = await api.get(`/v1/payments/${declined.json.transaction_id}`)
    expect(read.json).toMatchObject({ status: 'failed', error_code: 'insufficient_funds' })
  })

  it('with a card that demands 3-D Secure sends the shopper to authenticate, unless that was not wanted', async () => {
    const asked = await api.pay({}, { number: '4000000000003220' })
    expect([asked.status, asked.json.status]).toEqual([202, 'requires_action'])
    expect(asked.json.redirect_url).toMatch(/\/authenticate\/[0-9a-z]{26}$/)
    const declined = await api.pay({ three_d_secure: 'skip' }, { number: '4000000000003220' })
    expect(declined.json).toMatchObject({ status: 'failed', error: { code: 'authentication_required' } })
  })

  it('uses its token up, declined or not', async () => {
    const token = await api.token({ number: '4000000000000002' })
    const body = { amount: 5, currency: 'USD', token }
    expect((await api.post('/v1/payments', body)).json.status).toBe('failed')
    const again = await api.post('/v1/payments', body)
    expect(again.status).toBe(400)
    expect(again.json.error.code).toBe('payment_token_already_used')
  })

  it('cannot be made with an unknown token', async () => {
    const answer = await api.post('/v1/payments', {
      amount: 5,
      currency: 'USD',
      token: 'tok_0123456789abcdefghjkmnpqrs',
    })
    expect(answer.status).toBe(400)
    expect(answer.json.error).toMatchObject({ code: 'validation_error', param: 'token' })
  })

  it('without a card waits for the hosted checkout', async () => {
    const hosted = await api.post('/v1/payments', { amount: 25, currency: 'EUR', external_id: 'h-1' })
    expect(hosted.status).toBe(201)
    expect(hosted.json).toMatchObject({ status: 'pending', amount: 25, payment_type: 'single', currency: 'eur' })
    const page = await fetch(hosted.json.payment_url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    const voided = await api.post(`/v1/payments/${hosted.json.id}/void`)
    expect(voided.json).toMatchObject({ status: 'canceled' })
  })
})

describe('manual capture', () => {
  const authorize = async (amount: number) => (await api.pay({ amount, capture_method: 'manual' })).json

  it('authorizes first and captures later', async () => {
    const payment = await authorize(40)
    expect(payment).toMatchObject({ status: 'authorized' })
    const captured = await api.post(`/v1/payments/${payment.transaction_id}/capture`)
    expect(captured.json).toMatchObject({ id: payment.transaction_id, status: 'completed', amount: 40 })
    const again = await api.post(`/v1/payments/${payment.transaction_id}/capture`)
    expect(again.status).toBe(400)
  })

  it('of a part gives the rest back', async () => {
    const payment = await authorize(41)
    const captured = await api.post(`/v1/payments/${payment.transaction_id}/capture`, { amount: 10.5 })
    expect(captured.json).toMatchObject({ status: 'completed', amount_captured: '10.50' })
    const [entry] = await entryOf('424242', 4100)
    expect(entry).toMatchObject({ held_minor: 0 })
    expect((await api.post(`/v1/payments/${payment.transaction_id}/capture`, { amount: 1 })).status).toBe(400)
  })

  it('in several parts leaves a rest that a void gives back', async () => {
    const payment = await authorize(42)
    for (const amount of [10, 11]) {
      const captured = await api.post(`/v1/payments/${payment.transaction_id}/capture`, { amount, final: false })
      expect(captured.json.status).toBe('completed')
    }
    const over = await api.post(`/v1/payments/${payment.transaction_id}/capture`, { amount: 22, final: false })
    expect(over.status).toBe(400)
    expect((await api.post(`/v1/payments/${payment.transaction_id}/void`)).json.status).toBe('canceled')
    const read = await api.get(`/v1/payments/${payment.transaction_id}`)
    expect(read.json).toMatchObject({ status: 'completed', amount_captured: '21.00' })
    const [entry] = await entryOf('424242', 4200)
    expect(entry).toMatchObject({ held_minor: 0 })
  })

  it('can be voided instead, once', async () => {
    const payment = await authorize(43)
    const voided = await api.post(`/v1/payments/${payment.transaction_id}/void`, { reason: 'out of stock' })
    expect(voided.status).toBe(200)
    expect(voided.json).toMatchObject({ id: payment.transaction_id, status: 'canceled' })
    expect((await entryOf('424242', 4300))[0]).toMatchObject({ held_minor: 0 })
    const again = await api.post(`/v1/payments/${payment.transaction_id}/void`)
    expect(again.json.error.code).toBe('invalid_status')
  })

  it('never captures more than was authorized, whoever asks at the same moment', async () => {
    const payment = await authorize(44)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        api.post(`/v1/payments/${payment.transaction_id}/capture`, { amount: 30, final: false }),
      ),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const [entry] = await entryOf('424242', 4400)
    expect(entry.operations.filter((operation: { type: string }) => operation.type === 'capture')).toHaveLength(1)
  })
})

describe('refunds', () => {
  it('come in parts, up to what was captured', async () => {
    const paid = (await api.pay({ amount: 50 })).json
    const first = await api.post(`/v1/payments/${paid.transaction_id}/refund`, { amount: 5.5, reason: 'late' })
    expect(first.status).toBe(200)
    expect(first.json).toMatchObject({
      transaction_id: paid.transaction_id,
      amount: '5.50',
      status: 'succeeded',
      refund_fee: '0.00',
    })
    expect(first.json.id).toMatch(/^orf_/)
    const partly = await api.get(`/v1/payments/${paid.transaction_id}`)
    expect(partly.json).toMatchObject({ status: 'partially_refunded', amount_refunded: '5.50' })
    expect(partly.json.refunds).toMatchObject([
      { id: first.json.id, amount: '5.50', status: 'succeeded', reason: 'late' },
    ])

    const over = await api.post(`/v1/payments/${paid.transaction_id}/refund`, { amount: 44.51 })
    expect(over.json.error.code).toBe('invalid_amount')
    await api.post(`/v1/payments/${paid.transaction_id}/refund`)
    expect((await api.get(`/v1/payments/${paid.transaction_id}`)).json.status).toBe('refunded')
    const done = await api.post(`/v1/payments/${paid.transaction_id}/refund`)
    expect(done.json.error.code).toBe('invalid_status')
  })

  it('without a key are safe: ten at once never give back more than was paid', async () => {
    const paid = (await api.pay({ amount: 51 })).json
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post(`/v1/payments/${paid.transaction_id}/refund`, { amount: 20 })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(2)
    expect((await api.get(`/v1/payments/${paid.transaction_id}`)).json.amount_refunded).toBe('40.00')
  })

  it('are refused for a payment that is not captured', async () => {
    const payment = (await api.pay({ amount: 52, capture_method: 'manual' })).json
    const refused = await api.post(`/v1/payments/${payment.transaction_id}/refund`)
    expect(refused.json.error.code).toBe('invalid_status')
  })
})

describe('the list', () => {
  it('shows newest first and goes on after any payment', async () => {
    const made: string[] = []
    for (const amount of [3, 4, 5]) made.push((await api.pay({ amount, external_id: 'listed' })).json.transaction_id)
    const first = await api.get('/v1/payments?external_id=listed&limit=2')
    expect(first.json.data.map((each: { id: string }) => each.id)).toEqual([made[2], made[1]])
    expect(first.json.has_more).toBe(true)
    const rest = await api.get(`/v1/payments?external_id=listed&limit=2&starting_after=${made[1]}`)
    expect(rest.json).toMatchObject({ has_more: false, data: [{ id: made[0] }] })
  })
})
