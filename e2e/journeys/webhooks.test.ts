import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Received, type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let receiver: Receiver
let endpoint: Json
/** What the receiver answers to deliveries of a payment, by its id; 200 unless told otherwise. */
const answers = new Map<string, number[]>()

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  receiver = await startReceiver((each) => answers.get(each.json?.transaction_id)?.shift() ?? 200)
  endpoint = (await api.post('/v1/webhook_endpoints', { url: receiver.url })).json
})
afterAll(async () => {
  await receiver?.stop()
  await product?.dispose()
})

const told = (event: string, transactionId: string): Promise<Received> =>
  until(() => receiver.of(event, transactionId)[0], { withinMs: 30_000, what: `${event} of ${transactionId}` })

const headersOf = (received: Received): Record<string, string> =>
  Object.fromEntries(Object.entries(received.headers).map(([name, value]) => [name, String(value)]))

describe('a webhook', () => {
  it('tells of a payment in one flat object', async () => {
    const paid = await api.pay({ amount: 21, external_id: 'o-1', email: 'a@example.com', metadata: { size: 'L' } })
    const received = await told('payment.succeeded', paid.json.transaction_id)
    expect(received.json).toMatchObject({
      event: 'payment.succeeded',
      transaction_id: paid.json.transaction_id,
      merchant_id: product.credentials.merchantId,
      status: 'succeeded',
      amount: '21.00',
      currency: 'usd',
      payment_method: 'card',
      is_recurring: false,
      external_id: 'o-1',
      email: 'a@example.com',
      card_brand: 'visa',
      card_last4: '4242',
      metadata: { size: 'L' },
      sequence: 1,
      livemode: false,
    })
    expect(received.json.id).toMatch(/^evt_/)
  })

  it('verifies with the Standard Webhooks library, and with the sandbox signature over the raw body', async () => {
    const paid = await api.pay({ amount: 22 })
    const received = await told('payment.succeeded', paid.json.transaction_id)
    expect(() => new Webhook(endpoint.secret).verify(received.body, headersOf(received))).not.toThrow()
    expect(() => new Webhook(endpoint.secret).verify(`${received.body} `, headersOf(received))).toThrow()
    const expected = createHmac('sha256', endpoint.secret).update(received.body).digest('hex')
    expect(received.headers['x-zafapay-signature-sandbox']).toBe(expected)
    expect(received.headers['x-zafapay-signature']).toBeUndefined()
  })

  it('numbers the events of a payment without a gap', async () => {
    const payment = (await api.pay({ amount: 23, capture_method: 'manual' })).json
    const path = `/v1/payments/${payment.transaction_id}`
    await api.post(`${path}/capture`, { amount: 10, final: false })
    await api.post(`${path}/capture`, { amount: 5, final: false })
    await api.post(`${path}/refund`, { amount: 2 })
    // They are sent side by side: any of them may be the last to arrive.
    const mine = () => receiver.received.filter((each) => each.json.transaction_id === payment.transaction_id)
    await until(() => mine().length >= 4, { withinMs: 30_000, what: 'four events' })
    const bySequence = mine().toSorted((a, b) => a.json.sequence - b.json.sequence)
    expect(bySequence.map((each) => [each.json.sequence, each.json.event])).toEqual([
      [1, 'payment.authorized'],
      [2, 'payment.succeeded'],
      [3, 'payment.captured'],
      [4, 'payment.refunded'],
    ])
    expect(bySequence[3]?.json).toMatchObject({ amount_refunded: '2.00' })
  })

  it('of a declined payment says why', async () => {
    const declined = await api.pay({ amount: 24 }, { number: '4000000000009995' })
    const received = await told('payment.failed', declined.json.transaction_id)
    expect(received.json).toMatchObject({
      status: 'failed',
      error: { code: 'insufficient_funds', category: 'soft_decline', recommended_action: 'retry_later' },
    })
  })

  it('that was not taken comes again, under the same id', async () => {
    const payment = (await api.pay({ amount: 25, capture_method: 'manual' })).json
    await told('payment.authorized', payment.transaction_id)
    answers.set(payment.transaction_id, [500])
    await api.post(`/v1/payments/${payment.transaction_id}/void`)
    const first = await told('payment.canceled', payment.transaction_id)
    const triesInLog = (count: number): Promise<Json[]> =>
      until(
        async () => {
          const { data } = (await api.get(`/v1/webhook_endpoints/${endpoint.id}/tries`)).json
          const mine = data.filter((each: Json) => each.event_id === first.headers['webhook-id'])
          return mine.length === count ? mine : null
        },
        { withinMs: 30_000, what: `${count} tries in the log` },
      )
    // The pause before the second one begins when the first is written down.
    await triesInLog(1)
    await product.advanceClock(10_000)
    expect(await triesInLog(2)).toMatchObject([{ response_status: 200 }, { response_status: 500 }])
    const both = receiver.of('payment.canceled', payment.transaction_id)
    expect(both.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(first.headers['webhook-id']))
  })

  it('can be sent again on request', async () => {
    const paid = (await api.pay({ amount: 26 })).json
    const first = await told('payment.succeeded', paid.transaction_id)
    const answer = await api.post(`/v1/events/${first.json.id}/resend`)
    expect(answer.status).toBe(202)
    await until(() => receiver.of('payment.succeeded', paid.transaction_id).length === 2, {
      withinMs: 30_000,
      what: 'the resent webhook',
    })
  })
})

