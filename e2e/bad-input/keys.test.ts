import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../harness/api.ts'
import { operate } from '../harness/operator.ts'
import { until } from '../harness/until.ts'
import { type CallOfApi, calls, methodOf, myPath, pathOf, tokenCall } from './testing/calls.ts'
import { mistyped, unknownPublishableKey, unknownSecretKey } from './testing/key-texts.ts'
import { type LiveTwins, makeLiveTwins } from './testing/live-twins.ts'
import { openRecorded, type Recorded } from './testing/recorded.ts'
import { expectRefusal, type Refusal, send } from './testing/refusal.ts'
import { known, startWorld, type World } from './testing/world.ts'

let world: World
let recorded: Recorded
let before: Record<string, string>
let twins: LiveTwins
let liveKey: string
/** Secret keys, by what is wrong with them. */
const bad: Record<string, string> = {}
/** Secret keys with every scope but one, by the scope that they lack. */
const lacking: Record<string, string> = {}
const badPublishable: Record<string, string> = {}

const scopes = [...new Set(calls.map((call) => call.scope))]

beforeAll(async () => {
  world = await startWorld()
  const { product, api } = world
  const { merchantId, secretKey, publishableKey } = product.credentials
  const make = async (...words: string[]) => (await operate(product, 'keys', 'create', merchantId, ...words)) as Made
  const closed = await operate(product, 'merchants', 'create', '--name', 'Closed shop')
  await operate(product, 'merchants', 'deactivate', closed.merchantId)
  for (const scope of [...scopes, 'tokens:write']) {
    lacking[scope] = (
      await make('--scopes', [...scopes, 'tokens:write'].filter((each) => each !== scope).join(','))
    ).text
  }
  const [revoked, expired, revokedPublishable] = [await make(), await make(), await make('--kind', 'publishable')]
  liveKey = (await make('--mode', 'live')).text
  for (const { keyId } of [revoked, revokedPublishable]) await operate(product, 'keys', 'end', merchantId, keyId)
  await operate(product, 'keys', 'end', merchantId, expired.keyId, '--in-hours', '0.0001')
  Object.assign(bad, {
    revoked: revoked.text,
    expired: expired.text,
    unknown: unknownSecretKey(),
    'unknown in live mode': unknownSecretKey('live'),
    mistyped: mistyped(secretKey),
    cut: secretKey.slice(0, -1),
    'one character too long': `${secretKey}x`,
    'in capitals': secretKey.toUpperCase(),
    'of the other mode': secretKey.replace('_test_', '_live_'),
    'a word': 'secret',
    'of another company': 'sk_test_4eC39HqLyjWDarjtT1zdp7dc',
    'a token': 'tok_0123456789abcdefghjkmnpqrs',
    'very long': `tsk_test_${'x'.repeat(8_000)}`,
    closed: closed.secretKey,
  })
  Object.assign(badPublishable, {
    revoked: revokedPublishable.text,
    unknown: unknownPublishableKey(),
    cut: publishableKey.slice(0, -1),
    'a word': 'public',
    'an unknown secret key': unknownSecretKey(),
    closed: closed.publishableKey,
  })
  await known(api, lacking['tokens:write'] as string)
  for (const key of [revoked.text, expired.text]) await known(api, key, 401)
  await known(api, closed.secretKey, 403)
  // The vault is told a moment after the gateway has heard.
  for (const [key, status] of [
    [closed.publishableKey, 403],
    [revokedPublishable.text, 401],
    [lacking['tokens:write'] as string, 403],
  ] as const) {
    await until(async () => (await token(key)).status === status, {
      withinMs: 30_000,
      what: `the vault to say ${status}`,
    })
  }
  twins = await makeLiveTwins(world)
  recorded = await openRecorded(world)
  before = await recorded.settled()
})
afterAll(async () => {
  await recorded?.close()
  await world?.end()
})

interface Made {
  keyId: string
  text: string
}

const json = { 'content-type': 'application/json' }
const token = (key: string) => ask(tokenCall, '/v1/tokens', `Bearer ${key}`)

function ask(
  call: CallOfApi,
  path: string,
  authorization: string | null,
  body: object | null = call.body,
): Promise<Answer> {
  return send(world, call, {
    method: methodOf(call),
    path,
    headers: { ...(body === null ? {} : json), ...(authorization === null ? {} : { authorization }) },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  })
}

const unauthorized: Refusal = { status: 401, code: 'unauthorized' }
const forbidden: Refusal = { status: 403, code: 'forbidden' }
const notActive: Refusal = { status: 403, code: 'merchant_not_active' }

describe.each(calls.map((call) => [call.name, call] as const))('%s', (_, call) => {
  const refuses = async (authorization: string | null, refusal: Refusal) => {
    const answer = await ask(call, myPath(world, call), authorization)
    expectRefusal(answer, refusal, call)
    expect(await recorded.read()).toEqual(before)
    return answer
  }

  it('asks for a key', async () => {
    for (const text of [
      null,
      '',
      'Bearer',
      'Bearer ',
      world.mine.key,
      `Basic ${btoa(`${world.mine.key}:`)}`,
      `Bearer ${world.mine.key} ${world.mine.key}`,
    ]) {
      await refuses(text, unauthorized)
    }
  })

  it('refuses every key that is not valid', async () => {
    for (const [name, key] of Object.entries(bad)) if (name !== 'closed') await refuses(`Bearer ${key}`, unauthorized)
  })

  it('refuses a publishable key', () => refuses(`Bearer ${world.product.credentials.publishableKey}`, forbidden))

  it('refuses the key of a merchant that is switched off', () => refuses(`Bearer ${bad.closed}`, notActive))

  it('refuses a key without its scope, and names the scope', async () => {
    const answer = await refuses(`Bearer ${lacking[call.scope]}`, forbidden)
    expect(answer.json.error.message).toContain(call.scope)
  })
})

