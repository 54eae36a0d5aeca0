import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../harness/api.ts'
import { callCases, queryCases } from './testing/call-cases.ts'
import { type CallOfApi, calls, methodOf, myKey, myPath, pathOf, tokenCall } from './testing/calls.ts'
import { cardTexts, leakedNumbers, strayNumbers } from './testing/card-texts.ts'
import { type BodyCase, paymentCases } from './testing/payment-cases.ts'
import { logsOf, openRecorded, type Recorded } from './testing/recorded.ts'
import { expectRefusal, send } from './testing/refusal.ts'
import { tokenCases } from './testing/token-cases.ts'
import { startWorld, type World } from './testing/world.ts'

let world: World
let recorded: Recorded
let before: Record<string, string>

beforeAll(async () => {
  world = await startWorld()
  recorded = await openRecorded(world)
  before = await recorded.settled()
})
afterAll(async () => {
  await recorded?.close()
  await world?.end()
})

/** A card number stored as a key would be stored in clear. */
const strays = [strayNumbers.visa, '4111-1111-1111-1111']

const find = (name: string): CallOfApi => {
  const found = calls.find((call) => call.name === name)
  if (found === undefined) throw new Error(`no such call: ${name}`)
  return found
}

/** What is recorded before and after a request; one that changed something must not be blamed on those after it. */
async function around(request: () => Promise<Answer>) {
  const answer = await request()
  const was = before
  before = await recorded.read()
  return { answer, was, now: before }
}

async function refuses(call: CallOfApi, path: string, { body, refusal }: BodyCase): Promise<void> {
  const request = {
    method: methodOf(call),
    path,
    headers: { authorization: `Bearer ${myKey(world, call)}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify({ ...call.body, ...body }),
  }
  const { answer, was, now } = await around(() => send(world, call, request))
  expectRefusal(answer, refusal, call)
  expect(leakedNumbers(answer.text)).toEqual([])
  expect(now).toEqual(was)
}

describe('POST /v1/payments', () => {
  const call = find('POST /v1/payments')
  it.each(paymentCases.map((each) => [each.name, each] as const))('refuses %s', (_, each) =>
    refuses(call, '/v1/payments', each),
  )
})

describe('other calls', () => {
  it.each(callCases.map((each) => [each.call, each.name, each] as const))('%s refuses %s', (_call, _name, each) => {
    const call = find(each.call)
    return refuses(call, each.of === undefined ? myPath(world, call) : pathOf(call, world.mine[each.of]), each)
  })
})

/** Neither bare nor quoted, or not from 1 to 255 visible characters. */
const notIdempotencyKeys = [
  '',
  '""',
  '"',
  '"open',
  'a b',
  '"a b"',
  'a\tb',
  'é',
  'x'.repeat(256),
  `"${'x'.repeat(256)}"`,
  ...strays,
]

describe('an Idempotency-Key', () => {
  const posts = calls.filter((call) => methodOf(call) === 'POST')
  it.each(posts.map((call) => [call.name, call] as const))('that is none is refused by %s', async (_, call) => {
    for (const key of notIdempotencyKeys) {
      const request = {
        method: 'POST',
        path: myPath(world, call),
        headers: {
          authorization: `Bearer ${world.mine.key}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(call.body ?? {}),
      }
      const { answer, was, now } = await around(() => send(world, call, request))
      expect([key, answer.status, answer.json.error?.code]).toEqual([key, 400, 'validation_error'])
      expectRefusal(answer, { status: 400, code: 'validation_error', params: ['Idempotency-Key'] })
      expect(leakedNumbers(answer.text)).toEqual([])
      expect(now).toEqual(was)
    }
  })
})

describe('lists', () => {
  it.each(queryCases.map((each) => [each.path, each] as const))('refuse %s', async (path, { params }) => {
    const request = { method: 'GET', path, headers: { authorization: `Bearer ${world.mine.key}` } }
    const { answer, was, now } = await around(() => send(world, null, request))
    expectRefusal(answer, { status: 400, code: 'validation_error', params })
    expect(leakedNumbers(answer.text)).toEqual([])
    expect(now).toEqual(was)
  })
})

describe('POST /v1/tokens', () => {
  it.each(tokenCases.map((each) => [each.name, each] as const))('refuses %s', (_, each) =>
    refuses(tokenCall, '/v1/tokens', each),
  )
})

describe('logs', () => {
  it('would show a card number where there is one', () => {
    for (const text of cardTexts) expect(leakedNumbers(`{"event":"x","note":"${text}"}`)).toHaveLength(1)
  })

  it('hold none of those that were sent', () => {
    expect(logsOf(world).length).toBeGreaterThan(1_000)
    expect(leakedNumbers(logsOf(world))).toEqual([])
  })
})
