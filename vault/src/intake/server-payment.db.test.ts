import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { authorize, claim, count, release } from '../testing/calls.ts'
import { card, key, keys, number, openCardHost, order } from '../testing/card-host.ts'
import { merchantId } from '../testing/running-vault.ts'

const host = await openCardHost('relays')
const { acquirer, gateway, vault, post, passedOn, refused } = host

afterAll(host.stop)
beforeEach(host.beginAnew)

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
