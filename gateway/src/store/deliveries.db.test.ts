import { systemClock } from '@tessera/lib/clock'
import { secureRandom, seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PaymentEvent } from '../core/events.ts'
import { afterTry, type DeliveryAnswer, type DueDelivery } from '../core/webhooks/delivery.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import type { DeliveryStore, WebhookStore } from '../core/webhooks/ports.ts'
import { makeEndpoint, makeEvent, merchant, noonMs } from '../webhooks/testing/samples.ts'
import {
  addEvents,
  addMerchant,
  clearWebhooks,
  openWebhookDatabase,
  readDeliveries,
  sealer,
} from '../webhooks/testing/webhook-database.ts'
import { createDeliveryStore } from './deliveries.ts'
import { createWebhookStore } from './webhooks.ts'

let database: Awaited<ReturnType<typeof openWebhookDatabase>>
let store: DeliveryStore
let endpoints: WebhookStore
beforeAll(async () => {
  database = await openWebhookDatabase('deliveries')
  await addMerchant(database.pool, merchant.merchantId)
  store = anotherWorker()
  endpoints = createWebhookStore({ pool: database.pool, sealer })
})
afterAll(() => database.close())
beforeEach(() => clearWebhooks(database.pool))

const scope = { merchantId: merchant.merchantId, mode: 'test' } as const
const leaseMs = 60_000
const dayMs = 24 * 3_600_000

function anotherWorker(): DeliveryStore {
  return createDeliveryStore({
    pool: database.pool,
    sealer,
    clock: systemClock,
    timers: realTimers,
    random: secureRandom,
  })
}

async function addEndpoint(changes: Partial<WebhookEndpoint> = {}): Promise<WebhookEndpoint> {
  const endpoint = makeEndpoint(changes)
  await endpoints.insert(endpoint, { inAll: 16, ofDialect: 16 })
  return endpoint
}

async function addDue(count: number): Promise<PaymentEvent[]> {
  const events = Array.from({ length: count }, (_, index) => makeEvent({ createdAtMs: noonMs - count + index }))
  await addEvents(database.pool, events)
  return events
}

async function claimOne(nowMs = noonMs): Promise<DueDelivery> {
  const [delivery] = (await store.claimDue(nowMs, leaseMs, 1)).due
  if (delivery === undefined) throw new Error('nothing is due')
  return delivery
}

const answered = (status: number, startedAtMs = noonMs): DeliveryAnswer => ({
  status,
  error: status === 200 ? null : `answered ${status}`,
  timedOut: false,
  responseStart: 'answer',
  retryAfterMs: null,
  startedAtMs,
  durationMs: 12,
})
const resultOf = (delivery: DueDelivery, status: number, nowMs = noonMs) =>
  afterTry(delivery, answered(status, nowMs), nowMs, seededRandom(1))

const healthOf = async (endpoint: WebhookEndpoint) => {
  const { status, disabledReason, failingSinceMs } = (await endpoints.find(scope, endpoint.endpointId)) ?? {}
  return { status, disabledReason, failingSinceMs }
}
const healthy = { status: 'enabled', disabledReason: null, failingSinceMs: null }

test('what is claimed is the event and the endpoint with its secret in clear, oldest first', async () => {
  const endpoint = await addEndpoint()
  const events = await addDue(3)
  const { claimed, due } = await store.claimDue(noonMs, leaseMs, 2)
  expect(claimed).toBe(2)
  expect(due).toEqual(
    events.slice(0, 2).map((event) => ({
      event,
      endpoint,
      tries: 0,
      dueAtMs: event.createdAtMs,
      leaseUntilMs: noonMs + leaseMs,
    })),
  )
})

