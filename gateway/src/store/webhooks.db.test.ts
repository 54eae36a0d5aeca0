import { ManualClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { secureRandom } from '@tessera/lib/random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type EndpointId, type EventId, type KeyId, type MerchantId, trustedId } from '../core/ids.ts'
import type { Caller } from '../core/merchants/merchant.ts'
import {
  createWebhookEndpoints,
  type EndpointParts,
  type NewEndpoint,
  secretOverlapDefaultMs,
} from '../core/webhooks/endpoints.ts'
import { createEventFeed } from '../core/webhooks/event-feed.ts'
import type { WebhookProbe, WebhookSender } from '../core/webhooks/ports.ts'
import { makeEvent, merchant, noonMs, renderers } from '../webhooks/testing/samples.ts'
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
  database = await openWebhookDatabase('webhooks')
  await addMerchant(database.pool, merchant.merchantId)
  await addMerchant(database.pool, other.merchant.merchantId)
})
afterAll(() => database.close())
beforeEach(() => clearWebhooks(database.pool))

const callerOf = (merchantId: string, mode: Caller['mode'] = 'test'): Caller => ({
  merchant: { ...merchant, merchantId: trustedId<MerchantId>(merchantId) },
  keyId: trustedId<KeyId>('key'),
  kind: 'secret',
  mode,
  scopes: ['*'],
})
const caller = callerOf(merchant.merchantId)
const other = callerOf('mer_other')
const live = callerOf(merchant.merchantId, 'live')

const clock = new ManualClock(noonMs)
const ids = createIds(systemClock, secureRandom)
const sent: Parameters<WebhookSender['send']>[] = []
const answer = {
  status: 200,
  error: null,
  timedOut: false,
  responseStart: 'ok',
  retryAfterMs: null,
  startedAtMs: noonMs,
  durationMs: 3,
}
const sender: WebhookSender & WebhookProbe = {
  probe: async () => null,
  async send(...parameters) {
    sent.push(parameters)
    return answer
  },
}

function parts() {
  return partsWith({})
}

function partsWith({ probe = sender.probe, ...given }: Partial<EndpointParts & WebhookProbe>) {
  const store = createWebhookStore({ pool: database.pool, sealer })
  const urlRule = (url: string) => (url.startsWith('https://') ? null : 'it must be https')
  const base = { store, renderers, urlRule, clock, ids, random: secureRandom }
  return {
    store,
    endpoints: createWebhookEndpoints({ ...base, ...given, sender: { ...sender, probe } }),
    feed: createEventFeed({ store, clock }),
  }
}

const aNewEndpoint = (changes: Partial<NewEndpoint> = {}): NewEndpoint => ({
  url: 'https://shop.example/hooks',
  description: 'shop',
  eventTypes: null,
  dialect: 'v1',
  ...changes,
})

async function created(owner = caller, changes: Partial<NewEndpoint> = {}) {
  const result = await parts().endpoints.create(owner, aNewEndpoint(changes))
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

const missing = (what: string) => ({ ok: false, refusal: { refusal: 'not_found', what } })

test('an endpoint is read back as it was made, and its secret lies sealed', async () => {
  const { endpoints } = parts()
  const endpoint = await created(caller, { eventTypes: ['payment.succeeded', 'payment.failed'] })
  expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(await endpoints.find(caller, endpoint.endpointId)).toEqual({ ok: true, value: endpoint })
  expect(await endpoints.list(caller)).toEqual([endpoint])
  const raw = await database.pool.query('select secret from webhook_endpoints')
  expect((raw.rows[0].secret as Buffer).includes('whsec')).toBe(false)
})

test('nobody else sees, changes or removes it: neither another merchant nor the other mode', async () => {
  const { endpoints } = parts()
  const { endpointId } = await created()
  for (const stranger of [other, live]) {
    expect(await endpoints.find(stranger, endpointId)).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.update(stranger, endpointId, { status: 'disabled' })).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.rotateSecret(stranger, endpointId, { overlapMs: 0 })).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.delete(stranger, endpointId)).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.sendTest(stranger, endpointId, 'payment.failed')).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.listTries(stranger, endpointId, 10)).toEqual(missing('webhook_endpoint'))
    expect(await endpoints.list(stranger)).toEqual([])
  }
  expect(await endpoints.find(caller, endpointId)).toMatchObject({ value: { status: 'enabled' } })
})

