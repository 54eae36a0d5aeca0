import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CallOfApi, calls, methodOf, myKey, myPath, tokenCall } from './testing/calls.ts'
import { documentedCalls } from './testing/contract.ts'
import { type MalformedBody, malformedBodies } from './testing/malformed-bodies.ts'
import { openRecorded, type Recorded } from './testing/recorded.ts'
import { expectRefusal, send } from './testing/refusal.ts'
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

const writes = [...calls, tokenCall].filter((call) => methodOf(call) !== 'GET')

it('knows every call of the published document', () => {
  const open = ['GET /docs/errors', 'GET /healthz', 'GET /readyz']
  expect([...calls, tokenCall].map((call) => call.name).sort()).toEqual(
    documentedCalls.filter((name) => !open.includes(name)).sort(),
  )
})

describe('every call that writes', () => {
  it.each(malformedBodies.map((body) => [body.name, body] as const))(
    'refuses %s and changes nothing',
    async (_, body) => {
      await Promise.all(
        writes.map(async (call) => {
          const answer = await sendBody(call, body)
          // The document describes bodies only where a call has one.
          expectRefusal(answer, body, call.body === null ? undefined : call)
        }),
      )
      expect(await recorded.read()).toEqual(before)
    },
  )
})

function sendBody(call: CallOfApi, body: MalformedBody) {
  return send(world, call, {
    method: methodOf(call),
    path: myPath(world, call),
    headers: {
      authorization: `Bearer ${myKey(world, call)}`,
      ...(body.contentType === null ? {} : { 'content-type': body.contentType }),
    },
    body: body.bytes,
  })
}
