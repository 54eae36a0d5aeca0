import type { KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import { BodyTooLarge, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import { CallRefused } from '../call-refused.ts'
import type { VaultMetrics } from '../metrics.ts'
import type { InternalCalls } from './internal-calls.ts'
import { createNonceCache, type NonceCache } from './nonce-cache.ts'
import { MalformedCall } from './read-call.ts'

export interface InternalListenerParts {
  secret: KeyObject
  calls: InternalCalls
  clock: Clock
  log: Logger
  metrics: VaultMetrics
}

const bodyLimitBytes = 256 * 1024
const projectionLimitBytes = 64 * 1024 * 1024

/** Calls of the gateway, signed and good for one use each; and metrics, for whoever reaches this address. */
export function createInternalListener(parts: InternalListenerParts): Server {
  const nonces = createNonceCache()
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 120_000 },
    (req, res) => {
      answer(req, res, parts, nonces).catch((error: unknown) => {
        parts.log.error('internal call failed', { route: req.url ?? '', error })
        if (res.headersSent) res.destroy()
        else send(res, 500, { error: 'internal_error' })
      })
    },
  )
  server.maxConnections = 8_192
  return server
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  parts: InternalListenerParts,
  nonces: NonceCache,
): Promise<void> {
  const { method = '', url: path = '' } = req
  if (method === 'GET' && path === '/metrics') return sendMetrics(res, parts.metrics)
  if (method === 'GET' && path === '/healthz') return send(res, 200, { status: 'ok' })
  const call = parts.calls.get(path)
  const refuse = (status: number, error: string): void => {
    parts.metrics.internalRefusals.add({ reason: error })
    // A call that was refused before its body was read must not leave it for the next one.
    if (!req.complete) res.setHeader('connection', 'close')
    send(res, status, { error })
    req.resume()
  }
  if (call === undefined || (method !== 'POST' && method !== 'PUT')) return refuse(404, 'not_found')
  let body: Buffer
  try {
    body = await readBody(req, path === vaultPaths.projection ? projectionLimitBytes : bodyLimitBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return refuse(413, 'body_too_large')
    if (error instanceof RequestAborted) return
    throw error
  }
  const nowMs = parts.clock.now()
  const verdict = verifyInternalCall(parts.secret, req.headers.authorization, { method, path, body }, nowMs)
  if (!verdict.valid) return refuse(401, verdict.reason)
  const nonce = nonces.take(verdict.nonce, verdict.timestampMs, nowMs)
  if (nonce !== 'fresh') return nonce === 'seen' ? refuse(401, 'replayed') : refuse(503, 'overloaded')
  const startedMs = parts.clock.monotonicMs()
  const reply = await perform(call, body)
  parts.metrics.internalSeconds.observe({ call: path }, (parts.clock.monotonicMs() - startedMs) / 1000)
  if ('refusal' in reply) return refuse(reply.status, reply.refusal)
  send(res, 200, reply.value)
}

type Performed = { value: unknown } | { status: number; refusal: string }

async function perform(call: (request: unknown) => Promise<unknown>, body: Buffer): Promise<Performed> {
  try {
    return { value: await call(JSON.parse(body.toString('utf8'))) }
  } catch (error) {
    if (error instanceof MalformedCall) return { status: 400, refusal: error.message }
    if (error instanceof SyntaxError) return { status: 400, refusal: 'malformed call: not JSON' }
    if (error instanceof CallRefused) return { status: 409, refusal: error.message }
    if (error instanceof QueueFull || error instanceof QueueDeadlinePassed)
      return { status: 503, refusal: 'overloaded' }
    throw error
  }
}

function send(res: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': String(body.length) })
  res.end(body)
}

function sendMetrics(res: ServerResponse, metrics: VaultMetrics): void {
  res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  res.end(metrics.registry.render())
}