test('two workers that claim at once never get the same row', async () => {
  await addEndpoint()
  await addDue(200)
  const workers = [store, anotherWorker(), anotherWorker()]
  const rounds = workers.map(async (worker) => {
    const got: string[] = []
    for (;;) {
      const { claimed, due } = await worker.claimDue(noonMs, leaseMs, 7)
      if (claimed === 0) return got
      got.push(...due.map((each) => each.event.eventId))
    }
  })
  const all = (await Promise.all(rounds)).flat()
  expect(new Set(all).size).toBe(200)
  expect(all).toHaveLength(200)
})

test('a lease keeps others away until it lapses; then the row is claimed again with the same event', async () => {
  await addEndpoint()
  await addDue(1)
  const first = await claimOne()
  expect((await store.claimDue(noonMs + leaseMs - 1, leaseMs, 1)).claimed).toBe(0)
  const again = await claimOne(noonMs + leaseMs)
  expect(again.event.eventId).toBe(first.event.eventId)
  expect(again.tries).toBe(0)
})

test('nothing is due before its time', async () => {
  await addEndpoint()
  await addDue(1)
  await store.record(resultOf(await claimOne(), 500))
  expect((await store.claimDue(noonMs + 4_000, leaseMs, 1)).claimed).toBe(0)
  expect((await store.claimDue(noonMs + 6_000, leaseMs, 1)).due).toMatchObject([{ tries: 1 }])
})

test('a delivered event is done, and the log tells of every try, newest first', async () => {
  const endpoint = await addEndpoint()
  const [event] = await addDue(1)
  await store.record(resultOf(await claimOne(), 500))
  await store.record(resultOf(await claimOne(noonMs + 6_000), 200, noonMs + 6_000))
  expect(await readDeliveries(database.pool)).toMatchObject([
    { state: 'delivered', tries: 2, due_at: null, last_status: 200 },
  ])
  expect((await store.claimDue(noonMs + 90 * dayMs, leaseMs, 9)).claimed).toBe(0)
  const logged = {
    merchantId: merchant.merchantId,
    eventId: event?.eventId,
    endpointId: endpoint.endpointId,
    durationMs: 12,
    responseStart: 'answer',
  }
  expect(await endpoints.listTries(scope, endpoint.endpointId, 10)).toEqual([
    { ...logged, try: 2, status: 200, error: null, atMs: noonMs + 6_000 },
    { ...logged, try: 1, status: 500, error: 'answered 500', atMs: noonMs },
  ])
  expect(await endpoints.listTries(scope, endpoint.endpointId, 1)).toHaveLength(1)
})

test('the same result recorded twice, or late by a worker whose lease lapsed, changes nothing', async () => {
  await addEndpoint()
  await addDue(1)
  const slow = await claimOne()
  const quick = await claimOne(noonMs + leaseMs)
  await store.record(resultOf(quick, 200))
  await store.record(resultOf(quick, 200))
  await anotherWorker().record(resultOf(slow, 500))
  expect(await readDeliveries(database.pool)).toMatchObject([{ state: 'delivered', tries: 1, last_status: 200 }])
})

test('a late result does not break the lease of the try that followed', async () => {
  await addEndpoint()
  await addDue(1)
  const slow = await claimOne()
  await store.record(resultOf(await claimOne(noonMs + leaseMs), 500))
  const { leaseUntilMs } = await claimOne(noonMs + leaseMs)
  await anotherWorker().record(resultOf(slow, 200))
  expect(await readDeliveries(database.pool)).toMatchObject([
    { state: 'waiting', tries: 1, last_status: 500, lease_until: String(leaseUntilMs) },
  ])
})

test.each([
  ['delivered', 200],
  ['refused by the receiver', 500],
])('what is asked for again during a try that is %s is sent again at once', async (_outcome, status) => {
  await addEndpoint()
  const [event] = await addDue(1)
  const first = await claimOne()
  const askedAtMs = noonMs + 1_000
  expect(await endpoints.resend(scope, event as PaymentEvent, null, askedAtMs)).toBe(1)
  await store.record(resultOf(first, status))
  expect(await claimOne(askedAtMs)).toMatchObject({ tries: 1, event: { eventId: event?.eventId } })
})

