import { describe, expect, it } from 'vitest'
import type { AlertEvent, PaymentEvent } from '../../core/events.ts'
import { accept, refuse } from '../../core/refusals.ts'
import { aPayment } from '../../core/testing/payments.ts'
import type { WebhookEndpoint } from '../../core/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import type { EventFeed } from '../../core/webhooks/event-feed.ts'
import { createTestApi, nowMs } from './testing/test-api.ts'

const id = 'whe_0123456789abcdefghjkmnpqrs'
const eventId = 'evt_0123456789abcdefghjkmnpqrs'
const missing = refuse({ refusal: 'not_found', what: 'webhook_endpoint' })

function anEndpoint(changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  return {
    merchantId: 'mer_1' as WebhookEndpoint['merchantId'],
    endpointId: id as WebhookEndpoint['endpointId'],
    mode: 'test',
    dialect: 'v1',
    url: 'https://shop.example/hooks',
    description: null,
    secret: 'whsec_c2VjcmV0',
    previousSecret: 'whsec_b2xk',
    previousSecretUntilMs: nowMs + 3_600_000,
    eventTypes: null,
    status: 'enabled',
    disabledReason: null,
    failingSinceMs: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...changes,
  }
}

/** Use cases that know one endpoint and note what they were asked. */
function createWebhooksApi(given: Partial<WebhookEndpoints> = {}) {
  const asked: unknown[] = []
  const known = (endpointId: string, changes: object = {}) =>
    endpointId === id ? accept(anEndpoint(changes)) : missing
  const endpoints: WebhookEndpoints = {
    create: async (_caller, command) => {
      asked.push(command)
      return accept(anEndpoint(command))
    },
    list: async () => [anEndpoint()],
    find: async (_caller, endpointId) => known(endpointId),
    update: async (_caller, endpointId, change) => {
      asked.push(change)
      return known(endpointId, change)
    },
    delete: async (_caller, endpointId) => (endpointId === id ? accept({ endpointId }) : missing),
    rotateSecret: async (_caller, endpointId, change) => {
      asked.push(change)
      return known(endpointId, { secret: 'whsec_bmV3' })
    },
    sendTest: async (_caller, endpointId, type) => {
      asked.push(type)
      if (endpointId !== id) return missing
      const startedAtMs = nowMs
      return accept({
        status: 500,
        error: 'status 500',
        timedOut: false,
        responseStart: 'oops',
        retryAfterMs: null,
        startedAtMs,
        durationMs: 12.6,
      })
    },
    listTries: async (_caller, endpointId, limit) => {
      asked.push(limit)
      if (endpointId !== id) return missing
      const one = {
        eventId,
        endpointId,
        try: 1,
        status: 200,
        error: null,
        responseStart: 'ok',
        durationMs: 3,
        atMs: nowMs,
      }
      return accept([{ ...one, merchantId: 'mer_1' } as never])
    },
    ...given,
  }
  return { ...createTestApi({ parts: { endpoints } }), asked }
}

