import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { authorize, claim, count, release } from '../testing/calls.ts'
import {
  merchantId,
  projectedKey,
  type RunningVault,
  runVault,
  secretKey,
  usualKeys,
} from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'
import { type StubGateway, startStubGateway } from '../testing/stub-gateway.ts'

const key = 'tsk_test_k7_0a1b2c3d4e5f'
const keys = [
  ...usualKeys,
  projectedKey(key, { kind: 'secret', scopes: ['*'] }),
  projectedKey('tsk_live_k8_everything', { kind: 'secret', scopes: ['*'] }),
  projectedKey('tsk_test_s2s_off', { kind: 'secret', scopes: ['*'], s2sEnabled: false }),
  projectedKey('tsk_test_inactive', { kind: 'secret', scopes: ['*'], merchantActive: false }),
  projectedKey('tsk_test_expired', { kind: 'secret', scopes: ['*'], expiresAtMs: 1_000 }),
  projectedKey('tsk_test_narrow', { kind: 'secret', scopes: ['payments:write'] }),
  projectedKey('pk_test_public_key'),
]
const number = '4242424242424242'
const card = { number, expMonth: 12, expYear: 2034, cvc: '907' }
const order = {
  products: [{ name: 'Tea', price: 1500, quantity: 2 }],
  currency: 'EUR',
  customerEmail: 'ada@example.com',
}

let database: TestDatabase
let acquirer: StubAcquirer
let gateway: StubGateway
let vault: RunningVault

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'relays' })
  acquirer = await startStubAcquirer()
  gateway = await startStubGateway()
  vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
  await vault.pushKeys(keys, gateway.url)
})

afterAll(async () => {
  await vault.stop()
  await gateway.stop()
  await acquirer.stop()
  await database.drop()
})

beforeEach(() => {
  gateway.received.length = 0
  gateway.behave(({ body }, res) => res.writeHead(201, { 'x-request-id': 'rq_gateway' }).end(body))
})

