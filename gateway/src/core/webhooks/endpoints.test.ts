import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import type { MerchantEvent } from '../events.ts'
import type { EndpointId } from '../ids.ts'
import type { Scope } from '../ports/payment-store.ts'
import { callerOf } from '../testing/callers.ts'
import type { DeliveryAnswer, DeliveryTry } from './delivery.ts'
import type { WebhookEndpoint } from './endpoint.ts'
import { createWebhookEndpoints, type NewEndpoint, secretOverlapMaxMs } from './endpoints.ts'
import type { WebhookStore } from './ports.ts'

const caller = callerOf('mer_1')
const strangers = [callerOf('mer_2'), callerOf('mer_1', 'live')]
const missing = { ok: false, refusal: { refusal: 'not_found', what: 'webhook_endpoint' } }
const dayMs = 24 * 3_600_000
const wish: NewEndpoint = { url: 'https://shop.example/', description: 'Shop', eventTypes: null, dialect: 'v1' }
const answer = { status: 200 } as DeliveryAnswer
const tries = [{ try: 1 }] as DeliveryTry[]

/** Endpoints in memory; whoever asks for one of another merchant or mode finds none. */
function world(given: { inserted?: 'inserted' | 'too_many'; silence?: string } = {}) {
  const clock = new ManualClock(1_800_000_000_000)
  const kept: WebhookEndpoint[] = []
  const limits: unknown[] = []
  const sent: MerchantEvent[] = []
  const probed: unknown[] = []
  const find = (scope: Scope, endpointId: EndpointId) =>
    kept.find(
      (each) => each.endpointId === endpointId && each.merchantId === scope.merchantId && each.mode === scope.mode,
    )
  const change = (scope: Scope, endpointId: EndpointId, changes: Partial<WebhookEndpoint>) => {
    const endpoint = find(scope, endpointId)
    if (endpoint !== undefined) Object.assign(endpoint, changes)
    return endpoint
  }
  const store: Partial<WebhookStore> = {
    insert: async (endpoint, maximum) => {
      limits.push(maximum)
      kept.push(endpoint)
      return given.inserted ?? 'inserted'
    },
    find: async (scope, endpointId) => find(scope, endpointId),
    list: async (scope) => kept.filter((each) => find(scope, each.endpointId) !== undefined),
    update: async (scope, endpointId, changes, nowMs) => change(scope, endpointId, { ...changes, updatedAtMs: nowMs }),
    rotateSecret: async (scope, endpointId, { secret, previousUntilMs }, nowMs) =>
      change(scope, endpointId, { secret, previousSecretUntilMs: previousUntilMs, updatedAtMs: nowMs }),
    delete: async (scope, endpointId) => find(scope, endpointId) !== undefined,
    listTries: async (_scope, _endpointId, limit) => tries.slice(0, limit),
  }
  const endpoints = createWebhookEndpoints({
    store: store as WebhookStore,
    sender: {
      send: async (_endpoint, event) => {
        sent.push(event)
        return answer
      },
      probe: async (url, mode) => {
        probed.push([url, mode])
        return given.silence ?? null
      },
    },
    renderers: { v1: () => '', inflow: () => '' },
    urlRule: (url, mode) => (url.startsWith('http:') && mode === 'live' ? 'use https' : null),
    clock,
    ids: createIds(clock, seededRandom(1)),
    random: seededRandom(2),
  })
  async function made(changes: Partial<NewEndpoint> = {}, by = caller) {
    const created = await endpoints.create(by, { ...wish, ...changes })
    if (!created.ok) throw new Error(created.refusal.refusal)
    return created.value
  }
  return { endpoints, clock, kept, limits, sent, probed, made }
}

describe('a new endpoint', () => {
  it('is enabled, belongs to its merchant and mode, and has a secret of its own', async () => {
    const { made, clock, kept } = world()
    const endpoint = await made({ eventTypes: ['payment.failed'] })
    expect(endpoint).toEqual({
      merchantId: 'mer_1',
      mode: 'test',
      url: wish.url,
      description: 'Shop',
      eventTypes: ['payment.failed'],
      dialect: 'v1',
      endpointId: expect.stringMatching(/^whe_[0-9a-z]{26}$/),
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      previousSecret: null,
      previousSecretUntilMs: null,
      status: 'enabled',
      disabledReason: null,
      failingSinceMs: null,
      createdAtMs: clock.now(),
      updatedAtMs: clock.now(),
    })
    expect((await made()).secret).not.toBe(endpoint.secret)
    expect(kept).toHaveLength(2)
  })

  it('at an address that may not be is refused, and nobody is asked there', async () => {
    const { endpoints, kept, probed } = world()
    const http = { ...wish, url: 'http://shop.example/', probe: true }
    const refusal = { refusal: 'url_not_allowed', why: 'use https' }
    expect(await endpoints.create(callerOf('mer_1', 'live'), http)).toEqual({ ok: false, refusal })
    expect([kept, probed]).toEqual([[], []])
    expect((await endpoints.create(caller, http)).ok).toBe(true)
  })

  it('is asked whether it answers where that is wished for, and only there', async () => {
    const { endpoints, kept, probed } = world({ silence: 'nobody there' })
    const refusal = { refusal: 'url_not_reachable', why: 'nobody there' }
    expect(await endpoints.create(caller, { ...wish, probe: true })).toEqual({ ok: false, refusal })
    expect([kept, probed]).toEqual([[], [[wish.url, 'test']]])
    expect((await endpoints.create(caller, wish)).ok).toBe(true)
    expect(probed).toHaveLength(1)
    expect(kept[0]).not.toHaveProperty('probe')
  })

  it.each([
    ['v1', 16],
    ['inflow', 5],
  ] as const)('of dialect %s is one of %d at most', async (dialect, maximum) => {
    const { endpoints, limits } = world({ inserted: 'too_many' })
    expect(await endpoints.create(caller, { ...wish, dialect })).toEqual({
      ok: false,
      refusal: { refusal: 'too_many_endpoints', maximum },
    })
    expect(limits).toEqual([{ inAll: 16, ofDialect: maximum }])
  })

  it('of a dialect that sends nothing is refused', async () => {
    const { endpoints, kept } = world()
    const silent = { ...wish, dialect: 'other' as never }
    expect(await endpoints.create(caller, silent)).toMatchObject({ refusal: { refusal: 'not_supported' } })
    expect(kept).toEqual([])
  })
})

