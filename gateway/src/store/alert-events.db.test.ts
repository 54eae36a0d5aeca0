import { ManualClock } from '@tessera/lib/clock'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeAlert, makeEndpoint, makeEvent, merchant, noonMs } from '../webhooks/testing/samples.ts'
import {
  addEvents,
  addMerchant,
  clearWebhooks,
  openWebhookDatabase,
  readDeliveries,
  sealer,
} from '../webhooks/testing/webhook-database.ts'
import { createAlertStore } from './alert-events.ts'
import { createDeliveryStore } from './deliveries.ts'
import { placeWaitingEvents } from './event-feed.ts'
import { createWebhookStore } from './webhooks.ts'

let database: Awaited<ReturnType<typeof openWebhookDatabase>>
beforeAll(async () => {
  database = await openWebhookDatabase('alert-events')
  await addMerchant(database.pool, merchant.merchantId)
})
afterAll(() => database.close())
beforeEach(() => clearWebhooks(database.pool))

const alerts = () => createAlertStore(database.pool)
const webhooks = () => createWebhookStore({ pool: database.pool, sealer })
const scope = { merchantId: merchant.merchantId, mode: 'test' } as const
const feed = () =>
  webhooks().listEvents(scope, { limit: 20, startingAfter: null, type: null, createdFromMs: noonMs - 1_000 })

async function addEndpoint(changes: Parameters<typeof makeEndpoint>[0] = {}) {
  const endpoint = makeEndpoint(changes)
  await webhooks().insert(endpoint, { inAll: 16, ofDialect: 16 })
  return endpoint
}

test('an alert becomes an event in the feed, as it was told, between the events of payments', async () => {
  const [alert, payment] = [makeAlert(), makeEvent({ createdAtMs: noonMs + 1 })]
  expect(await alerts().record([alert])).toBe(1)
  await addEvents(database.pool, [payment])
  await placeWaitingEvents(database.pool, 100)
  expect(await feed()).toEqual({ events: [alert, payment], hasMore: false })
  expect(await webhooks().findEvent(scope, alert.eventId)).toEqual(alert)
  expect(await webhooks().findEvent({ ...scope, mode: 'live' }, alert.eventId)).toBeUndefined()
})

test('one that is told twice, by one worker after the other or by several at once, is one event with one delivery', async () => {
  await addEndpoint()
  const told = makeAlert()
  const again = () => makeAlert({ eventId: makeAlert().eventId }, told.alert)
  expect(await alerts().record([told])).toBe(1)
  expect(await alerts().record([again(), makeAlert()])).toBe(1)
  const other = makeAlert()
  const written = await Promise.all(
    Array.from({ length: 8 }, () => alerts().record([makeAlert({}, other.alert), again()])),
  )
  expect(written.reduce((sum, each) => sum + each, 0)).toBe(1)
  expect(await readDeliveries(database.pool)).toHaveLength(3)
  expect(await placeWaitingEvents(database.pool, 100)).toBe(3)
})

test('it goes to the endpoints of v1 that listen to it, and to none of inflow, whatever those listen to', async () => {
  const all = await addEndpoint()
  const listening = await addEndpoint({ eventTypes: ['card_testing.suspected'] })
  await addEndpoint({ eventTypes: ['payment.succeeded'] })
  await addEndpoint({ mode: 'live' })
  await addEndpoint({ status: 'disabled' })
  const inflow = await addEndpoint({ dialect: 'inflow' })
  await addEndpoint({ dialect: 'inflow', eventTypes: ['card_testing.suspected'] })
  const alert = makeAlert()
  await alerts().record([alert])
  const heardBy = (await readDeliveries(database.pool)).map((row) => row.endpoint_id)
  expect(heardBy.toSorted()).toEqual([all.endpointId, listening.endpointId].toSorted())

  expect(await webhooks().resend(scope, alert, null, noonMs)).toBe(2)
  expect(await webhooks().resend(scope, alert, all.endpointId, noonMs)).toBe(1)
  expect(await webhooks().resend(scope, alert, inflow.endpointId, noonMs)).toBe(0)
  expect(await readDeliveries(database.pool)).toHaveLength(2)
})

test('a worker claims its delivery like any other', async () => {
  const endpoint = await addEndpoint()
  const alert = makeAlert()
  await alerts().record([alert])
  const clock = new ManualClock(noonMs)
  const store = createDeliveryStore({ pool: database.pool, sealer, clock, timers: realTimers, random: seededRandom(1) })
  expect((await store.claimDue(noonMs, 60_000, 10)).due).toEqual([
    { event: alert, endpoint, tries: 0, dueAtMs: alert.createdAtMs, leaseUntilMs: noonMs + 60_000 },
  ])
})

test('events are filtered by the type of an alert', async () => {
  await alerts().record([makeAlert()])
  await addEvents(database.pool, [makeEvent()])
  await placeWaitingEvents(database.pool, 100)
  const filter = { limit: 20, startingAfter: null, createdFromMs: 0 }
  const { events } = await webhooks().listEvents(scope, { ...filter, type: 'card_testing.suspected' })
  expect(events.map(({ type }) => type)).toEqual(['card_testing.suspected'])
})