test('a URL that the rule refuses is neither made nor moved to', async () => {
  const { endpoints } = parts()
  const refused = { ok: false, refusal: { refusal: 'url_not_allowed', why: 'it must be https' } }
  expect(await endpoints.create(caller, aNewEndpoint({ url: 'http://shop.example' }))).toEqual(refused)
  const { endpointId, url } = await created()
  expect(await endpoints.update(caller, endpointId, { url: 'http://shop.example' })).toEqual(refused)
  expect(await endpoints.find(caller, endpointId)).toMatchObject({ value: { url } })
})

test('an endpoint of a dialect that renders no webhooks is refused', async () => {
  const { endpoints } = parts()
  expect(await endpoints.create(caller, aNewEndpoint({ dialect: 'inflow' }))).toMatchObject({
    refusal: { refusal: 'not_supported' },
  })
})

test('five endpoints of dialect inflow are the most, and they leave room for others', async () => {
  const store = createWebhookStore({ pool: database.pool, sealer })
  const { endpoints } = partsWith({ store, renderers: { ...renderers, inflow: () => '{}' } })
  const create = (dialect: 'v1' | 'inflow') => endpoints.create(caller, aNewEndpoint({ dialect }))
  const made = await Promise.all(Array.from({ length: 7 }, () => create('inflow')))
  expect(made.filter(({ ok }) => ok)).toHaveLength(5)
  expect(await create('inflow')).toEqual({ ok: false, refusal: { refusal: 'too_many_endpoints', maximum: 5 } })
  expect(await create('v1')).toMatchObject({ ok: true })
})

test('an endpoint that does not answer when it is asked first is not made', async () => {
  const { endpoints } = partsWith({ probe: async () => 'no answer within 5 s' })
  expect(await endpoints.create(caller, aNewEndpoint({ probe: true }))).toEqual({
    ok: false,
    refusal: { refusal: 'url_not_reachable', why: 'no answer within 5 s' },
  })
  expect(await endpoints.list(caller)).toEqual([])
})

test('sixteen endpoints per merchant and mode are the most, however many are asked for at once', async () => {
  const { endpoints } = parts()
  const results = await Promise.all(Array.from({ length: 24 }, () => endpoints.create(caller, aNewEndpoint())))
  expect(results.filter((result) => result.ok)).toHaveLength(16)
  expect(results.find((result) => !result.ok)).toEqual({
    ok: false,
    refusal: { refusal: 'too_many_endpoints', maximum: 16 },
  })
  expect((await endpoints.create(live, aNewEndpoint())).ok).toBe(true)
  expect((await endpoints.create(other, aNewEndpoint())).ok).toBe(true)
})

test('a change touches what it names and nothing else', async () => {
  const { endpoints } = parts()
  const endpoint = await created(caller, { eventTypes: ['payment.failed'] })
  const moved = await endpoints.update(caller, endpoint.endpointId, { url: 'https://new.example/' })
  expect(moved).toEqual({ ok: true, value: { ...endpoint, url: 'https://new.example/' } })
  const cleared = await endpoints.update(caller, endpoint.endpointId, { description: null, eventTypes: null })
  expect(cleared).toMatchObject({ value: { description: null, eventTypes: null, url: 'https://new.example/' } })
  const off = await endpoints.update(caller, endpoint.endpointId, { status: 'disabled' })
  expect(off).toMatchObject({ value: { status: 'disabled', disabledReason: 'merchant' } })
  const on = await endpoints.update(caller, endpoint.endpointId, { status: 'enabled' })
  expect(on).toMatchObject({ value: { status: 'enabled', disabledReason: null } })
})

test('turning off what was disabled by its failures keeps the reason', async () => {
  const { endpoints } = parts()
  const { endpointId } = await created()
  await database.pool.query("update webhook_endpoints set status = 'disabled', disabled_reason = 'gone'")
  expect(await endpoints.update(caller, endpointId, { status: 'disabled' })).toMatchObject({
    value: { disabledReason: 'gone' },
  })
})

