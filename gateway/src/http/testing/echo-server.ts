import { connect } from 'node:net'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { seededRandom } from '@tessera/lib/random'
import type { FastifyInstance } from 'fastify'
import type { Caller, MerchantDirectory } from '../../core/merchants/merchant.ts'
import { callerOf } from '../admission.ts'
import { apiKeyHash, makePublishableKey, makeSecretKey } from '../api-key.ts'
import { bearerToken } from '../authentication.ts'
import type { Dialect } from '../dialect.ts'
import { buildServer, defaultHttpLimits, type HttpServer, type HttpServerParts } from '../server.ts'

/** The edge with a dialect that shows what it hands on, for tests of the edge alone. */

export const random = seededRandom(11)
export const clock = new ManualClock(1_790_000_000_000)

const merchant = {
  merchantId: 'mer_1',
  name: 'Tea',
  status: 'active',
  s2sEnabled: true,
  numericExternalIds: false,
  origins: null,
} as Caller['merchant']

const callers = new Map<string, Caller>()
const directory: MerchantDirectory = {
  findCaller: (hash) => callers.get(hash),
  merchant: () => merchant,
  flows: () => [],
}

/** Makes a key known, as a secret one that may do everything unless told otherwise; returns its text. */
export function addKey(text: string, changes: Partial<Caller> = {}): string {
  const keyId = 'k1' as Caller['keyId']
  callers.set(apiKeyHash(text), { merchant, keyId, kind: 'secret', mode: 'test', scopes: ['*'], ...changes })
  return text
}

export const secretKey = addKey(makeSecretKey('test', 'k1', random))
export const publishableKey = addKey(makePublishableKey('test', random), { kind: 'publishable' })
export const inactiveKey = addKey(makeSecretKey('test', 'k2', random), {
  merchant: { ...merchant, status: 'inactive' },
})
export const readerKey = addKey(makeSecretKey('test', 'k3', random), { scopes: ['payments:read'] })

/** Answers every problem with its own data and status 418, an internal one with 500. */
export function echo(more: (app: FastifyInstance) => void = () => undefined): Dialect {
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
export const logLines: string[] = []

export function buildEcho(changes: Partial<HttpServerParts> = {}): HttpServer {
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

/** After each test. */
export async function stopServers(): Promise<void> {
  for (const server of running.splice(0)) await server.stop(1_000)
}

export async function post(
  server: HttpServer,
  payload: string | Buffer,
  headers: Record<string, string> = {},
  url = '/echo',
) {
  const response = await server.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json', ...headers },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, json: response.json(), text: response.body }
}

/** Sends bytes as they are and reads until an answer is there or the server hangs up. */
export function converse(port: number, text: string): Promise<string> {
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