test('many results are written together, each to its own delivery', async () => {
  await addEndpoint()
  await addDue(90)
  const { due } = await store.claimDue(noonMs, leaseMs, 90)
  await Promise.all(due.map((delivery, index) => store.record(resultOf(delivery, index % 3 === 0 ? 500 : 200))))
  const rows = await readDeliveries(database.pool)
  expect(rows.filter((row) => row.state === 'delivered')).toHaveLength(60)
  expect(rows.filter((row) => row.state === 'waiting' && row.last_status === 500)).toHaveLength(30)
})

test('a result that the database refuses takes no other with it', async () => {
  await addEndpoint()
  await addDue(10)
  const { due } = await store.claimDue(noonMs, leaseMs, 10)
  const results = due.map((delivery) => resultOf(delivery, 200))
  const poison = results[4]
  if (poison !== undefined) poison.log.responseStart = 'zero \u0000 byte'
  const settled = await Promise.allSettled(results.map((result) => store.record(result)))
  expect(settled.map((each) => each.status)).toEqual(
    results.map((result) => (result === poison ? 'rejected' : 'fulfilled')),
  )
  expect((await readDeliveries(database.pool)).filter((row) => row.state === 'delivered')).toHaveLength(9)
})

test('an endpoint is failing since its first failure, until a success', async () => {
  const endpoint = await addEndpoint()
  await addDue(3)
  await store.record(resultOf(await claimOne(), 500, noonMs + 1))
  await store.record(resultOf(await claimOne(), 500, noonMs + 2))
  expect(await healthOf(endpoint)).toEqual({ ...healthy, failingSinceMs: noonMs + 1 })
  await store.record(resultOf(await claimOne(), 200, noonMs + 3))
  expect(await healthOf(endpoint)).toEqual(healthy)
})

test('a success and a later failure in one batch leave the endpoint failing since that failure', async () => {
  const endpoint = await addEndpoint()
  await addDue(3)
  await store.record(resultOf(await claimOne(), 500, noonMs + 1))
  const { due } = await store.claimDue(noonMs, leaseMs, 2)
  const [success, failure] = due as [DueDelivery, DueDelivery]
  await Promise.all([
    store.record(resultOf(success, 200, noonMs + 2)),
    store.record(resultOf(failure, 500, noonMs + 3)),
  ])
  expect(await healthOf(endpoint)).toEqual({ ...healthy, failingSinceMs: noonMs + 3 })
})

test('a 410 disables the endpoint: its deliveries wait off the queue and new events make none', async () => {
  const endpoint = await addEndpoint()
  await addDue(2)
  await store.record(resultOf(await claimOne(), 410))
  expect(await healthOf(endpoint)).toMatchObject({ status: 'disabled', disabledReason: 'gone' })
  expect(await store.claimDue(noonMs, leaseMs, 9)).toEqual({ claimed: 1, due: [] })
  await addDue(1)
  expect(await readDeliveries(database.pool)).toMatchObject([
    { state: 'waiting', due_at: null },
    { state: 'waiting', due_at: null },
  ])
  expect((await store.claimDue(noonMs + 90 * dayMs, leaseMs, 9)).claimed).toBe(0)
})

test('five days of failures disable an endpoint, unless a success has come in between', async () => {
  const failingSinceMs = noonMs - 5 * dayMs
  const endpoint = await addEndpoint()
  await addDue(3)
  await database.pool.query('update webhook_endpoints set failing_since = $1', [failingSinceMs])
  const { due } = await store.claimDue(noonMs, leaseMs, 3)
  const [success, stale, last] = due as [DueDelivery, DueDelivery, DueDelivery]
  await store.record(resultOf(success, 200))
  await store.record(resultOf(stale, 500))
  expect(await healthOf(endpoint)).toEqual({ ...healthy, failingSinceMs: noonMs })
  await database.pool.query('update webhook_endpoints set failing_since = $1', [failingSinceMs])
  await store.record(resultOf(last, 500))
  expect(await healthOf(endpoint)).toMatchObject({ status: 'disabled', disabledReason: 'failing' })
})

