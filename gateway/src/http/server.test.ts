import { connect } from 'node:net'
import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { QueueFull } from '@tessera/lib/batcher'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { seededRandom } from '@tessera/lib/random'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import type { Caller, MerchantDirectory } from '../core/merchants/merchant.ts'
import { callerOf } from './admission.ts'
import { apiKeyHash, makePublishableKey, makeSecretKey } from './api-key.ts'
import { bearerToken } from './authentication.ts'
import type { Dialect } from './dialect.ts'
import { buildServer, defaultHttpLimits, type HttpServer, type HttpServerParts } from './server.ts'

const random = seededRandom(11)
const clock = new ManualClock(1_790_000_000_000)
const number = reservedTestNumber(1_111_111)

const merchant = {
  merchantId: 'mer_1',
  name: 'Tea',
  status: 'active',
  s2sEnabled: true,
  numericExternalIds: false,
} as Caller['merchant']
const keys = new Map<string, Caller>()
const addKey = (text: string, caller: Partial<Caller>) => {
  keys.set(apiKeyHash(text), {
    merchant,
    keyId: 'k1',
    kind: 'secret',
    mode: 'test',
    scopes: ['*'],
    ...caller,
  } as Caller)
  return text
}
const secretKey = addKey(makeSecretKey('test', 'k1', random), {})
const publishableKey = addKey(makePublishableKey('test', random), { kind: 'publishable' })
const inactiveKey = addKey(makeSecretKey('test', 'k2', random), { merchant: { ...merchant, status: 'inactive' } })
const readerKey = addKey(makeSecretKey('test', 'k3', random), { scopes: ['payments:read'] })

const directory: MerchantDirectory = {
  findCaller: (hash) => keys.get(hash),
  merchant: () => merchant,
  flows: () => [],
}
const logLines: string[] = []

/** A dialect that shows what the edge hands on. */
function echo(more: (app: FastifyInstance) => void = () => undefined): Dialect {
  return {
    name: 'echo',
    prefixes: ['/'],
    keyText: (headers) => bearerToken(headers.authorization),
    render: (problem, requestId) => ({
      status: problem.problem === 'internal' ? 500 : 418,
      headers: {},
      body: JSON.stringify({ ...problem, requestId }),
    }),
    routes(app) {
      const config = { access: 'payments:write' as const }
      app.post('/echo', { config }, async (request) => ({
        body: request.body ?? null,
        caller: callerOf(request).merchant.merchantId,
      }))
      app.get('/echo', { config }, async () => ({ body: null }))
      more(app)
    },
  }
}

const running: HttpServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(1_000)
})

function build(changes: Partial<HttpServerParts> = {}): HttpServer {
  logLines.length = 0
  const server = buildServer({
    dialects: [echo()],
    directory,
    clock,
    ids: createIds(clock, random),
    log: createLogger({ process: 'test', clock, level: 'info', write: (line) => logLines.push(line) }),
    metrics: new MetricsRegistry(),
    limits: defaultHttpLimits,
    publicUrl: 'https://gateway.test',
    vaultPublicUrl: 'https://vault.test',
    checkReady: async () => [],
    ...changes,
  })
  running.push(server)
  return server
}

async function post(server: HttpServer, payload: string | Buffer, headers: Record<string, string> = {}, url = '/echo') {
  const response = await server.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json', ...headers },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, json: response.json(), text: response.body }
}

