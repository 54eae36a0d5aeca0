import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { anOrder, type Inflow, inflowOf } from '../harness/inflow.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Received, type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let inflow: Inflow
let v1Receiver: Receiver
let receiver: Receiver
let secret: string

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  inflow = inflowOf(product)
  v1Receiver = await startReceiver()
  receiver = await startReceiver()
  await api.post('/v1/webhook_endpoints', { url: v1Receiver.url })
  secret = (await inflow.api('POST', '/api/webhook', { url: receiver.url })).json.secret
})
afterAll(async () => {
  await v1Receiver?.stop()
  await receiver?.stop()
  await product?.dispose()
})

const inOrder = (all: Received[]): Json[] =>
  all.map(({ json }) => json.data[0]).toSorted((a, b) => a.payload.timeline.length - b.payload.timeline.length)

/** What the endpoint of the one-call API heard of a payment, once it heard of these statuses: in whatever order they came. */
async function heardOf(suffix: string, ...statuses: string[]): Promise<Received[]> {
  const mine = () => receiver.received.filter((each) => each.json?.data[0].payload.id === `pay_${suffix}`)
  const isHeard = (status: string) => mine().some((each) => each.json.data[0].payload.status === status)
  await until(() => statuses.every(isHeard), { withinMs: 30_000, what: `${statuses} of ${suffix}` })
  return mine()
}

const minuteMs = 60_000
/** The published schedule, with the tenth that chance may add. */
const longestPausesMs = [0.1, 5, 30, 120, 300, 600, 840, 1200, 1440].map((minutes) =>
  Math.ceil(minutes * minuteMs * 1.1),
)

const suffixOf = (id: string): string => id.split('_')[1] ?? ''