describe('an endpoint', () => {
  it('changes as its merchant says, to an address that may be', async () => {
    const { endpoints, made, clock } = world()
    const { endpointId } = await made()
    clock.advance(5)
    const updated = await endpoints.update(caller, endpointId, { description: null, url: 'https://b.example/' })
    expect(updated).toMatchObject({ value: { description: null, url: 'https://b.example/', updatedAtMs: clock.now() } })
    const live = callerOf('mer_1', 'live')
    const ofLive = await made({}, live)
    expect(await endpoints.update(live, ofLive.endpointId, { url: 'http://b.example/' })).toMatchObject({
      refusal: { refusal: 'url_not_allowed' },
    })
    expect((await endpoints.update(live, ofLive.endpointId, { status: 'disabled' })).ok).toBe(true)
  })

  it.each([
    [0, null],
    [1, 1],
    [secretOverlapMaxMs, 7 * dayMs],
  ])('gets a new secret, beside which the old one signs for %d ms', async (overlapMs, until) => {
    const { endpoints, made, clock } = world()
    const { endpointId, secret } = await made()
    const rotated = await endpoints.rotateSecret(caller, endpointId, { overlapMs })
    const previousSecretUntilMs = until === null ? null : clock.now() + until
    expect(rotated).toMatchObject({ value: { previousSecretUntilMs, secret: expect.stringMatching(/^whsec_/) } })
    expect(rotated.ok && rotated.value.secret).not.toBe(secret)
  })

  it.each([-1, secretOverlapMaxMs + 1, Number.NaN])('never has two secrets for %d ms', async (overlapMs) => {
    const { endpoints, made } = world()
    const { endpointId } = await made()
    await expect(endpoints.rotateSecret(caller, endpointId, { overlapMs })).rejects.toThrow(RangeError)
  })

  it('is tried out with an event of any type; one of dialect inflow hears of payments alone', async () => {
    const { endpoints, made, sent } = world()
    const v1 = await made()
    const inflow = await made({ dialect: 'inflow' })
    expect(await endpoints.sendTest(caller, v1.endpointId, 'card_testing.suspected')).toEqual({
      ok: true,
      value: answer,
    })
    expect(await endpoints.sendTest(caller, inflow.endpointId, 'payment.failed')).toEqual({ ok: true, value: answer })
    expect(await endpoints.sendTest(caller, inflow.endpointId, 'card_testing.suspected')).toMatchObject({
      refusal: { refusal: 'not_supported' },
    })
    expect(sent.map(({ type, merchantId, mode }) => [type, merchantId, mode])).toEqual([
      ['card_testing.suspected', 'mer_1', 'test'],
      ['payment.failed', 'mer_1', 'test'],
    ])
  })

  it('of another merchant, or of the other mode, is nobody’s to read or change', async () => {
    const { endpoints, made, sent } = world()
    const { endpointId } = await made()
    expect((await endpoints.list(caller)).map((each) => each.endpointId)).toEqual([endpointId])
    expect(await endpoints.find(caller, endpointId)).toMatchObject({ ok: true, value: { endpointId } })
    expect(await endpoints.listTries(caller, endpointId, 5)).toEqual({ ok: true, value: tries })
    for (const stranger of strangers) {
      expect(await endpoints.list(stranger)).toEqual([])
      expect(await endpoints.find(stranger, endpointId)).toEqual(missing)
      expect(await endpoints.update(stranger, endpointId, { status: 'disabled' })).toEqual(missing)
      expect(await endpoints.rotateSecret(stranger, endpointId, { overlapMs: 0 })).toEqual(missing)
      expect(await endpoints.sendTest(stranger, endpointId, 'payment.failed')).toEqual(missing)
      expect(await endpoints.listTries(stranger, endpointId, 5)).toEqual(missing)
      expect(await endpoints.delete(stranger, endpointId)).toEqual(missing)
    }
    expect(sent).toEqual([])
    expect(await endpoints.delete(caller, endpointId)).toEqual({ ok: true, value: { endpointId } })
  })
})
