import { ManualClock } from '@tessera/lib/clock'
import { ManualTimers } from '@tessera/lib/timers'
import { describe, expect, it } from 'vitest'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import { accept, type Result, refuse } from '../../core/refusals.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import type { EventFeed } from '../../core/webhooks/event-feed.ts'
import { createTestApi, nowMs } from './testing/test-api.ts'
import type { V1Parts } from './v1.ts'

const ids = ['0123456789abcdefghjkmnpqrs', '1123456789abcdefghjkmnpqrs'] as const

/** Every POST that writes to no payment, for one object and for another, with another body where it takes any. */
const calls = [
  ['create', () => '/v1/webhook_endpoints', { url: 'https://a.example/' }, { url: 'https://b.example/' }],
  ['rotateSecret', (id: string) => `/v1/webhook_endpoints/whe_${id}/rotate_secret`, {}, { overlap_hours: 1 }],
  ['sendTest', (id: string) => `/v1/webhook_endpoints/whe_${id}/test`, {}, { event_type: 'payment.failed' }],
  ['resend', (id: string) => `/v1/events/evt_${id}/resend`, {}, { endpoint_id: `whe_${ids[0]}` }],
  ['block', (id: string) => `/v1/customers/payment-methods/pmi_${id}/block`, { reason: 'x' }, { reason: 'y' }],
  ['unblock', (id: string) => `/v1/customers/payment-methods/pmi_${id}/unblock`, {}, { reason: 'y' }],
] as const
const keyed = (key: string) => ({ headers: { 'idempotency-key': key } })

/** Use cases whose every answer is another, so that equal answers can only be one answer. */
function createCountingApi(given: { clock?: ManualClock; timers?: ManualTimers } = {}) {
  const performed: string[] = []
  const script: { next?: () => Promise<Result<never>> } = {}
  async function perform<T>(name: string, value: (count: number) => T): Promise<Result<T>> {
    performed.push(name)
    const { next } = script
    script.next = undefined
    return next === undefined ? accept(value(performed.length)) : next()
  }
  const anEndpoint = (count: number) =>
    ({
      secret: `whsec_${count}`,
      previousSecretUntilMs: null,
      failingSinceMs: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs + count,
    }) as never
  const aMethod = (count: number) => ({ status: 'active', blockedReason: null, updatedAtMs: nowMs + count }) as never
  const endpoints: Partial<WebhookEndpoints> = {
    create: () => perform('create', anEndpoint),
    rotateSecret: () => perform('rotateSecret', anEndpoint),
    sendTest: () => perform('sendTest', (count) => ({ status: 200, durationMs: count }) as never),
  }
  const events: Partial<EventFeed> = { resend: () => perform('resend', (count) => ({ endpoints: count })) }
  const paymentMethods: Partial<PaymentMethods> = {
    block: () => perform('block', aMethod),
    unblock: () => perform('unblock', aMethod),
  }
  const parts = { endpoints, events, paymentMethods } as Partial<V1Parts>
  return { ...createTestApi({ ...given, parts }), performed, script }
}

describe.each(calls)('%s with an idempotency key', (name, path, body, otherBody) => {
  it('is done once and answered twice, byte for byte', async () => {
    const api = createCountingApi()
    const first = await api.post(path(ids[0]), body, keyed('once'))
    const second = await api.post(path(ids[0]), body, keyed('"once"'))
    expect(first.status).toBeLessThan(300)
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(second).toMatchObject({ status: first.status, text: first.text })
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(api.performed).toEqual([name])
    expect(api.keyedRequests.finished).toMatchObject([{ holdsSecret: first.text.includes('whsec_') }])
  })

  it('is another request with another body or for another object', async () => {
    const api = createCountingApi()
    await api.post(path(ids[0]), body, keyed('once'))
    const others = [await api.post(path(ids[0]), otherBody, keyed('once'))]
    if (path(ids[1]) !== path(ids[0])) others.push(await api.post(path(ids[1]), body, keyed('once')))
    for (const other of others) {
      expect(other).toMatchObject({ status: 400, json: { error: { code: 'idempotency_key_mismatch' } } })
    }
    expect(api.performed).toEqual([name])
  })

  it('is not done with a key that is none', async () => {
    const api = createCountingApi()
    const answer = await api.post(path(ids[0]), body, keyed('a b'))
    expect(answer).toMatchObject({ status: 400, json: { error: { param: 'Idempotency-Key' } } })
    expect(api.performed).toEqual([])
  })

  it('may be tried again with it after a refusal and after a failure', async () => {
    const api = createCountingApi()
    api.script.next = async () => refuse({ refusal: 'not_found', what: 'event' })
    expect((await api.post(path(ids[0]), body, keyed('again'))).status).toBe(404)
    api.script.next = () => Promise.reject(new Error('something broke'))
    expect((await api.post(path(ids[0]), body, keyed('again'))).status).toBe(500)
    const done = await api.post(path(ids[0]), body, keyed('again'))
    expect(done.status).toBeLessThan(300)
    expect(done.headers['idempotent-replayed']).toBeUndefined()
    expect(api.performed).toHaveLength(3)
  })

  it('is done each time without one', async () => {
    const api = createCountingApi()
    const first = await api.post(path(ids[0]), body)
    const second = await api.post(path(ids[0]), body)
    expect(second.text).not.toBe(first.text)
    expect(api.performed).toEqual([name, name])
  })
})

it('one key stands for one call among all of them', async () => {
  const api = createCountingApi()
  for (const [first, path, body] of calls) {
    expect((await api.post(path(ids[0]), body, keyed(first))).status).toBeLessThan(300)
    for (const [other, otherPath, otherBody] of calls) {
      if (other === first) continue
      const answer = await api.post(otherPath(ids[0]), otherBody, keyed(first))
      expect(answer.json.error?.code, `${first}, ${other}`).toBe('idempotency_key_mismatch')
    }
  }
  expect(api.performed).toEqual(calls.map(([name]) => name))
})

it('a body that is not valid does not use its key up', async () => {
  const api = createCountingApi()
  expect((await api.post('/v1/webhook_endpoints', { url: 5 }, keyed('fixed'))).status).toBe(400)
  expect((await api.post('/v1/webhook_endpoints', { url: 'https://a.example/' }, keyed('fixed'))).status).toBe(201)
})

it('a repetition of a call that does not end is told when to come back', async () => {
  const clock = new ManualClock(nowMs)
  const timers = new ManualTimers(clock)
  const api = createCountingApi({ clock, timers })
  const ending = Promise.withResolvers<Result<never>>()
  api.script.next = () => ending.promise
  const [, path, body] = calls[0]
  const first = api.post(path(), body, keyed('slow'))
  while (api.performed.length === 0) await new Promise(setImmediate)
  const second = api.post(path(), body, keyed('slow'))
  while (timers.waiting === 0) await new Promise(setImmediate)
  await timers.advance(10_000)
  const answer = await second
  expect(answer).toMatchObject({ status: 409, json: { error: { code: 'idempotency_key_in_use' } } })
  expect(answer.headers['retry-after']).toBe('1')
  ending.resolve(refuse({ refusal: 'not_found', what: 'event' }))
  expect((await first).status).toBe(404)
  expect(api.performed).toEqual(['create'])
})