test('a rotation keeps the old secret for the overlap, and without one ends it at once', async () => {
  const { endpoints } = parts()
  const first = await created()
  const second = await endpoints.rotateSecret(caller, first.endpointId, { overlapMs: secretOverlapDefaultMs })
  if (!second.ok) throw new Error('not rotated')
  expect(second.value.secret).not.toBe(first.secret)
  expect(second.value).toMatchObject({ previousSecret: first.secret, previousSecretUntilMs: noonMs + 24 * 3_600_000 })
  const third = await endpoints.rotateSecret(caller, first.endpointId, { overlapMs: 0 })
  expect(third).toMatchObject({ value: { previousSecret: null, previousSecretUntilMs: null } })
})

test('an overlap beyond seven days is a fault of the caller', async () => {
  const { endpoints } = parts()
  const { endpointId } = await created()
  await expect(endpoints.rotateSecret(caller, endpointId, { overlapMs: 8 * 86_400_000 })).rejects.toThrow(RangeError)
})

test('a test send goes out at once, says that it is a test, and leaves nothing behind', async () => {
  const { endpoints } = parts()
  const { endpointId } = await created()
  sent.length = 0
  expect(await endpoints.sendTest(caller, endpointId, 'payment.refunded')).toEqual({ ok: true, value: answer })
  expect(sent[0]?.[1]).toMatchObject({
    type: 'payment.refunded',
    mode: 'test',
    snapshot: {
      payment: { metadata: { webhook_test: true }, amounts: { refundedMinor: 100 } },
      operation: { amountMinor: 100 },
    },
  })
  expect(await readDeliveries(database.pool)).toEqual([])
})

test('an alert can be tried out as well, but at no endpoint of inflow, which hears of payments alone', async () => {
  const { endpoints } = partsWith({ renderers: { v1: () => '', inflow: () => '' } })
  const { endpointId } = await created()
  sent.length = 0
  expect(await endpoints.sendTest(caller, endpointId, 'card_testing.suspected')).toEqual({ ok: true, value: answer })
  expect(sent[0]?.[1]).toMatchObject({ type: 'card_testing.suspected', alert: { alertId: 'alert_webhook_test' } })

  const inflow = await endpoints.create(caller, aNewEndpoint({ dialect: 'inflow' }))
  if (!inflow.ok) throw new Error('not made')
  const refused = await endpoints.sendTest(caller, inflow.value.endpointId, 'card_testing.suspected')
  expect(refused).toMatchObject({ ok: false, refusal: { refusal: 'not_supported' } })
  expect(sent).toHaveLength(1)
})

test('a resend makes the event due again where it is listened to, and counts on from the tries made', async () => {
  const { feed } = parts()
  const all = await created()
  const refunds = await created(caller, { eventTypes: ['payment.refunded'] })
  const event = makeEvent()
  await addEvents(database.pool, [event])
  await database.pool.query("update deliveries set state = 'delivered', tries = 1, due_at = null")
  expect(await feed.resend(caller, event.eventId, null)).toEqual({ ok: true, value: { endpoints: 1 } })
  const due = { state: 'waiting', due_at: String(noonMs) }
  expect(await readDeliveries(database.pool)).toMatchObject([{ ...due, endpoint_id: all.endpointId, tries: 1 }])
  expect(await feed.resend(caller, event.eventId, refunds.endpointId)).toEqual({ ok: true, value: { endpoints: 1 } })
  expect(await readDeliveries(database.pool)).toMatchObject([
    due,
    { ...due, endpoint_id: refunds.endpointId, tries: 0 },
  ])
})

test('a resend during a send does not break the lease of the one that sends', async () => {
  const { feed } = parts()
  await created()
  const event = makeEvent()
  await addEvents(database.pool, [event])
  await database.pool.query('update deliveries set lease_until = $1', [noonMs + 60_000])
  await feed.resend(caller, event.eventId, null)
  expect(await readDeliveries(database.pool)).toMatchObject([{ lease_until: String(noonMs + 60_000) }])
})