describe('a webhook endpoint', () => {
  it('shows its secret when it is made and when it is rotated, and never otherwise', async () => {
    expect(endpoint.secret).toMatch(/^whsec_/)
    expect((await api.get(`/v1/webhook_endpoints/${endpoint.id}`)).json.secret).toBeUndefined()
    expect((await api.get('/v1/webhook_endpoints')).text).not.toContain('whsec_')
  })

  it('signs with both secrets while a rotation overlaps', async () => {
    const rotated = (await api.post(`/v1/webhook_endpoints/${endpoint.id}/rotate_secret`)).json
    expect(rotated.secret).not.toBe(endpoint.secret)
    const paid = (await api.pay({ amount: 27 })).json
    const received = await told('payment.succeeded', paid.transaction_id)
    for (const secret of [endpoint.secret, rotated.secret]) {
      expect(() => new Webhook(secret).verify(received.body, headersOf(received))).not.toThrow()
    }
  })

  it('with a filter hears only what it asked for', async () => {
    const quiet = await startReceiver()
    await api.post('/v1/webhook_endpoints', { url: quiet.url, event_types: ['payment.refunded'] })
    const paid = (await api.pay({ amount: 28 })).json
    await api.post(`/v1/payments/${paid.transaction_id}/refund`)
    await until(() => quiet.of('payment.refunded', paid.transaction_id)[0], { withinMs: 30_000, what: 'the refund' })
    expect(quiet.received).toHaveLength(1)
    await quiet.stop()
  })

  it('that answers 410 is disabled', async () => {
    const gone = await startReceiver(() => 410)
    const made = (await api.post('/v1/webhook_endpoints', { url: gone.url })).json
    await api.pay({ amount: 29 })
    const now = await until(
      async () => {
        const read = (await api.get(`/v1/webhook_endpoints/${made.id}`)).json
        return read.status === 'disabled' ? read : null
      },
      { withinMs: 30_000, what: 'the endpoint to be disabled' },
    )
    expect(now.disabled_reason).toBe('gone')
    await gone.stop()
  })

  it('can be tried with a made-up event', async () => {
    const answer = await api.post(`/v1/webhook_endpoints/${endpoint.id}/test`)
    expect(answer.json).toMatchObject({ delivered: true, response_status: 200 })
  })

  it('may not point inside, however its address is spelt', async () => {
    for (const url of [
      'https://10.0.0.1/hook',
      'https://169.254.169.254/latest/meta-data',
      'https://[::ffff:10.0.0.1]/hook',
      'https://167772161/hook',
      'http://example.com/hook',
      'https://user:pass@example.com/hook',
      'ftp://example.com/hook',
    ]) {
      const refused = await api.post('/v1/webhook_endpoints', { url })
      expect([url, refused.status]).toEqual([url, 400])
    }
  })
})

describe('the event feed', () => {
  it('shows each event once, in order, page by page', async () => {
    const payment = (await api.pay({ amount: 30, capture_method: 'manual' })).json
    await api.post(`/v1/payments/${payment.transaction_id}/capture`)
    const feed = async (): Promise<Json[]> => {
      const events: Json[] = []
      for (let after = ''; ; ) {
        const page = (await api.get(`/v1/events?limit=3${after}`)).json
        events.push(...page.data)
        if (!page.has_more) return events
        after = `&starting_after=${page.data.at(-1).id}`
      }
    }
    const events = await until(
      async () => {
        const all = await feed()
        return all.some((each) => each.event === 'payment.succeeded' && each.amount === '30.00') ? all : null
      },
      { withinMs: 30_000, what: 'the capture to reach the feed' },
    )
    const ids = events.map((each) => each.id)
    expect(new Set(ids).size).toBe(ids.length)
    const mine = events.filter((each) => each.transaction_id === payment.transaction_id)
    expect(mine.map((each) => each.event)).toEqual(['payment.authorized', 'payment.succeeded'])
  })
})