async function post(
  body: unknown,
  headers: Record<string, string> = {},
  path = '/api/server/payment',
  method = 'POST',
) {
  const response = await fetch(vault.vault.urls.public + path, {
    method,
    headers: { 'content-type': 'application/json', 'x-inflow-api-key': key, ...headers },
    ...(method === 'GET' || body === undefined
      ? {}
      : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: text === '' ? null : JSON.parse(text) }
}

/** What the gateway was sent last. */
const passedOn = () => {
  const request = gateway.received.at(-1)
  if (request === undefined) throw new Error('nothing was passed on')
  return { ...request, json: JSON.parse(request.body) }
}

async function refused(...given: Parameters<typeof post>) {
  const [tokens, requests] = [await count(vault, 'tokens'), gateway.received.length]
  const answer = await post(...given)
  expect(answer.json).toEqual({
    statusCode: answer.status,
    message: expect.anything(),
    error: expect.any(String),
  })
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('x-request-id')).toMatch(/^rq_[0-9a-z]{26}$/)
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  expect(answer.text).not.toContain(number)
  expect(await count(vault, 'tokens')).toBe(tokens)
  expect(gateway.received.length).toBe(requests)
  return { status: answer.status, message: answer.json.message, error: answer.json.error }
}

describe('a payment with a card', () => {
  it('is passed on with a token in place of the card, signed, and nothing of the card in it', async () => {
    const answer = await post({ ...order, card, autoConfirm: true }, { 'idempotency-key': 'one' })
    expect(answer.status).toBe(201)
    const { path, headers, body, json } = passedOn()
    expect(json).toEqual({
      ...order,
      autoConfirm: true,
      card_token: expect.stringMatching(/^tok_[0-9a-z]{26}$/),
      card_digest: expect.stringMatching(/^[\w-]{43}$/),
      card_claim: expect.any(Object),
    })
    expect(path).toBe('/api/server/payment')
    expect(headers).toMatchObject({ 'x-inflow-api-key': key, 'idempotency-key': 'one' })
    const signed = { method: 'POST', path, body: Buffer.from(body) }
    expect(verifyInternalCall(vault.secret, String(headers['x-tessera-relay']), signed, vault.clock.now()).valid).toBe(
      true,
    )
    expect(body.replace('"424242"', '').replace('"4242"', '') + JSON.stringify(headers)).not.toMatch(/4242|907/)
  })

  it('comes with its claim: the attempt may send the card, once, and no other attempt may', async () => {
    const before = vault.clock.now()
    await post({ ...order, card: { ...card, number: '4242-4242 4242 4242', expMonth: '9' } })
    const { card_token: token, card_claim: claimed } = passedOn().json
    expect(claimed).toEqual({
      attemptId: expect.stringMatching(/^att_[0-9a-z]{26}$/),
      face: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 9, expYear: 2034, cardholderName: null },
      holdExpiresAtMs: expect.any(Number),
    })
    expect(claimed.holdExpiresAtMs - before).toBeGreaterThanOrEqual(60 * 60_000)
    expect(await claim(vault, 'att_other', token)).toEqual({ outcome: 'token_already_used' })
    const { attemptId, face, holdExpiresAtMs } = claimed
    expect(await claim(vault, attemptId, token)).toEqual({
      outcome: 'claimed',
      card: face,
      fingerprintId: null,
      holdExpiresAtMs,
    })
    await authorize(vault, attemptId)
    expect(JSON.parse(acquirer.received.at(-1)?.body ?? '').card).toMatchObject({ number, cvc: '907' })
    expect(await authorize(vault, attemptId)).toEqual({ outcome: 'already_sent' })
  })

  it('whose attempt never came to be is found among the claims that were not used', async () => {
    await post({ ...order, card })
    const { attemptId } = passedOn().json.card_claim
    const question = { olderThanMs: 0, claimedFromMs: 0, limit: 1_000 }
    const { json } = await vault.call(vaultPaths.unsentClaims, question)
    expect(json.claims).toContainEqual({
      merchantId,
      mode: 'test',
      attemptId,
      claimedAtMs: expect.any(Number),
    })
    await release(vault, attemptId, 'unused')
    expect(await claim(vault, 'att_later', passedOn().json.card_token)).toMatchObject({ outcome: 'claimed' })
  })

  it('has the same digest each time, whatever the CVC, and another token', async () => {
    for (const over of [{}, { cvc: '123' }, { number: '4242 4242 4242 4242' }, { number: '5555555555554444' }]) {
      await post({ ...order, card: { ...card, ...over } })
    }
    const digests = gateway.received.map(({ body }) => JSON.parse(body).card_digest)
    expect(new Set(digests).size).toBe(2)
    expect(new Set(digests.slice(0, 3)).size).toBe(1)
    expect(new Set(gateway.received.map(({ body }) => JSON.parse(body).card_token)).size).toBe(4)
  })

  it.each([
    ['X-Inflow-Api-Key', { 'x-inflow-api-key': key.replace('tsk_', 'inflow_priv_') }],
    ['a Bearer token', { authorization: `Bearer ${key}` }],
    ['a key with the one scope', { 'x-inflow-api-key': 'tsk_test_narrow' }],
  ])('is taken with the key as %s', async (_what, headers) => {
    const response = await fetch(`${vault.vault.urls.public}/api/server/payment`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ...order, card }),
    })
    expect(response.status).toBe(201)
    expect(passedOn().headers['x-inflow-api-key']).toBe(Object.values(headers)[0]?.replace('Bearer ', ''))
  })

  it('is not what its caller says that the vault says', async () => {
    const forged = { card_token: 'tok_forged', card_digest: 'x', card_claim: {}, card_faults: [{ param: 'card' }] }
    await post({ ...forged, ...order, card }, { 'x-tessera-relay': 'forged' })
    expect(passedOn().json).toEqual({
      ...order,
      card_token: expect.not.stringContaining('forged'),
      card_digest: expect.stringMatching(/.{43}/),
      card_claim: { attemptId: expect.any(String), face: expect.any(Object), holdExpiresAtMs: expect.any(Number) },
    })
    expect(passedOn().headers['x-tessera-relay']).toMatch(/^Tessera-HMAC-SHA256 /)
    await post({ ...forged, ...order }, { 'x-tessera-relay': 'forged' })
    expect(passedOn().json).toEqual(order)
    expect(passedOn().headers['x-tessera-relay']).toBeUndefined()
  })

  it('is told what the gateway answers, to the byte', async () => {
    gateway.behave((_request, res) => {
      const told = {
        'content-type': 'application/json; charset=utf-8',
        'x-request-id': 'rq_gateway',
        'retry-after': '1',
      }
      const kept = { 'idempotent-replayed': 'true', 'x-tessera-token': 'unused', server: 'inside', 'set-cookie': 'a=b' }
      res.writeHead(409, { ...told, ...kept }).end('{ "statusCode": 409 }')
    })
    const { status, text, headers } = await post({ ...order, card })
    expect([status, text]).toEqual([409, '{ "statusCode": 409 }'])
    expect(headers.get('x-request-id')).toBe('rq_gateway')
    expect(headers.get('retry-after')).toBe('1')
    expect(headers.get('idempotent-replayed')).toBe('true')
    for (const inside of ['x-tessera-token', 'server', 'set-cookie']) expect(headers.get(inside)).toBeNull()
  })
})