describe('a webhook endpoint', () => {
  const shown = {
    id,
    url: 'https://shop.example/hooks',
    description: null,
    dialect: 'v1',
    event_types: null,
    status: 'enabled',
    disabled_reason: null,
    failing_since: null,
    previous_secret_until: '2026-10-07T13:00:00.000Z',
    created_at: '2026-10-07T12:00:00.000Z',
    updated_at: '2026-10-07T12:00:00.000Z',
  }

  it('shows its secret when it is made and when that is replaced, and never else', async () => {
    const api = createWebhooksApi()
    const made = await api.post('/v1/webhook_endpoints', { url: 'https://shop.example/hooks' })
    expect(made).toMatchObject({ status: 201, json: { ...shown, secret: 'whsec_c2VjcmV0' } })
    expect(api.asked[0]).toEqual({
      url: 'https://shop.example/hooks',
      description: null,
      eventTypes: null,
      dialect: 'v1',
    })
    const rotated = await api.post(`/v1/webhook_endpoints/${id}/rotate_secret`, { overlap_hours: 0 })
    expect(rotated).toMatchObject({ status: 200, json: { secret: 'whsec_bmV3' } })
    const others = [
      await api.get('/v1/webhook_endpoints'),
      await api.get(`/v1/webhook_endpoints/${id}`),
      await api.patch(`/v1/webhook_endpoints/${id}`, { status: 'enabled' }),
      await api.delete(`/v1/webhook_endpoints/${id}`),
      await api.get(`/v1/webhook_endpoints/${id}/tries`),
    ]
    for (const { status, text } of others) {
      expect(status).toBe(200)
      expect(text).not.toContain('whsec_')
    }
    expect(others[0]?.json).toEqual({ data: [shown] })
    expect(others[1]?.json).toEqual(shown)
    expect(others[3]?.json).toEqual({ id, deleted: true })
  })

  it('keeps its old secret for a day unless told otherwise', async () => {
    const api = createWebhooksApi()
    await api.post(`/v1/webhook_endpoints/${id}/rotate_secret`)
    await api.post(`/v1/webhook_endpoints/${id}/rotate_secret`, { overlap_hours: 168 })
    expect(api.asked).toEqual([{ overlapMs: 24 * 3_600_000 }, { overlapMs: 168 * 3_600_000 }])
    for (const overlap_hours of [-1, 169, '1']) {
      const answer = await api.post(`/v1/webhook_endpoints/${id}/rotate_secret`, { overlap_hours })
      expect(answer.json.error).toMatchObject({ code: 'validation_error', param: 'overlap_hours' })
    }
  })

  it('changes what is named, null included, and nothing else', async () => {
    const api = createWebhooksApi()
    await api.patch(`/v1/webhook_endpoints/${id}`, {})
    await api.patch(`/v1/webhook_endpoints/${id}`, { description: null, event_types: ['payment.failed'] })
    expect(api.asked).toEqual([{}, { description: null, eventTypes: ['payment.failed'] }])
  })

  it('lists every fault of its fields', async () => {
    const api = createWebhooksApi()
    const answer = await api.post('/v1/webhook_endpoints', {
      description: 5,
      event_types: ['payment.created'],
      dialect: 'v2',
    })
    expect(answer.json.error.details.map(({ param }: { param: string }) => param).sort()).toEqual([
      'description',
      'dialect',
      'event_types.0',
      'url',
    ])
    for (const body of [{ event_types: [] }, { event_types: 'all' }]) {
      const refused = await api.patch(`/v1/webhook_endpoints/${id}`, body)
      expect(refused.json.error.param).toBe('event_types')
    }
    expect((await api.patch(`/v1/webhook_endpoints/${id}`, { status: 'on' })).json.error.param).toBe('status')
  })

  it('tells the engine’s refusals: an address that is not allowed, too many endpoints', async () => {
    const url = createWebhooksApi({
      create: async () => refuse({ refusal: 'url_not_allowed', why: 'url must be https' }),
    })
    expect((await url.post('/v1/webhook_endpoints', { url: 'ftp://x' })).json.error).toMatchObject({
      code: 'validation_error',
      param: 'url',
      message: 'Url must be https.',
    })
    const many = createWebhooksApi({ create: async () => refuse({ refusal: 'too_many_endpoints', maximum: 16 }) })
    const answer = await many.post('/v1/webhook_endpoints', { url: 'https://x.example/' })
    expect(answer).toMatchObject({ status: 400, json: { error: { message: expect.stringContaining('16') } } })
  })

  it('that is not there, or cannot be, is not found in the same words', async () => {
    const api = createWebhooksApi()
    const bodies = new Set<string>()
    for (const other of ['whe_1123456789abcdefghjkmnpqrs', 'nonsense']) {
      const path = `/v1/webhook_endpoints/${other}`
      const answers = [
        await api.get(path),
        await api.patch(path, {}),
        await api.delete(path),
        await api.post(`${path}/rotate_secret`),
        await api.post(`${path}/test`),
        await api.get(`${path}/tries`),
      ]
      for (const { status, text, headers } of answers) {
        expect(status).toBe(404)
        bodies.add(text.replace(headers['x-request-id'] ?? '', 'rq'))
      }
    }
    expect(bodies.size).toBe(1)
  })

  it('can be tried out, and tells what it answered', async () => {
    const api = createWebhooksApi()
    const answer = await api.post(`/v1/webhook_endpoints/${id}/test`, { event_type: 'payment.refunded' })
    expect(answer).toMatchObject({
      status: 200,
      json: { delivered: false, response_status: 500, error: 'status 500', response_start: 'oops', duration_ms: 13 },
    })
    await api.post(`/v1/webhook_endpoints/${id}/test`)
    await api.post(`/v1/webhook_endpoints/${id}/test`, { event_type: 'card_testing.suspected' })
    expect(api.asked).toEqual(['payment.refunded', 'payment.succeeded', 'card_testing.suspected'])
    const refused = await api.post(`/v1/webhook_endpoints/${id}/test`, { event_type: 'payment.created' })
    expect(refused.json.error.param).toBe('event_type')
  })

  it('is read and changed with scopes of their own', async () => {
    const api = createWebhooksApi()
    const { key } = api.directory.secretKey(api.merchant, 'test', ['webhooks:read'])
    expect((await api.get('/v1/webhook_endpoints', { key })).status).toBe(200)
    expect((await api.post('/v1/webhook_endpoints', { url: 'https://x.example/' }, { key })).status).toBe(403)
    expect((await api.get('/v1/webhook_endpoints', { key: null })).status).toBe(401)
  })
})

