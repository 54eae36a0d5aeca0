import type { ServerResponse } from 'node:http'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type EndpointId, type MerchantId, trustedId } from '../core/ids.ts'
import type { DeliveryAnswer } from '../core/webhooks/delivery.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import type { WebhookSender } from '../core/webhooks/ports.ts'
import { createDeliveryStore } from '../store/deliveries.ts'
import { createWebhookStore } from '../store/webhooks.ts'
import { createAddressGuard } from './address-guard.ts'
import { createDeliveryLoop } from './delivery-loop.ts'
import { createDeliveryMetrics } from './metrics.ts'
import { createSender } from './sender.ts'
import { answering, startReceiver } from './testing/receiver.ts'
import { makeEndpoint, makeEvent, merchant, renderers } from './testing/samples.ts'
import {
  addEvents,
  addMerchant,
  clearWebhooks,
  openWebhookDatabase,
  readDeliveries,
  sealer,
} from './testing/webhook-database.ts'
import { createUrlRule } from './url-rule.ts'

let database: Awaited<ReturnType<typeof openWebhookDatabase>>
let clock: OffsetClock
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  database = await openWebhookDatabase('delivery-loop')
  await addMerchant(database.pool, merchant.merchantId)
})
afterAll(() => database.close())
beforeEach(async () => {
  clock = new OffsetClock(systemClock)
  await clearWebhooks(database.pool)
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const parts = () => ({ clock, timers: realTimers, random: secureRandom })
const storeOf = () => createDeliveryStore({ pool: database.pool, sealer, ...parts() })
const scope = { merchantId: merchant.merchantId, mode: 'test' } as const

function httpSender(timeoutMs = 10_000): WebhookSender {
  const guard = createAddressGuard([])
  const urlRule = createUrlRule(guard, [])
  const sender = createSender({ ...parts(), renderers, guard, urlRule, resolve: async () => [], timeoutMs })
  cleanups.push(sender.close)
  return sender
}

function startLoop(sender: WebhookSender, knows: (id: MerchantId) => boolean = () => true) {
  const loop = createDeliveryLoop({
    ...parts(),
    store: storeOf(),
    sender,
    merchants: { merchant: (id) => (knows(id) ? merchant : undefined) },
    log: createLogger({ process: 'test', clock, level: 'silent' }),
    metrics: createDeliveryMetrics(new MetricsRegistry()),
  })
  loop.start()
  cleanups.push(() => loop.stop())
  return loop
}

async function receiverWith(...parameters: Parameters<typeof startReceiver>) {
  const receiver = await startReceiver(...parameters)
  cleanups.push(receiver.stop)
  const endpoint = await addEndpoint({ url: `http://127.0.0.1:${receiver.port}/` })
  return { receiver, endpoint, ids: () => receiver.received.map((each) => each.headers['webhook-id']) }
}

async function addEndpoint(changes: Partial<WebhookEndpoint> = {}): Promise<WebhookEndpoint> {
  const endpoint = makeEndpoint(changes)
  await createWebhookStore({ pool: database.pool, sealer }).insert(endpoint, { inAll: 1_000, ofDialect: 1_000 })
  return endpoint
}

async function addDue(count: number) {
  const events = Array.from({ length: count }, (_, index) => makeEvent({ createdAtMs: clock.now() - count + index }))
  await addEvents(database.pool, events)
  return events.map((event) => event.eventId)
}

const eventually = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 60_000, interval: 20 })
const countOf = async (state: string, endpoint?: WebhookEndpoint) =>
  (await readDeliveries(database.pool)).filter(
    (row) => row.state === state && (endpoint === undefined || row.endpoint_id === endpoint.endpointId),
  ).length

test('every event reaches every endpoint, signed with the secret of each', async () => {
  const [left, right] = [await receiverWith(answering(200)), await receiverWith(answering(204))]
  const events = await addDue(40)
  startLoop(httpSender())
  await eventually(async () => expect(await countOf('delivered')).toBe(80))
  for (const { receiver, endpoint, ids } of [left, right]) {
    expect(ids().toSorted()).toEqual(events.toSorted())
    for (const { body, headers } of receiver.received) {
      expect(new Webhook(endpoint.secret).verify(body, headers as Record<string, string>)).toMatchObject({
        id: headers['webhook-id'],
      })
    }
  }
})