test('a resend is refused for what is not there, not shown, or disabled', async () => {
  const { feed, endpoints } = parts()
  const { endpointId } = await created()
  const [shown, hidden, old] = [
    makeEvent(),
    makeEvent({}, 'payment.created'),
    makeEvent({ createdAtMs: noonMs - 31 * 86_400_000 }),
  ]
  await addEvents(database.pool, [shown, hidden, old])
  for (const { eventId } of [hidden, old, { eventId: trustedId<EventId>('evt_none') }]) {
    expect(await feed.resend(caller, eventId, null)).toEqual(missing('event'))
    expect(await feed.find(caller, eventId)).toEqual(missing('event'))
  }
  for (const stranger of [other, live])
    expect(await feed.resend(stranger, shown.eventId, null)).toEqual(missing('event'))
  expect(await feed.resend(caller, shown.eventId, trustedId<EndpointId>('whe_none'))).toEqual(
    missing('webhook_endpoint'),
  )
  await endpoints.update(caller, endpointId, { status: 'disabled' })
  expect(await feed.resend(caller, shown.eventId, endpointId)).toMatchObject({ refusal: { refusal: 'not_supported' } })
  expect(await feed.resend(caller, shown.eventId, null)).toEqual({ ok: true, value: { endpoints: 0 } })
})

test('enabling makes what waited due again: what was put aside and what had a later time', async () => {
  const { endpoints } = parts()
  const { endpointId } = await created()
  await addEvents(database.pool, [makeEvent(), makeEvent(), makeEvent()])
  const [aside, later, done] = (await readDeliveries(database.pool)).map((row) => row.event_id)
  await database.pool.query('update deliveries set due_at = null where event_id = $1', [aside])
  await database.pool.query('update deliveries set due_at = $2, tries = 4 where event_id = $1', [
    later,
    noonMs + 9_000_000,
  ])
  await database.pool.query("update deliveries set due_at = null, state = 'delivered' where event_id = $1", [done])
  await database.pool.query(
    "update webhook_endpoints set status = 'disabled', disabled_reason = 'failing', failing_since = 1",
  )
  const enabled = await endpoints.update(caller, endpointId, { status: 'enabled' })
  expect(enabled).toMatchObject({ value: { failingSinceMs: null, disabledReason: null } })
  expect(await readDeliveries(database.pool)).toMatchObject([
    { event_id: aside, due_at: String(noonMs) },
    { event_id: later, due_at: String(noonMs), tries: 4 },
    { event_id: done, due_at: null, state: 'delivered' },
  ])
})

test('the feed pages from the oldest event on and leaves out what is not shown', async () => {
  const { feed } = parts()
  const events = Array.from({ length: 5 }, (_, index) => makeEvent({ createdAtMs: noonMs - 5_000 + index }))
  const hidden = makeEvent({ createdAtMs: noonMs - 4_998 }, 'payment.created')
  const foreign = makeEvent({ merchantId: other.merchant.merchantId })
  const liveEvent = makeEvent({ mode: 'live' })
  await addEvents(database.pool, [...events.toReversed(), hidden, foreign, liveEvent])
  await placeWaitingEvents(database.pool, 100)
  const first = await feed.list(caller, { limit: 3, startingAfter: null, type: null })
  expect(first).toEqual({ ok: true, value: { events: events.slice(0, 3), hasMore: true } })
  const rest = await feed.list(caller, { limit: 3, startingAfter: events[2]?.eventId ?? null, type: null })
  expect(rest).toEqual({ ok: true, value: { events: events.slice(3), hasMore: false } })
})

test('the feed can be narrowed to one type', async () => {
  const { feed } = parts()
  const failed = makeEvent({}, 'payment.failed')
  await addEvents(database.pool, [makeEvent(), failed, makeEvent()])
  await placeWaitingEvents(database.pool, 100)
  const page = await feed.list(caller, { limit: 10, startingAfter: null, type: 'payment.failed' })
  expect(page).toEqual({ ok: true, value: { events: [failed], hasMore: false } })
})

test('an event without a place yet gives an empty page as a cursor, a strange cursor is refused', async () => {
  const { feed } = parts()
  const [placed, unplaced] = [makeEvent(), makeEvent()]
  await addEvents(database.pool, [placed])
  await placeWaitingEvents(database.pool, 100)
  await addEvents(database.pool, [unplaced])
  const filter = { limit: 10, type: null }
  const page = await feed.list(caller, { ...filter, startingAfter: unplaced.eventId })
  expect(page).toEqual({ ok: true, value: { events: [], hasMore: false } })
  expect(await feed.list(caller, { ...filter, startingAfter: trustedId<EventId>('evt_none') })).toEqual(
    missing('event'),
  )
  expect(await feed.list(other, { ...filter, startingAfter: placed.eventId })).toEqual(missing('event'))
})