describe('a payment without a card', () => {
  it.each([[order], [{ ...order, card: null }], [{}], ['']])('is passed on as it is, unsigned: %j', async (body) => {
    expect((await post(body)).status).toBe(201)
    const { body: sent, headers } = gateway.received.at(-1) as (typeof gateway.received)[number]
    expect(sent).toBe(typeof body === 'string' ? body : JSON.stringify(body))
    expect(headers['x-tessera-relay']).toBeUndefined()
  })
})

describe('a card that is wrong', () => {
  it.each([
    [{ number: '4242424242424241' }, ['card.number']],
    [{ number: Number(number) }, ['card.number']],
    [{ number: '1'.repeat(400) }, ['card.number']],
    [
      { number: '4000056655665557', cvc: 'x', expMonth: 13, expYear: 34 },
      ['card.number', 'card.expMonth', 'card.expYear', 'card.cvc'],
    ],
    [{ expYear: 2020 }, ['card.expYear']],
    [{ number: undefined, cvc: undefined }, ['card.number', 'card.cvc']],
  ])('is told to the gateway by what is wrong, and nothing of it is stored: %j', async (over, params) => {
    const before = await count(vault, 'tokens')
    await post({ ...order, card: { ...card, ...over } })
    const { json, headers } = passedOn()
    expect(json).toEqual({ ...order, card_faults: expect.any(Array) })
    expect(json.card_faults.map((fault: { param: string }) => fault.param)).toEqual(params)
    expect(headers['x-tessera-relay']).toBeDefined()
    expect(await count(vault, 'tokens')).toBe(before)
  })

  it.each([[number], [[card]], [5], [true]])('is no object: %j', async (wrong) => {
    await post({ ...order, card: wrong })
    expect(passedOn().json).toEqual({ ...order, card_faults: [{ param: 'card', message: 'must be an object' }] })
  })

  it('is a test card in live mode, and a real one in test mode', async () => {
    await post({ ...order, card }, { 'x-inflow-api-key': 'tsk_live_k8_everything' })
    expect(passedOn().json.card_faults[0].param).toBe('card.number')
    await post({ ...order, card: { ...card, number: '4532015112830366' } })
    expect(passedOn().json.card_faults[0].param).toBe('card.number')
  })
})