describe('POST /v1/tokens', () => {
  it('refuses every key that is not valid', async () => {
    for (const [name, key] of Object.entries(badPublishable)) {
      expectRefusal(await token(key), name === 'closed' ? notActive : unauthorized, tokenCall)
    }
    expectRefusal(await ask(tokenCall, '/v1/tokens', null), unauthorized, tokenCall)
    expectRefusal(await token(lacking['tokens:write'] as string), forbidden, tokenCall)
    expect(await recorded.read()).toEqual(before)
  })
})

/** An answer without what differs between two requests for the same. */
const wording = ({ status, text }: Answer) => [status, text.replace(/rq_[0-9a-z]{26}/g, 'rq')]

describe.each(calls.filter((call) => call.missing !== null).map((call) => [call.name, call] as const))(
  '%s',
  (_, call) => {
    const object = call.names as Exclude<CallOfApi['names'], 'customer' | null>
    const answerFor = (id: string, key = world.mine.key) => ask(call, pathOf(call, id), `Bearer ${key}`)

    it('answers 404 for what another merchant has, as for what nobody has', async () => {
      const missing = await answerFor(call.missing as string)
      expectRefusal(missing, { status: 404, code: 'not_found' }, call)
      expect(wording(await answerFor(world.theirs[object]))).toEqual(wording(missing))
      expect(await recorded.read()).toEqual(before)
    })

    it('answers 404 for what is of the other mode, as for what nobody has', async () => {
      const missing = await answerFor(call.missing as string)
      const twin = { authorized: twins.payment, captured: twins.payment, ...twins }[object]
      expect(wording(await answerFor(twin))).toEqual(wording(missing))
      expect(wording(await answerFor(world.mine[object], liveKey))).toEqual(wording(missing))
      expect(await recorded.read()).toEqual(before)
    })

    it('answers 404 for what cannot be an id', async () => {
      const missing = wording(await answerFor(call.missing as string))
      for (const id of oddIds(world.mine[object]))
        expect([id, ...wording(await answerFor(id))]).toEqual([id, ...missing])
      expect(await recorded.read()).toEqual(before)
    })
  },
)

/** Texts around an id that exists; none of them is one. */
function oddIds(id: string): string[] {
  const [prefix = '', suffix = ''] = id.split('_')
  return [
    suffix,
    id.toUpperCase(),
    `${id}x`,
    id.slice(0, -1),
    ` ${id}`,
    `${id} `,
    `${id}\n`,
    `${id}\0`,
    `${id}/`,
    `${id}%`,
    `${id}' or '1'='1`,
    `${prefix}_`,
    `xx_${suffix}`,
    `${prefix}_${suffix.replace(/.$/, 'й')}`,
    '../payments',
    '__proto__',
    'undefined',
    '4111111111111111',
    'x'.repeat(900),
  ]
}

describe('what a body or a query names of another merchant', () => {
  const create = calls.find((call) => call.name === 'POST /v1/payments') as CallOfApi
  const pay = (body: object) => ask(create, '/v1/payments', `Bearer ${world.mine.key}`, { ...create.body, ...body })

  it('is no token of mine', async () => {
    const foreign = (await token(world.theirPublishableKey)).json.id
    before = await recorded.read()
    const unknown = await pay({ token: 'tok_0123456789abcdefghjkmnpqrs' })
    expectRefusal(unknown, { status: 400, code: 'validation_error' }, create)
    expect(unknown.json.error.param).toBe('token')
    expect(wording(await pay({ token: foreign }))).toEqual(wording(unknown))
    expect(await recorded.read()).toEqual(before)
  })

  it('is no saved card of mine', async () => {
    const missing = wording(await pay({ payment_method_id: 'pmi_01jd0000000000000000000000' }))
    for (const id of [world.theirs.savedCard, twins.savedCard]) {
      expect(wording(await pay({ payment_method_id: id }))).toEqual(missing)
    }
    expect(await recorded.read()).toEqual(before)
  })

  it('is no endpoint of mine', async () => {
    const resend = calls.find((call) => call.name === 'POST /v1/events/{id}/resend') as CallOfApi
    const to = (id: string) => ask(resend, myPath(world, resend), `Bearer ${world.mine.key}`, { endpoint_id: id })
    const missing = wording(await to('whe_01jd0000000000000000000000'))
    for (const id of [world.theirs.endpoint, twins.endpoint]) expect(wording(await to(id))).toEqual(missing)
    expect(await recorded.read()).toEqual(before)
  })

  it('is no cursor of mine', async () => {
    for (const [path, ids] of [
      ['/v1/payments', [world.theirs.captured, twins.payment]],
      ['/v1/events', [world.theirs.event, twins.event]],
    ] as const) {
      for (const id of ids) {
        const answer = await world.api.get(`${path}?starting_after=${id}`)
        expectRefusal(answer, { status: 400, code: 'validation_error', params: ['starting_after'] })
      }
    }
  })

  it('is not among mine, even of a customer of the same name', async () => {
    expect(world.theirs.customer).toBe(world.mine.customer)
    const { json: cards } = await world.api.get(`/v1/customers/${world.mine.customer}/payment-methods`)
    const ids = cards.payment_methods.map((card: { id: string }) => card.id)
    expect(ids.sort()).toEqual([world.mine.savedCard, world.mine.blockedCard].sort())
  })
})