test('what fails comes again by the schedule, under the same id and freshly signed', async () => {
  const { receiver, endpoint, ids } = await receiverWith((response, _request, count) =>
    answering(count === 1 ? 500 : 200)(response, _request, count),
  )
  const [eventId] = await addDue(1)
  startLoop(httpSender())
  await eventually(async () =>
    expect(await readDeliveries(database.pool)).toMatchObject([{ tries: 1, last_status: 500 }]),
  )
  expect(receiver.received).toHaveLength(1)
  clock.advance(6_000)
  await eventually(async () => expect(await countOf('delivered')).toBe(1))
  expect(ids()).toEqual([eventId, eventId])
  const [first, second] = receiver.received.map((each) => Number(each.headers['webhook-timestamp']))
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(5)
  expect(
    await createWebhookStore({ pool: database.pool, sealer }).listTries(scope, endpoint.endpointId, 9),
  ).toMatchObject([
    { try: 2, status: 200 },
    { try: 1, status: 500 },
  ])
})

test('a receiver that is gone is disabled and hears nothing more', async () => {
  const { receiver } = await receiverWith(answering(410))
  await addDue(1)
  startLoop(httpSender())
  await eventually(async () => {
    const result = await database.pool.query('select status, disabled_reason from webhook_endpoints')
    expect(result.rows).toEqual([{ status: 'disabled', disabled_reason: 'gone' }])
  })
  clock.advance(90 * 86_400_000)
  await addDue(5)
  await startLoop(httpSender()).stop()
  expect(receiver.received).toHaveLength(1)
})

test('what a killed worker had claimed is sent once its lease has lapsed, under the same id', async () => {
  const { ids } = await receiverWith(answering(200))
  const [lost] = await addDue(1)
  await storeOf().claimDue(clock.now(), 60_000, 1)
  const [fresh] = await addDue(1)
  startLoop(httpSender())
  // Until that is written down its own lease can lapse.
  await eventually(async () => expect([await countOf('delivered'), ids()]).toEqual([1, [fresh]]))
  clock.advance(60_000)
  await eventually(() => expect(ids()).toEqual([fresh, lost]))
})

test('two workers share the work and send nothing twice', async () => {
  const { ids } = await receiverWith(answering(200))
  const events = await addDue(300)
  startLoop(httpSender())
  startLoop(httpSender())
  await eventually(async () => expect(await countOf('delivered')).toBe(300))
  expect(ids().toSorted()).toEqual(events.toSorted())
})

test('an endpoint that hangs with a long queue delays no other', async () => {
  const hanging: ServerResponse[] = []
  const dead = await receiverWith((response) => hanging.push(response))
  await addDue(700)
  const alive = await receiverWith(answering(200))
  await database.pool.query('delete from deliveries where endpoint_id = $1', [alive.endpoint.endpointId])
  const events = await addDue(50)
  startLoop(httpSender(60_000))
  await eventually(async () => expect(await countOf('delivered', alive.endpoint)).toBe(50))
  expect(alive.ids().toSorted()).toEqual(events.toSorted())
  await eventually(() => expect(dead.receiver.received).toHaveLength(4))
  expect(await countOf('delivered', dead.endpoint)).toBe(0)
  for (const response of hanging) response.socket?.destroy()
})

test('a pause of the database is survived', async () => {
  const { ids } = await receiverWith(answering(200))
  startLoop(httpSender())
  const events = await addDue(100)
  const others = 'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  for (let round = 0; round < 5; round++) {
    await database.pool.query(`select pg_terminate_backend(pid) ${others}`).catch(() => {})
  }
  clock.advance(61_000)
  // A connection may end only now, with a claim of this very moment.
  await eventually(async () => {
    clock.advance(200)
    expect(await countOf('delivered')).toBe(100)
  })
  expect(new Set(ids())).toEqual(new Set(events))
})

const answer = (changes: Partial<DeliveryAnswer>): DeliveryAnswer => ({
  status: 200,
  error: null,
  timedOut: false,
  responseStart: '',
  retryAfterMs: null,
  startedAtMs: clock.now(),
  durationMs: 1,
  ...changes,
})
const timeout = () => answer({ status: null, timedOut: true, error: 'no answer within 15 s' })

/** A network that answers when the test says so. */
function scriptedSender(behaviour: (endpoint: WebhookEndpoint) => DeliveryAnswer | 'wait') {
  const waiting = new Map<string, ((answer: DeliveryAnswer) => void)[]>()
  const sender: WebhookSender = {
    send: (endpoint) =>
      new Promise((resolve) => {
        const behaves = behaviour(endpoint)
        if (behaves !== 'wait') return resolve(behaves)
        waiting.set(endpoint.endpointId, [...(waiting.get(endpoint.endpointId) ?? []), resolve])
      }),
  }
  const waitingAt = (endpoint: WebhookEndpoint) => waiting.get(endpoint.endpointId)?.length ?? 0
  const release = (endpoint: WebhookEndpoint, given: DeliveryAnswer) => {
    for (const resolve of waiting.get(endpoint.endpointId)?.splice(0) ?? []) resolve(given)
  }
  return { sender, waitingAt, release }
}