describe('who may call', () => {
  it.each([
    ['no key', undefined, { problem: 'unauthorized', why: 'no_key' }],
    ['another scheme', `Basic ${secretKey}`, { problem: 'unauthorized', why: 'no_key' }],
    ['two keys', `Bearer ${secretKey} ${secretKey}`, { problem: 'unauthorized', why: 'no_key' }],
    ['no key of ours', 'Bearer sk_live_123', { problem: 'unauthorized', why: 'not_a_key' }],
    ['a mistyped key', `Bearer ${secretKey.slice(0, -1)}~`, { problem: 'unauthorized', why: 'not_a_key' }],
    [
      'an unknown key',
      `Bearer ${makeSecretKey('test', 'k9', random)}`,
      { problem: 'unauthorized', why: 'unknown_key' },
    ],
    ['a publishable key', `Bearer ${publishableKey}`, { problem: 'publishable_key' }],
    ['an inactive merchant', `Bearer ${inactiveKey}`, { problem: 'merchant_not_active' }],
    ['a key without the scope', `Bearer ${readerKey}`, { problem: 'scope_missing', scope: 'payments:write' }],
  ])('%s is turned away, and told why', async (_name, authorization, problem) => {
    const server = build()
    for (const method of ['GET', 'POST'] as const) {
      const response = await server.app.inject({
        method,
        url: '/echo',
        headers: authorization === undefined ? {} : { authorization },
      })
      expect(response.json()).toMatchObject(problem)
    }
  })

  it('a secret key is let in, whatever the case of the scheme', async () => {
    expect((await post(build(), '{}', { authorization: `bearer  ${secretKey}` })).json.caller).toBe('mer_1')
  })

  it('a route that does not say who may call it cannot be made', () => {
    expect(() => build({ dialects: [echo((app) => app.get('/open', async () => 'x'))] })).toThrow('/open')
  })
})

describe('bodies', () => {
  it('are handed on with amounts as they were written', async () => {
    const { json } = await post(build(), '{"amount":17.620,"other":17.620}')
    expect(json.body).toEqual({ amount: { exactNumber: '17.620' }, other: 17.62 })
  })

  it.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":', 'syntax'],
    ['{"a":1} x', 'syntax'],
    ['{"a":1e999}', 'number_range'],
    [`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, 'too_deep'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_utf8'],
    [' ', 'empty'],
  ])('that are broken are refused with what and where: %s', async (payload, kind) => {
    const { json } = await post(build(), payload)
    expect(json).toMatchObject({ problem: 'malformed_json', fault: { kind, position: expect.any(Number) } })
  })

  it.each(['[]', '1', '"x"', 'null', 'true'])('that are %s are refused, only objects are taken', async (payload) => {
    expect((await post(build(), payload)).json.problem).toBe('body_not_an_object')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    '',
  ])('of type %j are refused', async (type) => {
    expect((await post(build(), '{"a":1}', { 'content-type': type })).json.problem).toBe('unsupported_media_type')
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'of type %j are taken',
    async (type) => {
      expect((await post(build(), '{"a":1}', { 'content-type': type })).json.body).toEqual({ a: 1 })
    },
  )

  it('may be empty, with or without a type', async () => {
    const server = build()
    expect((await post(server, '')).json.body).toBeNull()
    expect((await post(server, '', { 'content-type': 'text/plain' })).json.body).toBeNull()
  })

  it('cannot change what an object is', async () => {
    const { json } = await post(build(), '{"__proto__":{"admin":true},"constructor":1}')
    expect(json).toMatchObject({ caller: 'mer_1' })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('of a megabyte are refused without being kept', async () => {
    const server = build()
    const { json } = await post(server, `{"a":"${'x'.repeat(1_000_000)}"}`)
    expect(json).toMatchObject({ problem: 'body_too_large', limitBytes: 65_536 })
    const port = await server.listen({ host: '127.0.0.1', port: 0 })
    const head = `POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secretKey}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    expect(await converse(port, head + chunk.repeat(5))).toContain('body_too_large')
  })
})

