import { expect, test } from 'vitest'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import { Lanes, type Place } from './lanes.ts'
import { makeEndpoint, makeEvent, noonMs } from './testing/samples.ts'

const deliveryTo = (endpoint: WebhookEndpoint) => ({
  event: makeEvent(),
  endpoint,
  tries: 0,
  dueAtMs: noonMs,
  leaseUntilMs: noonMs,
})

function enqueue(lanes: Lanes, endpoint: WebhookEndpoint, count: number): number {
  return Array.from({ length: count }, () => lanes.enqueue(deliveryTo(endpoint))).filter(Boolean).length
}

/** Begins all that may begin; in order of beginning. */
function beginAll(lanes: Lanes): { endpointId: string; place: Place }[] {
  const begun: { endpointId: string; place: Place }[] = []
  for (let next = lanes.next(); next !== undefined; next = lanes.next()) {
    begun.push({ endpointId: next.delivery.endpoint.endpointId, place: lanes.take(next.lane) })
  }
  return begun
}

const makeEndpoints = (count: number) => Array.from({ length: count }, () => makeEndpoint())

test('endpoints take turns, however long the queue of the first', () => {
  const lanes = new Lanes()
  const [long, short] = [makeEndpoint(), makeEndpoint()]
  enqueue(lanes, long, 100)
  enqueue(lanes, short, 2)
  const order = beginAll(lanes).map(({ endpointId }) => (endpointId === long.endpointId ? 'long' : 'short'))
  expect(order).toEqual(['long', 'short', 'long', 'short', 'long', 'long'])
})

test('there are thirty-two places in all, and each that is done is given anew', () => {
  const lanes = new Lanes()
  for (const endpoint of makeEndpoints(20)) enqueue(lanes, endpoint, 4)
  const begun = beginAll(lanes)
  expect(begun).toHaveLength(32)
  begun[0]?.place.answered()
  expect(beginAll(lanes)).toHaveLength(0)
  begun[0]?.place.done()
  expect(beginAll(lanes)).toHaveLength(1)
})

test('a place is freed once, however often it is told', () => {
  const lanes = new Lanes()
  const endpoint = makeEndpoint()
  enqueue(lanes, endpoint, 20)
  const [first] = beginAll(lanes)
  first?.place.answered()
  first?.place.answered()
  first?.place.done()
  expect(beginAll(lanes)).toHaveLength(1)
})

test('suspects get one place each and eight together, and the others the rest', () => {
  const lanes = new Lanes()
  const [dead, alive] = [makeEndpoints(20), makeEndpoints(20)]
  for (const endpoint of dead) {
    lanes.laneOf(endpoint).timeoutsInRow = 3
    expect(enqueue(lanes, endpoint, 5)).toBe(1)
  }
  for (const endpoint of alive) enqueue(lanes, endpoint, 5)
  const begun = beginAll(lanes).map(({ endpointId }) => dead.some((each) => each.endpointId === endpointId))
  expect(begun.filter((isDead) => isDead)).toHaveLength(8)
  expect(begun.filter((isDead) => !isDead)).toHaveLength(24)
})

test('a queue has an end', () => {
  const lanes = new Lanes()
  expect(enqueue(lanes, makeEndpoint(), 1_000)).toBe(256)
})

test('an idle endpoint is forgotten, unless it timed out or has a backlog', () => {
  const lanes = new Lanes()
  const endpoint = makeEndpoint()
  const lane = lanes.laneOf(endpoint)
  lane.hasBacklog = true
  lanes.forget(lane)
  expect(lanes.laneOf(endpoint)).toBe(lane)
  lane.hasBacklog = false
  lanes.forget(lane)
  expect(lanes.laneOf(endpoint)).not.toBe(lane)
})
