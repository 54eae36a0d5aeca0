import type { KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { createNonceCache, type NonceCache } from '@tessera/contracts/nonce-cache'
import { groupedCallsMax, vaultPaths } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import { BodyTooLarge, dropBody, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import type { VaultMetrics } from '../metrics.ts'
import { answerGroup } from './grouped-calls.ts'
import type { InternalCalls } from './internal-calls.ts'
import { performCall } from './perform-call.ts'

export interface InternalListenerParts {
  secret: KeyObject
  calls: InternalCalls
  clock: Clock
  log: Logger
  metrics: VaultMetrics
}

const bodyLimitBytes = 256 * 1024
const bodyLimits = new Map<string, number>([
  [vaultPaths.projection, 64 * 1024 * 1024],
  [vaultPaths.groups, groupedCallsMax * bodyLimitBytes],
])

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
  const isGroup = path === vaultPaths.groups
  const call = parts.calls.get(path)
  const refuse = (status: number, error: string): void => {
    parts.metrics.internalRefusals.add({ reason: error })
    // A call that was refused before its body was read must not leave it for the next one.
    if (!req.complete) res.setHeader('connection', 'close')
    dropBody(req)
    send(res, status, { error })
  }
  if ((call === undefined && !isGroup) || (method !== 'POST' && method !== 'PUT')) return refuse(404, 'not_found')
  let body: Buffer
  try {
    body = await readBody(req, bodyLimits.get(path) ?? bodyLimitBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return refuse(413, 'body_too_large')
    if (error instanceof RequestAborted) return
    throw error
  }
  const doubt = doubtOf({ method, path, body }, req.headers.authorization, parts, nonces)
  if (doubt !== null) return refuse(doubt.status, doubt.error)
  let request: unknown
  try {
    request = JSON.parse(body.toString('utf8'))
  } catch {
    return refuse(400, 'malformed call: not JSON')
  }
  if (call === undefined) return answerGroup(request, res, parts) ? undefined : refuse(400, 'malformed group')
  const { status, value } = await performCall(path, () => call(request), parts)
  if (status !== 200) return refuse(status, (value as { error: string }).error)
  send(res, 200, value)
}

/** Why this is not a fresh call of the gateway; null when it is. */
function doubtOf(
  request: { method: string; path: string; body: Buffer },
  authorization: string | undefined,
  { secret, clock }: InternalListenerParts,
  nonces: NonceCache,
): { status: number; error: string } | null {
  const nowMs = clock.now()
  const verdict = verifyInternalCall(secret, authorization, request, nowMs)
  if (!verdict.valid) return { status: 401, error: verdict.reason }
  const nonce = nonces.take(verdict.nonce, verdict.timestampMs, nowMs)
  if (nonce === 'fresh') return null
  return nonce === 'seen' ? { status: 401, error: 'replayed' } : { status: 503, error: 'overloaded' }
}

function send(res: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) })
  // As a text it leaves together with the head, in one call to the system.
  res.end(body)
}

function sendMetrics(res: ServerResponse, metrics: VaultMetrics): void {
  res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  res.end(metrics.registry.render())
}
