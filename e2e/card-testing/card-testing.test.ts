import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acquirerOf } from '../harness/acquirer.ts'
import { apiOf, type Json } from '../harness/api.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Received, type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'
import { defendedProduct, type Outcome, play } from './play.ts'
import { populate } from './population.ts'

const size = { cards: 600, shoppers: 60, addresses: 150, ranges: 4 }
const alerts = ['card_testing.suspected']
let product: Product
let receiver: Receiver
let inflowReceiver: Receiver
let secret: string
let outcome: Outcome

beforeAll(async () => {
  product = await startProduct({ environment: defendedProduct })
  ;[receiver, inflowReceiver] = [await startReceiver(), await startReceiver()]
  const { post } = apiOf(product)
  secret = (await post('/v1/webhook_endpoints', { url: receiver.url, event_types: alerts })).json.secret
  await post('/v1/webhook_endpoints', { url: inflowReceiver.url, event_types: alerts, dialect: 'inflow' })
  outcome = await play(product, populate(size, 1), () => undefined)
})

afterAll(async () => {
  await receiver?.stop()
  await inflowReceiver?.stop()
  await product?.dispose()
})

test('nearly none of the cards of an attack reaches the acquirer, stockpiled or not', () => {
  expect(outcome.reachedAcquirer).toBeGreaterThan(0)
  expect(outcome.reachedAcquirer).toBeLessThan(60)
  expect(outcome.attackRefused).toBeGreaterThan(size.cards * 0.9)
})

test('shoppers who buy meanwhile see nothing of it', () => {
  expect(outcome).toMatchObject({ shoppersWithFriction: 0, shoppersPaid: size.shoppers })
})

test('what the acquirer saw besides are the shoppers, each charged once', async () => {
  const ledger = await (await acquirerOf(product)).ledger()
  const approved = ledger.filter((entry) => entry.amount_minor > 200 && entry.response_code === '00')
  expect(approved.length).toBeGreaterThanOrEqual(size.shoppers)
  expect(approved.length).toBeLessThanOrEqual(size.shoppers + outcome.unluckyShoppers)
})

/** What the vault has suspected, by its own count of what it did. */
async function suspicions(): Promise<string[]> {
  const { processes } = await product.status()
  const text = await (await fetch(`${processes.vault?.urls?.internal}/metrics`)).text()
  const counted = text.matchAll(/^tessera_vault_card_testing_total\{decision="(\w+)",because="(\w+)"\} [1-9]/gm)
  const told = [...counted].filter(([, decision]) => decision !== 'solved')
  return [...new Set(told.map(([, , because]) => because as string))].toSorted()
}

test('the merchant hears of each suspicion once, by an event that is signed like every other', async () => {
  const suspected = await suspicions()
  expect(suspected).toContain('range')
  await until(() => receiver.received.length >= suspected.length, { withinMs: 30_000, what: 'the alerts' })
  const { get, post } = apiOf(product)
  const listed = await until(
    async () => {
      const { data } = (await get('/v1/events?type=card_testing.suspected')).json
      return data.length >= suspected.length ? (data as Json[]) : null
    },
    { withinMs: 30_000, what: 'the alerts in the feed' },
  )

  const heard = receiver.received.map(({ json }) => json)
  expect(heard.map(({ suspicion }) => suspicion).toSorted()).toEqual(suspected)
  const byId = (all: Json[]) => all.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  expect(byId(listed)).toEqual(byId(heard))
  for (const each of heard) {
    expect(each).toEqual({
      id: expect.stringMatching(/^evt_/),
      event: 'card_testing.suspected',
      sequence: 1,
      livemode: false,
      merchant_id: product.credentials.merchantId,
      merchant_name: expect.any(String),
      suspicion: expect.any(String),
      outcome: expect.stringMatching(/^(challenged|refused|payment_refused)$/),
      message: expect.stringContaining('Card testing is suspected'),
      created_at: expect.any(String),
      timestamp: expect.any(String),
    })
  }
  receiver.received.forEach(expectSigned)

  const [first] = heard
  expect((await post(`/v1/events/${first.id}/resend`)).json).toEqual({ id: first.id, endpoints: 1 })
  await until(() => receiver.received.length > suspected.length, { withinMs: 30_000, what: 'the resent alert' })
  expect(receiver.received.at(-1)?.json).toEqual(first)
  expect(inflowReceiver.received).toEqual([])
})

function expectSigned({ headers, body }: Received): void {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  expect(() => new Webhook(secret).verify(body, named)).not.toThrow()
  expect(headers['x-zafapay-signature-sandbox']).toBe(createHmac('sha256', secret).update(body).digest('hex'))
}

test('an endpoint can be tried out with such an event', async () => {
  const { get, post } = apiOf(product)
  const { data } = (await get('/v1/webhook_endpoints')).json
  const endpoint = data.find(({ url }: Json) => url === receiver.url)
  const answer = await post(`/v1/webhook_endpoints/${endpoint.id}/test`, { event_type: 'card_testing.suspected' })
  expect(answer.json).toMatchObject({ delivered: true })
  expect(receiver.received.at(-1)?.json.message).toMatch(/^Webhook test\./)
})
