import type { IncomingMessage, ServerResponse } from 'node:http'
import { challengeAnswerHeader } from '@tessera/contracts/token-challenge'
import type { ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import { BodyTooLarge, dropBody, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { createCallerAddress } from '../defence/caller-address.ts'
import type { TokenCaller } from '../defence/defence.ts'
import type { Health } from '../health.ts'
import type { KeyBook } from '../keys/key-book.ts'
import type { VaultMetrics } from '../metrics.ts'
import { admit } from './admission.ts'
import { type CreatedToken, createToken, type TokenCreationParts } from './create-token.ts'
import { notARequest, type Problem, renderProblem, statusOf } from './problem.ts'
import type { RateLimiter } from './rate-limit.ts'

export interface PublicExchangeParts extends TokenCreationParts {
  keys: KeyBook
  limiter: RateLimiter
  health: Health
  ids: Ids
  clock: Clock
  log: Logger
  metrics: VaultMetrics
  /** Address of the page that explains error codes. */
  docs: string
  callerAddress: ReturnType<typeof createCallerAddress>
}

const bodyLimitBytes = 64 * 1024
const jsonType = /^application\/json *(; *charset *= *"?utf-8"?)? *$/i

const preflight = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': `authorization, content-type, idempotency-key, ${challengeAnswerHeader}`,
  'access-control-max-age': '600',
}

/** One request to the public listener and its answer. */
export class PublicExchange {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #parts: PublicExchangeParts
  readonly #requestId: string
  readonly #startedMs: number
  #allowedOrigin: string | null = '*'

  constructor(req: IncomingMessage, res: ServerResponse, parts: PublicExchangeParts) {
    this.#req = req
    this.#res = res
    this.#parts = parts
    this.#requestId = `rq_${parts.ids.random()}`
    this.#startedMs = parts.clock.monotonicMs()
  }

  async answer(): Promise<void> {
    const { method, url = '', headers, httpVersion } = this.#req
    // RFC 9112 section 3.2.
    if (headers.host === undefined && httpVersion !== '1.0') return this.refuse(notARequest)
    const path = url.split('?', 1)[0]
    if (path === '/v1/tokens' && method === 'POST') return this.#postToken()
    if (path === '/v1/tokens' && method === 'OPTIONS') return this.#send(204, preflight, '')
    if (path === '/healthz' && method === 'GET') return this.#send(200, {}, '{"status":"ok"}')
    if (path === '/readyz' && method === 'GET') return this.#readiness()
    this.refuse({ code: 'not_found', message: 'There is no such call here. Cards go to POST /v1/tokens.' })
  }

  turnAway(): void {
    this.refuse({ code: 'overloaded', message: 'The vault is too busy. Repeat the request.', retryAfterSeconds: 1 })
  }

  async #postToken(): Promise<void> {
    const { headers } = this.#req
    const admission = admit(headers, this.#parts)
    if (!admission.admitted) {
      if (!admission.mayRead) this.#allowedOrigin = null
      return this.refuse(admission.problem)
    }
    const { key } = admission
    if (key.allowedOrigins !== null) this.#allowedOrigin = headers.origin ?? null
    if (!jsonType.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
      return this.refuse({ code: 'unsupported_media_type', message: 'Send the body as application/json in UTF-8.' })
    }
    let body: Buffer
    try {
      body = await readBody(this.#req, bodyLimitBytes)
    } catch (error) {
      if (error instanceof BodyTooLarge)
        return this.refuse({ code: 'body_too_large', message: 'The body is larger than 64 KB.' })
      if (error instanceof RequestAborted) return
      throw error
    }
    try {
      const result = await createToken(body, key, this.#caller(), this.#parts)
      if ('problem' in result) return this.refuse(result.problem)
      this.#send(201, {}, tokenText(result.created, key))
    } finally {
      body.fill(0)
    }
  }

  #caller(): TokenCaller {
    const { headers, socket } = this.#req
    const answer = headers[challengeAnswerHeader]
    return {
      address: this.#parts.callerAddress(socket.remoteAddress, headers['x-forwarded-for']),
      answer: typeof answer === 'string' ? answer : undefined,
    }
  }

  async #readiness(): Promise<void> {
    const waitingFor = await this.#parts.health.waitingFor()
    this.#send(
      waitingFor.length === 0 ? 200 : 503,
      {},
      JSON.stringify({ status: waitingFor.length === 0 ? 'ready' : 'not_ready', waiting_for: waitingFor }),
    )
  }

  refuse(problem: Problem): void {
    const { retryAfterSeconds } = problem
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    // What is left of a body that nobody reads must not be taken for the next request.
    if (!this.#req.complete) headers.connection = 'close'
    this.#parts.metrics.tokenRefusals.add({ code: problem.code })
    dropBody(this.#req)
    this.#send(statusOf(problem.code), headers, renderProblem(problem, this.#requestId, this.#parts.docs))
  }

  fail(error: unknown): void {
    this.#parts.log.error('request failed', { requestId: this.#requestId, route: 'public', error })
    if (this.#res.headersSent) this.#res.destroy()
    else this.refuse({ code: 'internal_error', message: 'Something failed on our side. Repeat the request.' })
  }

  #send(status: number, headers: Record<string, string>, body: string): void {
    const { metrics, clock } = this.#parts
    if (this.#req.method === 'POST') {
      metrics.tokenSeconds.observe({ status: String(status) }, (clock.monotonicMs() - this.#startedMs) / 1000)
    }
    const cors: Record<string, string> =
      this.#allowedOrigin === null ? {} : { 'access-control-allow-origin': this.#allowedOrigin }
    if (this.#allowedOrigin !== '*') cors.vary = 'Origin'
    // RFC 9110 §8.6: no length with 204.
    const content = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    }
    this.#res.writeHead(status, {
      ...(status === 204 ? {} : content),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': this.#requestId,
      'access-control-expose-headers': 'X-Request-Id, Retry-After',
      ...cors,
      ...headers,
    })
    this.#res.end(body)
  }
}

function tokenText({ token, face, createdAtMs, expiresAtMs }: CreatedToken, key: ProjectedKey): string {
  return JSON.stringify({
    id: token,
    card: {
      bin: face.bin,
      last4: face.last4,
      brand: face.brand,
      exp_month: face.expMonth,
      exp_year: face.expYear,
    },
    connector_id: key.connectorId,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: new Date(expiresAtMs).toISOString(),
  })
}