describe('card data that was sent here by mistake', () => {
  const body = `{"card":{"number":"${number}","cvc":"123"}}`

  it.each([
    ['a payment', '/echo', {}],
    ['a path that is not ours', '/v1/tokens', {}],
    ['a request without a key', '/echo', { authorization: '' }],
    ['a publishable key', '/v1/tokens', { authorization: `Bearer ${publishableKey}` }],
    ['another content type', '/echo', { 'content-type': 'text/plain' }],
  ])('is refused with the vault’s address: %s', async (_name, url, headers) => {
    const { json, text } = await post(build(), body, headers as Record<string, string>, url)
    expect(json).toMatchObject({ problem: 'card_in_body', vaultUrl: 'https://vault.test' })
    expect(text).not.toContain(number)
    expect(logLines.join()).not.toContain(number.slice(6))
  })

  it('is found in a form as well', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post(build(), `card[number]=${number}`, headers)).json.problem).toBe('card_in_body')
  })

  it('is wiped from memory before the answer is sent, as every body is', async () => {
    const server = build()
    const chunks: Buffer[] = []
    server.app.addHook('preParsing', async (request) => {
      request.raw.prependListener('data', (chunk: Buffer) => chunks.push(chunk))
    })
    await post(server, body)
    await post(server, '{"name":"Ann"}')
    expect(chunks).toHaveLength(2)
    for (const chunk of chunks) expect(chunk.every((byte) => byte === 0)).toBe(true)
  })
})

