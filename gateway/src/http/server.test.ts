import { QueueFull } from '@tessera/lib/batcher'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { afterEach, describe, expect, it } from 'vitest'
import type { Caller } from '../core/merchants/merchant.ts'
import { makeSecretKey } from './api-key.ts'
import { defaultHttpLimits } from './server.ts'
import {
  addKey,
  buildEcho,
  converse,
  echo,
  inactiveKey,
  logLines,
  post,
  publishableKey,
  random,
  readerKey,
  secretKey,
  stopServers,
} from './testing/echo-server.ts'

afterEach(stopServers)

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
    const server = buildEcho()
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
    expect((await post(buildEcho(), '{}', { authorization: `bearer  ${secretKey}` })).json.caller).toBe('mer_1')
  })

  it('a route that does not say who may call it cannot be made', () => {
    expect(() => buildEcho({ dialects: [echo((app) => app.get('/open', async () => 'x'))] })).toThrow('/open')
  })
})

describe('every answer', () => {
  it('names the request, and keeps browsers out', async () => {
    const server = buildEcho()
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
    const plain = await post(buildEcho({ publicUrl: 'http://127.0.0.1:8080' }), '{}')
    expect(plain.headers['strict-transport-security']).toBeUndefined()
  })

  it('to an unknown path or method is the same not-found', async () => {
    const server = buildEcho()
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
    const server = buildEcho()
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
    const server = buildEcho({ limits })
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
    const server = buildEcho({ dialects: [slow], limits: { ...defaultHttpLimits, inFlight: 2 } })
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
    buildEcho({
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
      Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }),
    ]
    for (const error of unknown) {
      expect(await problemOf(error)).toMatchObject({ problem: 'overloaded', nothingSent: false })
    }
  })
})

it('tells what it waits for before it is ready', async () => {
  const waiting = buildEcho({ checkReady: async () => ['vault'] })
  const response = await waiting.app.inject({ method: 'GET', url: '/readyz' })
  expect(response.statusCode).toBe(503)
  expect(response.json()).toEqual({ status: 'not_ready', waiting_for: ['vault'] })
  const ready = await buildEcho().app.inject({ method: 'GET', url: '/readyz' })
  expect(ready.json()).toEqual({ status: 'ready', waiting_for: [] })
})

it('logs and counts every request without a word of its body', async () => {
  const metrics = new MetricsRegistry()
  const server = buildEcho({ metrics })
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
  const server = buildEcho({ dialects: [slow] })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  const answer = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.json())
  await entered.promise
  const stopped = server.stop(5_000)
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  release.resolve()
  expect(await answer).toEqual({ done: true })
  await stopped
})

it('cuts requests that come too slowly, and bounds connections', () => {
  const { server } = buildEcho().app
  expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, maxConnections: 8192 })
})
