import { seededRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { makeEndpoint, makeEvent, noonMs } from '../../webhooks/testing/samples.ts'
import { afterTry, type DeliveryAnswer, type DueDelivery } from './delivery.ts'
import type { WebhookEndpoint } from './endpoint.ts'

const random = seededRandom(3)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

const dueWith = (tries: number, endpoint: Partial<WebhookEndpoint> = {}): DueDelivery => ({
  event: makeEvent(),
  endpoint: makeEndpoint(endpoint),
  tries,
  dueAtMs: noonMs,
  leaseUntilMs: noonMs + 60_000,
})

const answered = (status: number | null, changes: Partial<DeliveryAnswer> = {}): DeliveryAnswer => ({
  status,
  error: null,
  timedOut: status === null,
  responseStart: null,
  retryAfterMs: null,
  startedAtMs: noonMs - 100,
  durationMs: 100,
  ...changes,
})

const pauseOf = (tries: number, answer: DeliveryAnswer, endpoint: Partial<WebhookEndpoint> = {}) => {
  const { dueAtMs } = afterTry(dueWith(tries, endpoint), answer, noonMs, random)
  return dueAtMs === null ? null : dueAtMs - noonMs
}

test.each([200, 201, 204, 299])('a %i ends the delivery', (status) => {
  const result = afterTry(dueWith(0), answered(status), noonMs, random)
  expect(result).toMatchObject({ state: 'delivered', dueAtMs: null, endpoint: { failed: false, disable: null } })
})

test.each([199, 300, 302, 304, 400, 404, 408, 500, null])('a %s is tried again', (status) => {
  expect(afterTry(dueWith(0), answered(status), noonMs, random)).toMatchObject({
    state: 'waiting',
    dueAtMs: expect.any(Number),
    endpoint: { failed: true },
  })
})

test('ten tries follow the published schedule, within a tenth, and end there', () => {
  const published = [
    5_000,
    300_000,
    30 * 60_000,
    2 * hourMs,
    5 * hourMs,
    10 * hourMs,
    14 * hourMs,
    20 * hourMs,
    24 * hourMs,
  ]
  for (const [index, pauseMs] of published.entries()) {
    for (let round = 0; round < 50; round++) {
      const pause = pauseOf(index, answered(500))
      expect(pause).toBeGreaterThanOrEqual(pauseMs * 0.9)
      expect(pause).toBeLessThanOrEqual(pauseMs * 1.1)
    }
  }
  expect(afterTry(dueWith(9), answered(500), noonMs, random)).toMatchObject({ state: 'given_up', dueAtMs: null })
})

test('what failed together does not come back together', () => {
  const pauses = Array.from({ length: 20 }, () => pauseOf(2, answered(500)))
  expect(new Set(pauses).size).toBeGreaterThan(10)
})

test('a resend after the tenth try is one try', () => {
  expect(afterTry(dueWith(12), answered(500), noonMs, random)).toMatchObject({ state: 'given_up', log: { try: 13 } })
  expect(afterTry(dueWith(12), answered(200), noonMs, random)).toMatchObject({ state: 'delivered', log: { try: 13 } })
})

test('Retry-After of a 429 or 503 is honoured up to a day, and never shortens the schedule', () => {
  expect(pauseOf(0, answered(429, { retryAfterMs: 120_000 }))).toBe(120_000)
  expect(pauseOf(0, answered(503, { retryAfterMs: 400 * dayMs }))).toBe(dayMs)
  expect(pauseOf(2, answered(503, { retryAfterMs: 1_000 }))).toBeGreaterThan(20 * 60_000)
  expect(pauseOf(0, answered(500, { retryAfterMs: 120_000 }))).toBeLessThan(6_000)
})

test('a 410 disables the endpoint and puts the delivery aside', () => {
  expect(afterTry(dueWith(0), answered(410), noonMs, random)).toMatchObject({
    state: 'waiting',
    dueAtMs: null,
    endpoint: { disable: { reason: 'gone' } },
  })
})

test('five days of nothing but failures disable the endpoint, one moment less does not', () => {
  const failing = (sinceMs: number) =>
    afterTry(dueWith(3, { failingSinceMs: sinceMs }), answered(500), noonMs, random).endpoint.disable
  expect(failing(noonMs - 5 * dayMs)).toEqual({ reason: 'failing', failingSinceMs: noonMs - 5 * dayMs })
  expect(failing(noonMs - 5 * dayMs + 1)).toBeNull()
})

test('a success never disables, however long the failures before it', () => {
  const due = dueWith(3, { failingSinceMs: noonMs - 9 * dayMs })
  expect(afterTry(due, answered(200), noonMs, random).endpoint).toEqual({ failed: false, disable: null })
})

test('the log tells the try, when it began and what came', () => {
  const due = dueWith(1)
  const answer = answered(500, { error: 'answered 500', responseStart: 'oops' })
  expect(afterTry(due, answer, noonMs, random).log).toEqual({
    merchantId: due.event.merchantId,
    eventId: due.event.eventId,
    endpointId: due.endpoint.endpointId,
    try: 2,
    status: 500,
    error: 'answered 500',
    responseStart: 'oops',
    durationMs: 100,
    atMs: noonMs - 100,
  })
})

test('an endpoint of dialect inflow is disabled with the tenth try of one event, others are not', () => {
  const last = (endpoint: Partial<WebhookEndpoint>, tries = 9) =>
    afterTry(dueWith(tries, endpoint), answered(500), noonMs, random)
  expect(last({ dialect: 'inflow' })).toMatchObject({
    state: 'given_up',
    endpoint: { disable: { reason: 'exhausted', failingSinceMs: null } },
  })
  expect(last({ dialect: 'inflow' }, 8)).toMatchObject({ state: 'waiting', endpoint: { disable: null } })
  expect(last({ dialect: 'v1' })).toMatchObject({ state: 'given_up', endpoint: { disable: null } })
  // Sent again on request after that, it may fail once more without another end.
  expect(last({ dialect: 'inflow' }, 10)).toMatchObject({ endpoint: { disable: null } })
})