describe('every answer', () => {
  it('names the request, and keeps browsers out', async () => {
    const server = build()
    const answers = await Promise.all([
      post(server, '{}', { 'x-request-id': 'mine' }),
      post(server, '{', {}),
      post(server, '{}', {}, '/nowhere'),
      post(server, '{}', {}, '/%zz'),
    ])
    for (const { headers } of answers) {
      expect(headers['x-request-id']).toMatch(/^rq_[0-9a-z]{26}$/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['strict-transport-security']).toContain('max-age=')
      expect(headers['x-powered-by']).toBeUndefined()
    }
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(4)
    const plain = await post(build({ publicUrl: 'http://127.0.0.1:8080' }), '{}')
    expect(plain.headers['strict-transport-security']).toBeUndefined()
  })

  it('to an unknown path or method is the same not-found', async () => {
    const server = build()
    for (const request of [
      { method: 'GET' as const, url: '/nowhere' },
      { method: 'PUT' as const, url: '/echo' },
      { method: 'HEAD' as const, url: '/echo' },
      { method: 'OPTIONS' as const, url: '/echo' },
      { method: 'POST' as const, url: '/nowhere' },
    ]) {
      const response = await server.app.inject(request)
      expect(response.statusCode).toBe(418)
      if (request.method !== 'HEAD') expect(response.json().problem).toBe('route_not_found')
    }
  })

  it('to bytes that are no HTTP is an error in the same shape', async () => {
    const server = build()
    const port = await server.listen({ host: '127.0.0.1', port: 0 })
    const answer = await converse(port, 'NONSENSE\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('malformed_request')
    expect(answer).toMatch(/x-request-id: rq_/)
    const header = await converse(port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(header).toMatch(/^HTTP\/1\.1 431 /)
  })
})

describe('too much', () => {
  it('from one key is told to wait, and others go on', async () => {
    const limits = { ...defaultHttpLimits, perKey: { perSecond: 1, burst: 2 } }
    const server = build({ limits })
    const answers = [await post(server, '{}'), await post(server, '{}'), await post(server, '{}')]
    expect(answers.map(({ json }) => json.problem)).toEqual([undefined, undefined, 'rate_limited'])
    expect(answers[2]?.headers).toMatchObject({
      'ratelimit-limit': '1',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '1',
    })
    const other = addKey(makeSecretKey('test', 'k4', random), { keyId: 'k4' as Caller['keyId'] })
    expect((await post(server, '{}', { authorization: `Bearer ${other}` })).json.caller).toBe('mer_1')
  })

  it('at once is turned away while health is still answered, and forgotten when it is over', async () => {
    const release = Promise.withResolvers<void>()
    const bothEntered = Promise.withResolvers<void>()
    let entered = 0
    const slow = echo((app) => {
      app.get('/slow', { config: { access: 'payments:read' } }, async () => {
        entered += 1
        if (entered === 2) bothEntered.resolve()
        await release.promise
        return { done: true }
      })
    })
    const server = build({ dialects: [slow], limits: { ...defaultHttpLimits, inFlight: 2 } })
    const headers = { authorization: `Bearer ${secretKey}` }
    const waiting = [1, 2].map(() => server.app.inject({ method: 'GET', url: '/slow', headers }))
    await bothEntered.promise
    const turnedAway = await server.app.inject({ method: 'GET', url: '/echo', headers })
    expect(turnedAway.json()).toMatchObject({ problem: 'overloaded', nothingSent: true })
    expect((await server.app.inject({ method: 'GET', url: '/healthz' })).json()).toEqual({ status: 'alive' })
    release.resolve()
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect((await server.app.inject({ method: 'GET', url: '/echo', headers })).statusCode).toBe(200)
  })
})

describe('what goes wrong inside', () => {
  const failing = (error: Error) =>
    build({
      dialects: [
        echo((app) => {
          app.get('/fails', { config: { access: 'public' } }, async () => {
            throw error
          })
        }),
      ],
    })
  const problemOf = async (error: Error) => (await failing(error).app.inject({ method: 'GET', url: '/fails' })).json()

  it('is told as ours, with nothing of it in the text, and logged under the request’s id', async () => {
    const answer = await problemOf(new Error('relation "payments" does not exist'))
    expect(answer).toEqual({ problem: 'internal', requestId: expect.stringMatching(/^rq_/) })
    const line = logLines.find((each) => each.includes('request failed'))
    expect(line).toContain(answer.requestId)
    expect(line).toContain('does not exist')
  })

  it('claims that nothing was charged only where that is known', async () => {
    const vault = Object.assign(new Error('connect ECONNREFUSED'), { name: 'VaultUnavailable' })
    expect(await problemOf(vault)).toMatchObject({ problem: 'overloaded', nothingSent: true })
    const unknown = [
      new QueueFull('payments'),
      Object.assign(new Error('Connection terminated unexpectedly'), {}),
      Object.assign(new Error('x'), { code: '57P01' }),
      Object.assign(new Error('x'), { code: '40001' }),
    ]
    for (const error of unknown) {
      expect(await problemOf(error)).toMatchObject({ problem: 'overloaded', nothingSent: false })
    }
  })
})

it('tells what it waits for before it is ready', async () => {
  const waiting = build({ checkReady: async () => ['vault'] })
  const response = await waiting.app.inject({ method: 'GET', url: '/readyz' })
  expect(response.statusCode).toBe(503)
  expect(response.json()).toEqual({ status: 'not_ready', waiting_for: ['vault'] })
  const ready = await build().app.inject({ method: 'GET', url: '/readyz' })
  expect(ready.json()).toEqual({ status: 'ready', waiting_for: [] })
})

it('logs and counts every request without a word of its body', async () => {
  const metrics = new MetricsRegistry()
  const server = build({ metrics })
  await post(server, '{"name":"Ann Secret"}')
  await post(server, '{"name":"Ann Secret"}', {}, '/nowhere?name=Ann')
  const lines = logLines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'request')
  expect(lines).toMatchObject([
    { method: 'POST', route: '/echo', status: 200, merchantId: 'mer_1', mode: 'test', requestId: expect.any(String) },
    { method: 'POST', route: '(unknown)', status: 418 },
  ])
  expect(logLines.join()).not.toContain('Ann')
  expect(metrics.render()).toContain('tessera_http_requests_total{method="POST",route="/echo",status="200"} 1')
  expect(metrics.render()).toContain('tessera_http_requests_in_flight 0')
})

it('lets running requests end before it stops, and takes no new ones', async () => {
  const release = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const slow = echo((app) => {
    app.get('/slow', { config: { access: 'public' } }, async () => {
      entered.resolve()
      await release.promise
      return { done: true }
    })
  })
  const server = build({ dialects: [slow] })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  const answer = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.json())
  await entered.promise
  const stopped = server.stop(5_000)
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  release.resolve()
  expect(await answer).toEqual({ done: true })
  await stopped
  running.length = 0
})

/** Sends bytes and reads until the server hangs up. */
function converse(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (received.includes('\r\n\r\n{') && received.endsWith('}')) socket.destroy()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}
