import type { Clock } from '@tessera/lib/clock'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, MerchantDirectory } from '../core/merchants/merchant.ts'
import { authenticate } from './authentication.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import { type HttpProblem, RequestRefused } from './problem.ts'
import { createRateLimiter, type RateLimit } from './rate-limit.ts'
import type { RequestRecord } from './request-record.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
    /** Why this caller gets no further. Told after its body was searched for card data. */
    refused: HttpProblem | null
  }
}

export interface AdmissionParts {
  dialects: readonly Dialect[]
  directory: MerchantDirectory
  clock: Clock
  record: RequestRecord
  headers: Readonly<Record<string, string>>
  rateLimit: RateLimit
  inFlightMax: number
}

/** What happens to every request before its handler: recorded, counted, limited, and its caller found. */
export function admitRequests(app: FastifyInstance, parts: AdmissionParts): void {
  const { dialects, directory, clock, record, headers, rateLimit, inFlightMax } = parts
  const limiter = createRateLimiter(rateLimit, clock)
  app.decorateRequest('caller', null)
  app.decorateRequest('refused', null)

  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`${route.method} ${route.url} does not say who may call it`)
  })

  app.addHook('onRequest', (request, reply, done) => {
    record.begin(request, reply)
    reply.headers(headers)
    reply.header('x-request-id', request.id)
    if (!hasHost(request)) return done(new RequestRefused({ problem: 'malformed_request' }))
    const access = request.routeOptions.config.access
    if (access === 'public') return done()
    if (record.inFlight > inFlightMax) return done(new RequestRefused({ problem: 'overloaded', nothingSent: true }))
    if (access === undefined) return done()
    const keyText = dialectOf(dialects, request.url).keyText(request.headers)
    const { caller, problem } = authenticate(directory, keyText, access, clock.now())
    request.caller = caller
    request.refused = problem
    if (caller === null) return done()
    const retryAfterSeconds = limiter.take(`${caller.merchant.merchantId}/${caller.keyId}`)
    if (retryAfterSeconds === 0) return done()
    tellLimit(reply, rateLimit, retryAfterSeconds)
    done(new RequestRefused({ problem: 'rate_limited', retryAfterSeconds }))
  })

  app.addHook('preValidation', (request, _reply, done) => {
    if (request.refused === null) return done()
    done(new RequestRefused(request.refused))
  })
}

/** RFC 9112 section 3.2. */
function hasHost({ raw }: FastifyRequest): boolean {
  return raw.headers.host !== undefined || raw.httpVersion === '1.0'
}

/** The caller of a route that asks for a scope. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error(`${request.routeOptions.url} was reached without a caller`)
  return request.caller
}

function tellLimit(reply: FastifyReply, limit: RateLimit, resetSeconds: number): void {
  reply.header('ratelimit-limit', limit.perSecond)
  reply.header('ratelimit-remaining', 0)
  reply.header('ratelimit-reset', resetSeconds)
}
