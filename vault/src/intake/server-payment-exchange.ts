import type { IncomingMessage, ServerResponse } from 'node:http'
import { BodyTooLarge, dropBody, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import type { Owner } from '../cards/card-safe.ts'
import type { KeyBook } from '../keys/key-book.ts'
import type { VaultMetrics } from '../metrics.ts'
import type { Relay, RelayReply } from '../relay/relay.ts'
import type { DiscardToken } from '../store/discards.ts'
import type { RateLimiter } from './rate-limit.ts'
import { type ServerPaymentParts, stripCard } from './server-payment.ts'
import { admitServerPayment } from './server-payment-admission.ts'
import * as problems from './server-payment-problem.ts'
import { renderServerPaymentProblem, type ServerPaymentProblem } from './server-payment-problem.ts'

export interface ServerPaymentExchangeParts extends ServerPaymentParts {
  keys: KeyBook
  limiter: RateLimiter
  relay: Relay
  discardToken: DiscardToken
  log: Logger
  metrics: VaultMetrics
}

const bodyLimitBytes = 64 * 1024
const jsonType = /^application\/json *(; *charset *= *"?utf-8"?)? *$/i
/** What the gateway's answer may say besides its body; all else is between the gateway and the vault. */
const toldHeaders = [
  'content-type',
  'x-request-id',
  'idempotent-replayed',
  'retry-after',
  'server-timing',
  'x-ignored-fields',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
]

/** `POST /api/server/payment`: takes the card out of the request and passes on the rest. No browser is to call it. */
export class ServerPaymentExchange {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #parts: ServerPaymentExchangeParts
  readonly #requestId: string
  readonly #startedMs: number

  constructor(req: IncomingMessage, res: ServerResponse, parts: ServerPaymentExchangeParts) {
    this.#req = req
    this.#res = res
    this.#parts = parts
    this.#requestId = `rq_${parts.ids.random()}`
    this.#startedMs = parts.clock.monotonicMs()
  }

  async answer(): Promise<void> {
    const { method, headers, httpVersion } = this.#req
    // RFC 9112 section 3.2.
    if (headers.host === undefined && httpVersion !== '1.0') return this.#refuse(problems.notARequest)
    if (method !== 'POST' || !isServerPayment(this.#req)) return this.#refuse(problems.noSuchCall)
    const admission = admitServerPayment(headers, this.#parts)
    if (!admission.admitted) return this.#refuse(admission.problem)
    if (!jsonType.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
      return this.#refuse(problems.notJson)
    }
    const stripped = await this.#readAndStrip(admission.key)
    if (stripped === null) return
    if ('problem' in stripped) return this.#refuse(stripped.problem)
    const { body, token, isSigned } = stripped
    const reply = await this.#parts.relay.pass({ body, isSigned, headers: admission.headers })
    if (token !== null) await this.#discardUnused(admission.key, token, reply)
    this.#tell(reply)
  }

  turnAway(): void {
    this.#refuse(problems.busy)
  }

  fail(error: unknown): void {
    this.#parts.log.error('request failed', { requestId: this.#requestId, route: 'server-payment', error })
    if (this.#res.headersSent) this.#res.destroy()
    else this.#refuse(problems.internal)
  }

  /** Null when the caller went away. What was received is wiped before anything is passed on. */
  async #readAndStrip(key: Parameters<typeof stripCard>[1]) {
    let body: Buffer
    try {
      body = await readBody(this.#req, bodyLimitBytes)
    } catch (error) {
      if (error instanceof BodyTooLarge) return { problem: problems.tooLarge }
      if (error instanceof RequestAborted) return null
      throw error
    }
    try {
      return await stripCard(body, key, this.#parts)
    } finally {
      body.fill(0)
    }
  }

  async #discardUnused(owner: Owner, token: string, reply: RelayReply): Promise<void> {
    if (reply.outcome === 'unknown' || (reply.outcome === 'answered' && reply.verdict === undefined)) return
    await this.#parts.discardToken(owner, token).catch((error: unknown) => {
      // It ends with its 30 minutes.
      this.#parts.log.warn('a spare token could not be discarded', { requestId: this.#requestId, error })
    })
  }

  #tell(reply: RelayReply): void {
    this.#parts.metrics.relays.add({ outcome: reply.outcome === 'unknown' ? reply.reason : reply.outcome })
    if (reply.outcome !== 'answered') {
      this.#refuse(this.#problemOf(reply))
    } else if (reply.verdict === 'refused') {
      const hint =
        'the gateway does not accept what the vault passes on; look at clocks and TESSERA_INTERNAL_SECRET_FILE'
      this.#parts.log.error(hint, { requestId: this.#requestId })
      this.#refuse(problems.notSent)
    } else {
      const told = toldHeaders.flatMap((name) =>
        typeof reply.headers[name] === 'string' ? [[name, reply.headers[name]]] : [],
      )
      this.#send(reply.status, Object.fromEntries(told), reply.body)
    }
  }

  #problemOf(reply: Exclude<RelayReply, { outcome: 'answered' }>): ServerPaymentProblem {
    if (reply.outcome === 'not_sent') return problems.notSent
    this.#parts.log.warn('the gateway left a payment unanswered', { requestId: this.#requestId, reason: reply.reason })
    return reply.reason === 'timeout' ? problems.noAnswer : problems.brokenAnswer
  }

  #refuse(problem: ServerPaymentProblem): void {
    const { retryAfterSeconds } = problem
    const headers: Record<string, string> = {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': this.#requestId,
    }
    if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
    // What is left of a body that nobody reads must not be taken for the next request.
    if (!this.#req.complete) headers.connection = 'close'
    dropBody(this.#req)
    this.#send(problem.status, headers, Buffer.from(renderServerPaymentProblem(problem)))
  }

  #send(status: number, headers: Record<string, string>, body: Buffer): void {
    const { metrics, clock } = this.#parts
    metrics.serverPaymentSeconds.observe({ status: String(status) }, (clock.monotonicMs() - this.#startedMs) / 1000)
    this.#res.writeHead(status, {
      ...headers,
      'content-length': String(body.length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    // As a text it leaves together with the head, in one call to the system.
    this.#res.end(body.toString('latin1'), 'latin1')
  }
}

/** Whether a request is one of this API. */
export function isOfServerPayments({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/api/')
}

function isServerPayment({ url = '' }: IncomingMessage): boolean {
  return url === '/api/server/payment' || url.startsWith('/api/server/payment?')
}