test('a success in the same batch keeps the endpoint enabled', async () => {
  const endpoint = await addEndpoint()
  await addDue(2)
  await database.pool.query('update webhook_endpoints set failing_since = $1', [noonMs - 6 * dayMs])
  const { due } = await store.claimDue(noonMs, leaseMs, 2)
  const [failure, success] = due as [DueDelivery, DueDelivery]
  await Promise.all([store.record(resultOf(failure, 500)), store.record(resultOf(success, 200))])
  expect(await healthOf(endpoint)).toEqual(healthy)
})

test('deliveries whose endpoint or event is gone are given up', async () => {
  const endpoint = await addEndpoint()
  await addEndpoint()
  const [event] = await addDue(2)
  await endpoints.delete(scope, endpoint.endpointId)
  await database.pool.query('delete from events where event_id = $1', [event?.eventId])
  const { claimed, due } = await store.claimDue(noonMs, leaseMs, 9)
  expect(claimed).toBe(4)
  expect(due).toHaveLength(1)
  expect((await readDeliveries(database.pool)).filter((row) => row.state === 'given_up')).toHaveLength(3)
})

test('what is given back to the queue may be claimed at once, with the same tries', async () => {
  await addEndpoint()
  await addDue(1)
  await store.giveBack([await claimOne()], 'queue')
  expect((await claimOne()).tries).toBe(0)
})

test('a backlog waits off the queue until it is drawn, oldest first and of that endpoint alone', async () => {
  const endpoint = await addEndpoint()
  const events = await addDue(3)
  await addEndpoint()
  const { due } = await store.claimDue(noonMs, leaseMs, 9)
  await store.giveBack(due, 'backlog')
  await addDue(1)
  expect((await store.claimDue(noonMs, leaseMs, 9)).claimed).toBe(2)
  expect(await store.listBacklogs(10)).toEqual([{ merchantId: merchant.merchantId, endpointId: endpoint.endpointId }])
  expect(await store.drawBacklog(endpoint, noonMs, 2)).toBe(2)
  const drawn = (await store.claimDue(noonMs, leaseMs, 9)).due.map((each) => each.event.eventId)
  expect(drawn.toSorted()).toEqual(events.slice(0, 2).map((event) => event.eventId))
  expect(await store.drawBacklog(endpoint, noonMs, 2)).toBe(1)
  expect(await store.listBacklogs(10)).toEqual([])
})

test('the backlog of a disabled endpoint is left alone', async () => {
  const endpoint = await addEndpoint()
  await addDue(1)
  await store.giveBack([await claimOne()], 'backlog')
  await endpoints.update(scope, endpoint.endpointId, { status: 'disabled' }, noonMs)
  expect(await store.listBacklogs(10)).toEqual([])
  expect(await store.drawBacklog(endpoint, noonMs, 10)).toBe(0)
})

test('the backlog of an endpoint that is deleted is given up', async () => {
  const endpoint = await addEndpoint()
  await addDue(1)
  await store.giveBack([await claimOne()], 'backlog')
  await endpoints.update(scope, endpoint.endpointId, { status: 'disabled' }, noonMs)
  expect(await endpoints.delete(scope, endpoint.endpointId)).toBe(true)
  expect(await readDeliveries(database.pool)).toMatchObject([{ state: 'given_up', due_at: null }])
})

test('a row that somebody else has claimed meanwhile is not given back', async () => {
  await addEndpoint()
  await addDue(1)
  const lapsed = await claimOne()
  await claimOne(noonMs + leaseMs)
  await store.giveBack([lapsed], 'backlog')
  expect(await readDeliveries(database.pool)).toMatchObject([{ lease_until: String(noonMs + 2 * leaseMs) }])
  expect((await readDeliveries(database.pool))[0]?.due_at).not.toBeNull()
})