test('an endpoint that only times out is tried one at a time, and its backlog flows when it answers', async () => {
  const endpoint = await addEndpoint()
  await addDue(60)
  const network = scriptedSender(() => 'wait')
  startLoop(network.sender)
  await eventually(() => expect(network.waitingAt(endpoint)).toBe(4))
  network.release(endpoint, timeout())
  // Two followed before the third time-out made it a suspect.
  await eventually(() => expect(network.waitingAt(endpoint)).toBe(2))
  await eventually(async () => {
    const rows = await readDeliveries(database.pool)
    expect(rows.filter((row) => row.due_at === null && row.state === 'waiting').length).toBe(54)
  })
  expect(network.waitingAt(endpoint)).toBe(2)
  network.release(endpoint, timeout())
  for (let probe = 0; probe < 3; probe++) {
    await addDue(2)
    await eventually(() => expect(network.waitingAt(endpoint)).toBe(1))
    network.release(endpoint, probe < 2 ? timeout() : answer({}))
  }
  const flowing = realTimers.every(5, () => network.release(endpoint, answer({})))
  await eventually(async () => {
    clock.advance(1_000)
    expect(await countOf('delivered')).toBe(66)
  })
  flowing.stop()
})

test('a burst that is larger than the queue of its endpoint flows through', async () => {
  await addEndpoint()
  await addDue(900)
  startLoop({
    async send() {
      await realTimers.sleep(4)
      return answer({})
    },
  })
  await eventually(async () => expect(await countOf('delivered')).toBe(900))
})

test('however many endpoints are dead, they leave places for the others', async () => {
  const dead = new Set<string>()
  for (let count = 0; count < 40; count++) dead.add((await addEndpoint({ url: 'https://dead.example/' })).endpointId)
  const network = scriptedSender((endpoint) => {
    if (!dead.has(endpoint.endpointId)) return answer({})
    return suspected ? 'wait' : timeout()
  })
  let suspected = false
  await addDue(4)
  startLoop(network.sender)
  await eventually(async () =>
    expect((await readDeliveries(database.pool)).every((row) => row.due_at === null || row.tries > 0)).toBe(true),
  )
  suspected = true
  await addDue(3)
  const alive = await addEndpoint()
  const events = await addDue(20)
  await eventually(async () => expect(await countOf('delivered', alive)).toBe(events.length))
  const deadEndpoints = [...dead].map((endpointId) => makeEndpoint({ endpointId: trustedId<EndpointId>(endpointId) }))
  await eventually(() => expect(deadEndpoints.reduce((sum, each) => sum + network.waitingAt(each), 0)).toBe(8))
  suspected = false
  for (const endpoint of deadEndpoints) network.release(endpoint, timeout())
})

test('a stop ends the requests under way and gives the queue back', async () => {
  const endpoint = await addEndpoint()
  await addDue(20)
  const network = scriptedSender(() => 'wait')
  const loop = startLoop(network.sender)
  await eventually(() => expect(network.waitingAt(endpoint)).toBe(4))
  const stopped = loop.stop()
  await eventually(async () => {
    const leased = (await readDeliveries(database.pool)).filter((row) => row.lease_until !== '0')
    expect(leased).toHaveLength(4)
  })
  network.release(endpoint, answer({}))
  await stopped
  const rows = await readDeliveries(database.pool)
  expect(rows.filter((row) => row.state === 'delivered')).toHaveLength(4)
  expect(rows.filter((row) => row.state === 'waiting' && row.lease_until === '0' && row.due_at !== null)).toHaveLength(
    16,
  )
})

test('a fault of ours while making a webhook counts as a try and is told', async () => {
  const endpoint = await addEndpoint()
  await addDue(1)
  startLoop({
    send: () => Promise.reject(new Error('cannot read properties of undefined')),
  })
  await eventually(async () =>
    expect(await readDeliveries(database.pool)).toMatchObject([{ tries: 1, state: 'waiting' }]),
  )
  const [logged] = await createWebhookStore({ pool: database.pool, sealer }).listTries(scope, endpoint.endpointId, 1)
  expect(logged?.error).toContain('operator')
  expect(logged?.error).not.toContain('undefined')
})

test('deliveries of a merchant that is not loaded yet wait for the next claim', async () => {
  await addEndpoint()
  const [eventId] = await addDue(1)
  let known = false
  const sent: string[] = []
  const sender: WebhookSender = {
    async send(_endpoint, event) {
      sent.push(event.eventId)
      return answer({})
    },
  }
  startLoop(sender, () => known)
  await eventually(async () => expect((await readDeliveries(database.pool))[0]?.lease_until).not.toBe('0'))
  known = true
  clock.advance(61_000)
  await eventually(() => expect(sent).toEqual([eventId]))
})
