import type { KeyObject } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Clock } from '@tessera/lib/clock'
import { afterAnswers, startServer, stopServer } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { MetricsRegistry } from '@tessera/lib/metrics'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { MerchantDirectory } from '../core/merchants/merchant.ts'
import { admitRequests } from './admission.ts'
import { answerClientError } from './client-error.ts'
import { type Dialect, dialectOf, type RenderedAnswer } from './dialect.ts'
import { problemOf } from './failure.ts'
import { addHealthRoutes } from './health.ts'
import type { RateLimit } from './rate-limit.ts'
import { createReadBuffer } from './read-buffer.ts'
import { acceptRelays } from './relay.ts'
import { readBodiesStrictly } from './request-body.ts'
import { createRequestRecord } from './request-record.ts'
import { securityHeaders } from './security-headers.ts'

export interface HttpLimits {
  bodyBytes: number
  /** Requests being answered at once; more are told to come back. */
  inFlight: number
  connections: number
  perKey: RateLimit
}

export const defaultHttpLimits: HttpLimits = {
  bodyBytes: 64 * 1024,
  inFlight: 1024,
  connections: 8192,
  perKey: { perSecond: 5_000, burst: 10_000 },
}

export interface HttpServerParts {
  /** The first one answers for paths that belong to none. */
  dialects: readonly Dialect[]
  directory: MerchantDirectory
  clock: Clock
  ids: Ids
  log: Logger
  metrics: MetricsRegistry
  limits: HttpLimits
  /** Where callers reach this gateway, and the vault, from outside. */
  publicUrl: string
  vaultPublicUrl: string
  /** Shared with the vault; absent where it passes no payments on. */
  internalSecret?: KeyObject
  /** Names what a payment would need and is not reachable. */
  checkReady: () => Promise<readonly string[]>
}

export interface HttpServer {
  /** For tests that inject requests, and for rooms that add pages. */
  app: FastifyInstance
  /** Resolves with the port that was bound. */
  listen(address: { host: string; port: number }): Promise<number>
  /** Takes no new connection, lets running requests end, and cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

const requestTimeoutMs = 30_000
const headersTimeoutMs = 10_000
/** Longer than the idle time-outs of common load balancers (60 s), so that a balancer never reuses a closing connection. */
const keepAliveTimeoutMs = 75_000
const timeoutCheckMs = 2_000
/** A customer's own id may be 255 characters, each of them percent-encoded. */
const pathParameterMax = 1024

export function buildServer(parts: HttpServerParts): HttpServer {
  const { dialects, ids, limits, log } = parts
  const headers = securityHeaders(parts.publicUrl)
  const record = createRequestRecord(parts)
  const newRequestId = () => `rq_${ids.random()}`

  const app = Fastify({
    logger: false,
    genReqId: newRequestId,
    requestIdHeader: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // A request without a host is refused by admission, so that it gets an answer in the shape of all others.
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: timeoutCheckMs, requireHostHeader: false },
    routerOptions: { maxParamLength: pathParameterMax },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    frameworkErrors(error, request, reply) {
      record.begin(request, reply)
      answerError(error, request, reply)
    },
    clientErrorHandler(error, socket) {
      const requestId = newRequestId()
      const answer = dialectOf(dialects, '/').render({ problem: 'malformed_request' }, requestId)
      const whole = { ...answer, headers: { ...headers, ...answer.headers, 'x-request-id': requestId } }
      afterAnswers(app.server, socket, () => answerClientError(error, socket, whole))
    },
  })
  app.server.maxConnections = limits.connections
  // RFC 9110 section 10.1.1 leaves it to the server whether an unknown expectation is refused; Node would do so in its own words.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.server.on('connection', wipeWhatWasRead)

  function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = problemOf(error)
    if (problem.problem === 'internal') log.error('request failed', { requestId: request.id, error })
    if (problem.problem === 'overloaded') log.warn('request turned away', { requestId: request.id, error })
    // What is left of a body that was refused is still on its way.
    if (problem.problem === 'body_too_large') reply.header('connection', 'close')
    reply.headers(headers).header('x-request-id', request.id)
    sendAnswer(reply, dialectOf(dialects, request.url).render(problem, request.id))
  }

  // Bodies are checked by forms and answers are JSON text already: the framework's schemas only document.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    sendAnswer(reply, dialectOf(dialects, request.url).render({ problem: 'route_not_found' }, request.id))
  })
  admitRequests(app, { ...parts, record, headers, rateLimit: limits.perKey, inFlightMax: limits.inFlight })
  const takeRelay = acceptRelays(app, { ...parts, secret: parts.internalSecret ?? null })
  const readBuffer = createReadBuffer()
  readBodiesStrictly(app, { ...parts, limitBytes: limits.bodyBytes, takeRelay, readBuffer })
  addHealthRoutes(app, parts.checkReady)
  for (const dialect of dialects) dialect.routes(app)

  return {
    app,
    async listen(address) {
      await app.ready()
      return startServer(app.server, address)
    },
    async stop(graceMs) {
      await stopServer(app.server, graceMs)
      readBuffer.close()
      await app.close()
    },
  }
}

/**
 * A card that came here by mistake would stay in the parser's own buffer until another request covers it. With a listener
 * the parser is handed what was read instead, and has copied bodies out of it by the time that this one runs.
 */
function wipeWhatWasRead(socket: Socket): void {
  socket.on('data', (piece: Buffer) => piece.fill(0))
}

/** Sends a rendered answer; its body is JSON text already. */
export function sendAnswer(reply: FastifyReply, answer: RenderedAnswer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).type('application/json; charset=utf-8').send(answer.body)
}