describe('an endpoint of the one-call API', () => {
  it('receives a payment made through it: created, then each change, the payment as it is read', async () => {
    const { id } = (await inflow.pay()).json
    const paid = (await inflow.confirm(id)).json
    const heard = inOrder(await heardOf(suffixOf(id), 'INITIATION', 'CHECKOUT_SUCCESS'))
    expect(heard[0]).toMatchObject({ eventType: 'payment_created', payload: { status: 'INITIATION' } })
    const last = heard.at(-1)
    expect(last.eventType).toBe('payment_status_updated')
    expect(last.payload).toEqual(paid)
    expect(await inflow.read(id)).toEqual(paid)
  })

  it('receives a payment made through v1', async () => {
    const { id } = (await api.pay({ amount: 31, product_name: 'Tea' })).json
    const heard = inOrder(await heardOf(suffixOf(id), 'CHECKOUT_SUCCESS'))
    expect(heard.at(-1).payload).toEqual(await inflow.read(`pay_${suffixOf(id)}`))
  })

  it('receives declines, refunds and what waits for its confirmation', async () => {
    const declined = (await inflow.pay({ autoConfirm: true }, { number: '4000000000009995' })).json
    const failure = inOrder(await heardOf(suffixOf(declined.id), 'PAYMENT_FAILED')).at(-1)
    expect(failure.payload).toEqual(declined)
    const waiting = (await inflow.pay()).json
    const asks = inOrder(await heardOf(suffixOf(waiting.id), 'INITIATION'))
    expect(asks[0].payload.depositStatus).toBe('requires_confirmation')
    const paid = (await inflow.pay({ autoConfirm: true })).json
    const refunded = (await inflow.api('POST', `/api/payment/${paid.id}/refund`)).json
    const last = inOrder(await heardOf(suffixOf(paid.id), 'FULLY_REFUNDED')).at(-1)
    expect(last.payload).toEqual(refunded)
  })

  it('can check who sent it, with the library of the standard or by hand', async () => {
    const { id } = (await inflow.pay({ autoConfirm: true })).json
    const [received] = await heardOf(suffixOf(id), 'CHECKOUT_SUCCESS')
    if (received === undefined) throw new Error('nothing was received')
    const { headers, body } = received
    expect(Object.keys(headers).filter((name) => name.startsWith('webhook-') || name.includes('zafapay'))).toEqual([])
    const named = Object.fromEntries(
      ['id', 'timestamp', 'signature'].map((name) => [`webhook-${name}`, String(headers[`svix-${name}`])]),
    )
    expect(() => new Webhook(secret).verify(body, named)).not.toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, named)).toThrow()
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const signed = `${headers['svix-id']}.${headers['svix-timestamp']}.${body}`
    expect(headers['svix-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  })

  it('hears of what it chose alone', async () => {
    const quiet = await startReceiver()
    const { webhookId } = (await inflow.api('POST', '/api/webhook', { url: quiet.url })).json
    await inflow.api('PATCH', `/api/webhook/${webhookId}/event-types`, { eventTypes: ['payment_created'] })
    const { id } = (await inflow.pay({ autoConfirm: true })).json
    await until(() => quiet.received.some((each) => each.json?.data[0].payload.id === id), {
      withinMs: 30_000,
      what: 'the creation',
    })
    await heardOf(suffixOf(id), 'CHECKOUT_SUCCESS')
    const heard = quiet.received.flatMap(({ json }) => (json === null ? [] : [json.data[0].eventType]))
    expect(new Set(heard)).toEqual(new Set(['payment_created']))
    await inflow.api('DELETE', `/api/webhook/${webhookId}`)
    await quiet.stop()
  })

  it('is disabled when an event was not taken in ten attempts, and says why', async () => {
    const deaf = await startReceiver(({ json }) => (json === null ? 200 : 500))
    const { webhookId } = (await inflow.api('POST', '/api/webhook', { url: deaf.url })).json
    // One event: the creation of a payment. That it expires meanwhile would be another.
    await inflow.api('PATCH', `/api/webhook/${webhookId}/event-types`, { eventTypes: ['payment_created'] })
    await inflow.api('POST', '/api/server/payment', anOrder)
    const recorded = async () => (await api.get(`/v1/webhook_endpoints/${webhookId}/tries`)).json.data.length
    for (const [index, pauseMs] of longestPausesMs.entries()) {
      await until(async () => (await recorded()) > index, { withinMs: 30_000, what: `attempt ${index + 1}` })
      expect((await inflow.api('GET', `/api/webhook/${webhookId}/status`)).json.status).toBe('enabled')
      await product.advanceClock(pauseMs)
    }
    const now = await until(
      async () => {
        const read = (await inflow.api('GET', `/api/webhook/${webhookId}/status`)).json
        return read.status === 'disabled' ? read : null
      },
      { withinMs: 30_000, what: 'the webhook to be disabled' },
    )
    expect(now.failureReason).toBe('The endpoint has not taken an event in ten attempts')
    expect(deaf.received.filter(({ json }) => json !== null)).toHaveLength(10)
    await deaf.stop()
  })
})

describe('an endpoint of v1', () => {
  it('receives a payment made with one call, without a gap in its numbers', async () => {
    const { id } = (await inflow.pay()).json
    await inflow.confirm(id)
    await inflow.api('POST', `/api/payment/${id}/refund`, { amountInCents: 100 })
    const transactionId = `tx_${suffixOf(id)}`
    // They are sent side by side: either may be the last to arrive.
    const heard = () => v1Receiver.received.filter((each) => each.json?.transaction_id === transactionId)
    await until(() => heard().length >= 2, { withinMs: 30_000, what: 'two events' })
    const mine = heard().toSorted((a, b) => a.json.sequence - b.json.sequence)
    expect(mine.map(({ json }) => [json.sequence, json.event])).toEqual([
      [1, 'payment.succeeded'],
      [2, 'payment.refunded'],
    ])
    expect(mine[0]?.json).toMatchObject({ amount: '59.99', currency: 'eur', email: 'john@example.com' })
  })
})