describe('the event feed', () => {
  const event: PaymentEvent = {
    merchantId: 'mer_1' as PaymentEvent['merchantId'],
    eventId: eventId as PaymentEvent['eventId'],
    mode: 'test',
    paymentId: aPayment('captured').paymentId,
    sequence: 1,
    publicSequence: 1,
    type: 'payment.succeeded',
    snapshot: { payment: aPayment('captured'), operation: null, failure: null },
    createdAtMs: nowMs,
  }

  const alert: AlertEvent = {
    merchantId: event.merchantId,
    eventId: 'evt_0123456789abcdefghjkmnpqrt' as AlertEvent['eventId'],
    mode: 'test',
    alert: {
      alertId: 'alert_1' as AlertEvent['alert']['alertId'],
      suspicion: 'address',
      outcome: 'challenged',
      suspectedAtMs: nowMs,
    },
    sequence: 1,
    publicSequence: 1,
    type: 'card_testing.suspected',
    createdAtMs: nowMs,
  }

  function createEventsApi() {
    const asked: unknown[] = []
    const unknown = refuse({ refusal: 'not_found', what: 'event' })
    const events: EventFeed = {
      find: async () => accept(event),
      list: async (_caller, filter) => {
        asked.push(filter)
        const isUnknown = filter.startingAfter !== null && filter.startingAfter !== eventId
        return isUnknown ? unknown : accept({ events: [event, alert], hasMore: true })
      },
      resend: async (_caller, wanted, endpointId) => {
        asked.push([wanted, endpointId])
        return wanted === eventId ? accept({ endpoints: 2 }) : unknown
      },
    }
    return { ...createTestApi({ parts: { events } }), asked }
  }

  it('shows events as they were sent, and goes on after any of them', async () => {
    const api = createEventsApi()
    const answer = await api.get(`/v1/events?limit=5&type=payment.succeeded&starting_after=${eventId}`)
    expect(answer).toMatchObject({
      status: 200,
      json: {
        has_more: true,
        data: [
          { id: eventId, event: 'payment.succeeded', sequence: 1, livemode: false },
          { id: alert.eventId, event: 'card_testing.suspected', suspicion: 'address' },
        ],
      },
    })
    await api.get('/v1/events')
    await api.get('/v1/events?type=card_testing.suspected')
    expect(api.asked).toEqual([
      { limit: 5, startingAfter: eventId, type: 'payment.succeeded' },
      { limit: 20, startingAfter: null, type: null },
      { limit: 20, startingAfter: null, type: 'card_testing.suspected' },
    ])
  })

  it('refuses a cursor that is no event, a type that is not shown, a limit that is too large', async () => {
    const api = createEventsApi()
    for (const cursor of ['evt_1123456789abcdefghjkmnpqrs', 'x']) {
      const answer = await api.get(`/v1/events?starting_after=${cursor}`)
      expect(answer).toMatchObject({
        status: 400,
        json: { error: { code: 'validation_error', param: 'starting_after' } },
      })
    }
    const answer = await api.get('/v1/events?limit=0&type=payment.created')
    expect(answer.json.error.details.map(({ param }: { param: string }) => param)).toEqual(['limit', 'type'])
  })

  it('sends an event again, to all or to one', async () => {
    const api = createEventsApi()
    const all = await api.post(`/v1/events/${eventId}/resend`)
    expect(all).toMatchObject({ status: 202, json: { id: eventId, endpoints: 2 } })
    await api.post(`/v1/events/${eventId}/resend`, { endpoint_id: id })
    expect(api.asked).toEqual([
      [eventId, null],
      [eventId, id],
    ])
    expect((await api.post('/v1/events/nonsense/resend')).status).toBe(404)
    expect((await api.post('/v1/events/evt_1123456789abcdefghjkmnpqrs/resend')).status).toBe(404)
    expect((await api.post(`/v1/events/${eventId}/resend`, { endpoint_id: 'x' })).status).toBe(404)
  })

  it('is read and resent with scopes of their own', async () => {
    const api = createEventsApi()
    const { key } = api.directory.secretKey(api.merchant, 'test', ['events:read'])
    expect((await api.get('/v1/events', { key })).status).toBe(200)
    expect((await api.post(`/v1/events/${eventId}/resend`, {}, { key })).status).toBe(403)
  })
})
