import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hiddenEventTypes, paymentEventTypes } from '../core/events.ts'
import { type MerchantId, trustedId } from '../core/ids.ts'
import { makeEndpoint, makeEvent, merchant, noonMs } from '../webhooks/testing/samples.ts'
import {
  addEvents,
  addMerchant,
  clearWebhooks,
  openWebhookDatabase,
  readDeliveries,
  sealer,
} from '../webhooks/testing/webhook-database.ts'
import { placeWaitingEvents } from './event-feed.ts'
import { createWebhookStore } from './webhooks.ts'

let database: Awaited<ReturnType<typeof openWebhookDatabase>>
beforeAll(async () => {
  database = await openWebhookDatabase('event-feed')
})
afterAll(() => database.close())
beforeEach(() => clearWebhooks(database.pool))

const ownerOf = (number: number) => trustedId<MerchantId>(`mer_${number}`)

async function positions(merchantId: MerchantId, mode = 'test'): Promise<number[]> {
  const result = await database.pool.query<{ position: string }>(
    `select p.position from event_places p join events e using (merchant_id, event_id)
     where p.merchant_id = $1 and p.mode = $2 order by e.created_at, e.event_id`,
    [merchantId, mode],
  )
  return result.rows.map((row) => Number(row.position))
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('each merchant and mode has a feed of its own, in order of time and without gaps', async () => {
  const events = [1, 2].flatMap((owner) =>
    (['test', 'live'] as const).flatMap((mode) =>
      Array.from({ length: 7 }, (_, index) =>
        makeEvent({ merchantId: ownerOf(owner), mode, createdAtMs: noonMs + ((index * 5) % 7) }),
      ),
    ),
  )
  await addEvents(database.pool, events)
  expect(await placeWaitingEvents(database.pool, 100)).toBe(28)
  for (const mode of ['test', 'live']) {
    expect(await positions(ownerOf(1), mode)).toEqual(upTo(7))
    expect(await positions(ownerOf(2), mode)).toEqual(upTo(7))
  }
  expect(await placeWaitingEvents(database.pool, 100)).toBe(0)
})

test('a late committer gets a place after those that were read already', async () => {
  await addEvents(database.pool, [makeEvent({ merchantId: ownerOf(1), createdAtMs: noonMs })])
  await placeWaitingEvents(database.pool, 100)
  await addEvents(database.pool, [makeEvent({ merchantId: ownerOf(1), createdAtMs: noonMs - 60_000 })])
  await placeWaitingEvents(database.pool, 100)
  expect(await positions(ownerOf(1))).toEqual([2, 1])
})

test('a round does no more than its limit, and the next goes on where it ended', async () => {
  await addEvents(
    database.pool,
    upTo(10).map((index) => makeEvent({ merchantId: ownerOf(1), createdAtMs: noonMs + index })),
  )
  expect(await placeWaitingEvents(database.pool, 4)).toBe(4)
  expect(await placeWaitingEvents(database.pool, 4)).toBe(4)
  expect(await placeWaitingEvents(database.pool, 4)).toBe(2)
  expect(await positions(ownerOf(1))).toEqual(upTo(10))
})

test('several workers at once leave no gap and no place given twice', async () => {
  const waves = Array.from({ length: 8 }, () =>
    upTo(25).map((index) => makeEvent({ merchantId: ownerOf(1 + (index % 2)), createdAtMs: noonMs + index })),
  )
  const writing = Promise.all(waves.map((events) => addEvents(database.pool, events)))
  const workers = upTo(4).map(async () => {
    for (let round = 0; round < 15; round++) await placeWaitingEvents(database.pool, 20)
  })
  await Promise.all([writing, ...workers])
  while ((await placeWaitingEvents(database.pool, 100)) > 0);
  const all = [...(await positions(ownerOf(1))), ...(await positions(ownerOf(2)))]
  expect(all.toSorted((left, right) => left - right)).toEqual(upTo(104).flatMap((n) => (n <= 96 ? [n, n] : [n])))
})

test('what v1 does not know has no place in the feed and goes to no endpoint of v1; inflow hears all but saved cards', async () => {
  await addMerchant(database.pool, merchant.merchantId)
  const store = createWebhookStore({ pool: database.pool, sealer })
  const limits = { inAll: 16, ofDialect: 16 }
  const [v1, inflow] = [makeEndpoint(), makeEndpoint({ dialect: 'inflow' })]
  const updates = makeEndpoint({ dialect: 'inflow', eventTypes: ['payment.settled', 'payment_method.saved'] })
  for (const endpoint of [v1, inflow, updates]) await store.insert(endpoint, limits)
  const events = paymentEventTypes.map((type) => makeEvent({}, type))
  await addEvents(database.pool, events)

  const typeOf = new Map(events.map(({ eventId, type }) => [eventId as string, type]))
  const deliveries = await readDeliveries(database.pool)
  const heardBy = (endpoint: typeof v1) =>
    deliveries.filter((row) => row.endpoint_id === endpoint.endpointId).map((row) => typeOf.get(row.event_id))
  const shown = paymentEventTypes.filter((type) => !(hiddenEventTypes as readonly string[]).includes(type))
  expect(heardBy(v1).toSorted()).toEqual(shown.toSorted())
  expect(heardBy(inflow).toSorted()).toEqual(
    paymentEventTypes.filter((type) => type !== 'payment_method.saved').toSorted(),
  )
  expect(heardBy(updates)).toEqual(['payment.settled'])
  expect(await placeWaitingEvents(database.pool, 100)).toBe(shown.length)

  const saved = events.find(({ type }) => type === 'payment_method.saved') as (typeof events)[number]
  expect(await store.resend(saved, saved, null, noonMs)).toBe(1)
})
