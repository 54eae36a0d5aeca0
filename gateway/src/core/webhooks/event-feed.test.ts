import { ManualClock } from '@tessera/lib/clock'
import { describe, expect, it } from 'vitest'
import { makeEndpoint, makeEvent } from '../../webhooks/testing/samples.ts'
import type { MerchantEvent } from '../events.ts'
import { type EventId, trustedId } from '../ids.ts'
import { callerOf } from '../testing/callers.ts'
import type { WebhookEndpoint } from './endpoint.ts'
import { createEventFeed } from './event-feed.ts'
import type { WebhookStore } from './ports.ts'

const caller = callerOf('mer_1')
const monthMs = 30 * 24 * 3_600_000
const nowMs = 1_800_000_000_000
const eventId = trustedId<EventId>('evt_1')
const missing = { ok: false, refusal: { refusal: 'not_found', what: 'event' } }
const event = (changes: object = {}): MerchantEvent => makeEvent({ eventId, createdAtMs: nowMs, ...changes })

/** A merchant with one event and one endpoint. */
function world(known: MerchantEvent | undefined = event(), endpoint: WebhookEndpoint | undefined = makeEndpoint()) {
  const asked: unknown[] = []
  const store: Partial<WebhookStore> = {
    findEvent: async ({ merchantId, mode }, id) =>
      merchantId === 'mer_1' && mode === 'test' && id === eventId ? known : undefined,
    listEvents: async (scope, filter) => {
      asked.push([scope, filter])
      return { events: [], hasMore: false }
    },
    find: async (_scope, id) => (id === endpoint?.endpointId ? endpoint : undefined),
    resend: async (scope, resent, to, atMs) => {
      asked.push([scope, resent.eventId, to, atMs])
      return 3
    },
  }
  return { feed: createEventFeed({ store: store as WebhookStore, clock: new ManualClock(nowMs) }), asked }
}
const scope = { merchantId: 'mer_1', mode: 'test' }

describe('an event', () => {
  it.each<[string, object, boolean]>([
    ['that is public is found', {}, true],
    ['of thirty days ago is found', { createdAtMs: nowMs - monthMs }, true],
    ['of a moment before that is not', { createdAtMs: nowMs - monthMs - 1 }, false],
    ['that is hidden is not', { publicSequence: null }, false],
  ])('%s', async (_what, changes, isFound) => {
    const { feed } = world(event(changes))
    const found = await feed.find(caller, eventId)
    if (isFound) expect(found).toMatchObject({ ok: true, value: { eventId } })
    else expect(found).toEqual(missing)
    const filter = { limit: 5, startingAfter: eventId, type: null }
    expect((await feed.list(caller, filter)).ok).toBe(isFound)
    expect((await feed.resend(caller, eventId, null)).ok).toBe(isFound)
  })

  it('of another merchant, or of the other mode, is nobody’s', async () => {
    const { feed, asked } = world()
    for (const stranger of [callerOf('mer_2'), callerOf('mer_1', 'live')]) {
      expect(await feed.find(stranger, eventId)).toEqual(missing)
      expect(await feed.list(stranger, { limit: 5, startingAfter: eventId, type: null })).toEqual(missing)
      expect(await feed.resend(stranger, eventId, null)).toEqual(missing)
    }
    expect(asked).toEqual([])
  })
})

it('the feed is of thirty days, from its beginning or from where somebody has read to', async () => {
  const { feed, asked } = world()
  const filter = { limit: 5, startingAfter: null, type: 'payment.failed' as const }
  expect(await feed.list(caller, filter)).toEqual({ ok: true, value: { events: [], hasMore: false } })
  await feed.list(caller, { ...filter, startingAfter: eventId })
  expect(asked).toEqual([
    [scope, { ...filter, createdFromMs: nowMs - monthMs }],
    [scope, { ...filter, startingAfter: eventId, createdFromMs: nowMs - monthMs }],
  ])
})

describe('an event is sent again', () => {
  it('to all that listen, or to one', async () => {
    const endpoint = makeEndpoint()
    const { feed, asked } = world(event(), endpoint)
    expect(await feed.resend(caller, eventId, null)).toEqual({ ok: true, value: { endpoints: 3 } })
    expect(await feed.resend(caller, eventId, endpoint.endpointId)).toEqual({ ok: true, value: { endpoints: 3 } })
    expect(asked).toEqual([
      [scope, eventId, null, nowMs],
      [scope, eventId, endpoint.endpointId, nowMs],
    ])
  })

  it('to none that is not there, or disabled', async () => {
    const disabled = makeEndpoint({ status: 'disabled' })
    const { feed, asked } = world(event(), disabled)
    expect(await feed.resend(caller, eventId, trustedId('whe_x'))).toEqual({
      ok: false,
      refusal: { refusal: 'not_found', what: 'webhook_endpoint' },
    })
    expect(await feed.resend(caller, eventId, disabled.endpointId)).toMatchObject({
      refusal: { refusal: 'not_supported' },
    })
    expect(asked).toEqual([])
  })
})