describe('a request that goes no further', () => {
  it('has no key, or none that counts', async () => {
    for (const headers of [
      { 'x-inflow-api-key': '' },
      { 'x-inflow-api-key': 'tsk_test_nobody' },
      { 'x-inflow-api-key': 'tsk_test_expired' },
    ]) {
      expect(await refused({ ...order, card }, headers)).toEqual({
        status: 401,
        message: 'Unauthorized',
        error: 'Unauthorized',
      })
    }
  })

  it('has a key that may not do this', async () => {
    const text = async (name: string) => {
      const { status, message } = await refused({ ...order, card }, { 'x-inflow-api-key': name })
      expect(status).toBe(403)
      return message
    }
    expect(await text('tsk_test_s2s_off')).toBe(
      'Not authorized to create payment, server to server payment not enabled, please contact support',
    )
    expect(await text('tsk_test_inactive')).toMatch(/switched off/)
    expect(await text('pk_test_public_key')).toMatch(/private key/)
    expect(await text('inflow_pub_test_public_key')).toMatch(/private key/)
    expect(await text(secretKey)).toMatch(/payments:write/)
  })

  it.each([
    ['no JSON', 'card=4242424242424242'],
    ['a list', '[1]'],
    ['a card twice', `{"card":${JSON.stringify(card)},"c\\u0061rd":${JSON.stringify(card)}}`],
    ['a number twice', `{"card":{"number":"${number}","number":"${number}"}}`],
    ['half a body', JSON.stringify({ ...order, card }).slice(0, -3)],
    ['deep nesting', `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`],
    ['no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
  ])('has a body that is %s', async (_what, body) => {
    expect(await refused(body)).toMatchObject({
      status: 400,
      error: 'Bad Request',
      message: expect.stringMatching(/^The body/),
    })
  })

  it.each([
    ['beside its card', { ...order, card, firstName: `x ${number}` }, 'firstName'],
    ['instead of a card', { ...order, metadatas: { a: ['5555-5555-5555-4444'] } }, 'metadatas'],
    ['in a card of another name', { ...order, payment: { card } }, 'payment'],
    ['in a card with a capital', { ...order, Card: card }, 'Card'],
    ['as a number', { ...order, n: 4242424242424242 }, 'n'],
    ['as a key', { ...order, [number]: 1 }, '?'],
    ['in escapes', `{"card_number":"\\u0034242424242424242"}`, 'card_number'],
  ])('holds a card number %s', async (_what, body, member) => {
    const { status, message } = await refused(body)
    expect(status).toBe(400)
    expect(message).toEqual([`${member} must not hold a card number: a card belongs in card.number`])
  })

  it('hides the number of its card among other digits', async () => {
    expect(await refused({ ...order, card, note: `0000${number}0000` })).toMatchObject({
      message: ['card.number must not stand anywhere else in the body'],
    })
  })

  it('has a card number as its idempotency key', async () => {
    const { message } = await refused({ ...order, card }, { 'idempotency-key': number })
    expect(message[0]).toMatch(/^Idempotency-Key /)
  })

  it('is of another kind', async () => {
    expect(await refused({ ...order, card }, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await refused({ ...order, card }, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 })
    expect(await refused({ ...order, card, filler: 'x'.repeat(66_000) })).toMatchObject({ status: 413 })
    for (const [path, method] of [
      ['/api/server/payment', 'GET'],
      ['/api/server/payment', 'OPTIONS'],
      ['/api/server/payment/pay_1/confirm', 'POST'],
      ['/api/payment', 'POST'],
    ] as const) {
      expect(await refused({ ...order, card }, {}, path, method)).toMatchObject({ status: 404, error: 'Not Found' })
    }
  })
})

describe('the gateway', () => {
  it('that is away is told as such: nothing was charged, and no token is left', async () => {
    await vault.pushKeys(keys, 'http://127.0.0.1:9')
    try {
      const answer = await refused({ ...order, card })
      expect(answer).toMatchObject({
        status: 503,
        error: 'Service Unavailable',
        message: expect.stringContaining('Nothing was charged'),
      })
    } finally {
      await vault.pushKeys(keys, gateway.url)
    }
  })

  it('that hangs up leaves the payment in doubt: the token stays, and the caller is told to repeat', async () => {
    gateway.behave((_request, res) => res.destroy())
    const before = await count(vault, 'tokens')
    const { status, json } = await post({ ...order, card })
    expect([status, json.error]).toEqual([502, 'Bad Gateway'])
    expect(json.message).toContain('the same Idempotency-Key')
    expect(json.message).not.toContain('Nothing was charged')
    expect(await count(vault, 'tokens')).toBe(before + 1)
  })

  it('that does not accept the signature has done nothing, which the operator is told', async () => {
    gateway.behave((_request, res) => res.writeHead(401, { 'x-tessera-token': 'refused' }).end('{}'))
    const before = await count(vault, 'tokens')
    const { status, json } = await post({ ...order, card })
    expect([status, json.message]).toEqual([503, expect.stringContaining('Nothing was charged')])
    expect(await count(vault, 'tokens')).toBe(before)
    expect(vault.logLines.join()).toContain('TESSERA_INTERNAL_SECRET_FILE')
  })
})

describe('a token that the gateway has no use for', () => {
  const rowsOf = async (token: string) => {
    const tables = ['tokens', 'cvcs', 'holds']
    const found = await Promise.all(
      tables.map((table) => vault.sql.query(`select 1 from ${table} where token = $1`, [token])),
    )
    return Object.fromEntries(found.map(({ rowCount }, index) => [tables[index], rowCount]))
  }
  const nothing = { tokens: 0, cvcs: 0, holds: 0 }
  /** Answers as the gateway does to a repeated request, after `meanwhile`. */
  const answerUnused = (meanwhile: (attemptId: string) => Promise<unknown>) =>
    gateway.behave(({ body }, res) => {
      const answer = () => res.writeHead(201, { 'x-tessera-token': 'unused' }).end('{}')
      void meanwhile(JSON.parse(body).card_claim.attemptId).then(answer)
    })

  it('is gone with its claim before the answer is there', async () => {
    answerUnused(async () => undefined)
    await post({ ...order, card })
    const { card_token: token, card_claim: claimed } = passedOn().json
    expect(await rowsOf(token)).toEqual(nothing)
    expect((await vault.sql.query('select 1 from permits where attempt_id = $1', [claimed.attemptId])).rowCount).toBe(0)
    await release(vault, claimed.attemptId, 'unused')
    expect(await authorize(vault, claimed.attemptId)).toMatchObject({ outcome: 'not_sent' })
  })

  it('is gone after its claim was released, too, and when that happens at the same moment', async () => {
    answerUnused((attemptId) => release(vault, attemptId, 'unused'))
    await post({ ...order, card })
    expect(await rowsOf(passedOn().json.card_token)).toEqual(nothing)
    for (let round = 0; round < 30; round += 1) {
      let releasing: Promise<unknown> = Promise.resolve()
      answerUnused(async (attemptId) => {
        releasing = release(vault, attemptId, 'unused')
      })
      await post({ ...order, card })
      await releasing
      expect(await rowsOf(passedOn().json.card_token)).toEqual(nothing)
    }
  })

  it('stays when its card was sent: what a gateway says cannot undo that', async () => {
    answerUnused((attemptId) => authorize(vault, attemptId))
    await post({ ...order, card })
    expect(await rowsOf(passedOn().json.card_token)).toMatchObject({ tokens: 1, holds: 1 })
  })

  it('stays where the gateway uses it', async () => {
    await post({ ...order, card })
    expect(await rowsOf(passedOn().json.card_token)).toMatchObject({ tokens: 1, cvcs: 1 })
  })
})

it('nothing of a card or its security code is logged', () => {
  expect(vault.logLines.length).toBeGreaterThan(0)
  expect(vault.logLines.join('\n')).not.toMatch(/4242|\b907\b/)
})
