import { createSecretKey } from 'node:crypto'
import { signInternalCall } from '@tessera/contracts/internal-signature'
import { reservedTestNumber } from '@tessera/contracts/test-cards'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { RequestRefused } from './problem.ts'
import { cardFaultsOf, relayOf } from './relay.ts'
import { buildEcho, clock, echo, logLines, post, random, stopServers } from './testing/echo-server.ts'

afterEach(stopServers)

const internalSecret = createSecretKey(Buffer.alloc(32, 7))
const path = '/api/server/payment'

/** Shows what a dialect sees of a request that was passed on. */
function addRoute(app: FastifyInstance): void {
  const config = { access: 'payments:write' as const }
  app.post(path, { config }, async (request, reply) => {
    const body = request.body as { refuse?: boolean; replay?: boolean } | undefined
    if (body?.refuse) throw new RequestRefused({ problem: 'body_not_an_object' })
    if (body?.replay) reply.header('idempotent-replayed', 'true')
    return { relay: relayOf(request), faults: cardFaultsOf(request), body }
  })
}

const relaying = () => buildEcho({ dialects: [echo(addRoute)], internalSecret })

const newNonce = () => random.bytes(16).toString('base64url')

function signed(
  body: string,
  over: { method?: string; path?: string; timestampMs?: number; nonce?: string; key?: number } = {},
): Record<string, string> {
  const { method = 'POST', timestampMs = clock.now(), nonce = newNonce(), key = 7 } = over
  const parts = { method, path: over.path ?? path, body: Buffer.from(body), timestampMs, nonce }
  return { 'x-tessera-relay': signInternalCall(createSecretKey(Buffer.alloc(32, key)), parts) }
}

const face = { bin: '424242', last4: '4242', brand: 'visa', expMonth: 1, expYear: 2034, cardholderName: null }
const cardClaim = { attemptId: 'att_1', face, holdExpiresAtMs: 1 }
const said = { card_token: 'tok_1', card_digest: 'abc', card_claim: cardClaim }
const relay = { cardToken: 'tok_1', cardDigest: 'abc', cardClaim }
const body = JSON.stringify({ ...said, amount: 1 })
const nobody = { relay: null, faults: [] }

describe('a body that the vault passed on', () => {
  it('tells token and digest, and holds neither any more', async () => {
    const { json, headers } = await post(relaying(), body, signed(body), path)
    expect(json).toMatchObject({ relay, faults: [] })
    expect(Object.keys(json.body)).toEqual(['amount'])
    expect(headers['x-tessera-token']).toBeUndefined()
  })

  it('tells what is wrong with the card instead', async () => {
    const faults = [{ param: 'card.number', message: 'is required' }]
    const text = JSON.stringify({ card_faults: faults, a: 1 })
    expect((await post(relaying(), text, signed(text), path)).json).toEqual({ relay: null, faults, body: { a: 1 } })
  })

  it('may be a little longer than its caller may send', async () => {
    const long = JSON.stringify({ ...said, a: 'x'.repeat(65_500) })
    expect(long.length).toBeGreaterThan(65_536)
    expect((await post(relaying(), long, signed(long), path)).json.relay).toEqual(relay)
    expect((await post(relaying(), long, {}, path)).json.problem).toBe('body_too_large')
  })

  it.each([
    ['refused', `${body.slice(0, -1)},"refuse":true}`],
    ['answered as before', `${body.slice(0, -1)},"replay":true}`],
    ['no JSON', `${body}}`],
  ])('and is %s needs no token, which the vault is told', async (_what, text) => {
    const { headers } = await post(relaying(), text, signed(text), path)
    expect(headers['x-tessera-token']).toBe('unused')
  })
})

describe('what anybody else says of a card', () => {
  it('is unknown, like any field that means nothing', async () => {
    const text = JSON.stringify({ ...said, card_faults: [{ param: 'card' }], a: 1 })
    const { json, headers } = await post(relaying(), text, {}, path)
    expect(json).toEqual({ ...nobody, body: { a: 1 } })
    expect(headers['x-tessera-token']).toBeUndefined()
  })

  it.each([
    ['is garbage', () => ({ 'x-tessera-relay': 'x' })],
    ['is empty', () => ({ 'x-tessera-relay': '' })],
    ['was made with another key', () => signed(body, { key: 8 })],
    ['was made for another body', () => signed(body.replace('tok_1', 'tok_2'))],
    ['was made for another path', () => signed(body, { path: '/internal/v1/claims' })],
    ['was made for another method', () => signed(body, { method: 'PUT' })],
    ['is too old', () => signed(body, { timestampMs: clock.now() - 31_000 })],
    ['is of the future', () => signed(body, { timestampMs: clock.now() + 31_000 })],
  ])('is refused whole when its signature %s', async (_what, headers) => {
    const answer = await post(relaying(), body, headers(), path)
    expect(answer.json).toMatchObject({ problem: 'unauthorized' })
    expect(answer.headers['x-tessera-token']).toBe('refused')
    expect(logLines.join()).toContain('not accepted')
  })

  it('is refused when a signature comes again, for the same body or another', async () => {
    const server = relaying()
    const headers = signed(body)
    expect((await post(server, body, headers, path)).json.relay).not.toBeNull()
    for (const text of [body, body.replace('tok_1', 'tok_2')]) {
      const again = await post(server, text, headers, path)
      expect(again.json).toMatchObject({ problem: 'unauthorized' })
      expect(again.headers['x-tessera-token']).toBe('refused')
    }
  })

  it.each([
    '{"a":1}',
    '{"card_token":"tok_1"}',
    '{"card_token":"t","card_digest":"x"}',
    '{"card_token":1,"card_digest":"x","card_claim":{}}',
    '{"card_faults":"x"}',
  ])('is refused when it is signed and names no card: %s', async (text) => {
    expect((await post(relaying(), text, signed(text), path)).json.problem).toBe('unauthorized')
  })

  it('is refused where no vault is known', async () => {
    const server = buildEcho({ dialects: [echo(addRoute)] })
    expect((await post(server, body, signed(body), path)).json.problem).toBe('unauthorized')
  })

  it('means nothing on other paths', async () => {
    const { json } = await post(relaying(), body, signed(body))
    expect(json.body).toEqual({ ...said, amount: { exactNumber: '1' } })
  })
})

it('a card is refused unparsed, signed or not', async () => {
  const text = `{"card_token":"t","card_digest":"d","card":{"number":"${reservedTestNumber(7)}"}}`
  for (const headers of [{}, signed(text)]) {
    expect((await post(relaying(), text, headers, path)).json.problem).toBe('card_in_body')
  }
})
