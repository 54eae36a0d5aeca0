import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { MetricsRegistry } from '@tessera/lib/metrics'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Requests being answered, and what is recorded of each when it ends, however it ends. */
export interface RequestRecord {
  readonly inFlight: number
  begin(request: FastifyRequest, reply: FastifyReply): void
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** As nginx logs a client that hung up before its answer; no such status is ever sent. */
const clientClosedRequest = 499

export function createRequestRecord(parts: { clock: Clock; log: Logger; metrics: MetricsRegistry }): RequestRecord {
  const { clock, log, metrics } = parts
  let inFlight = 0
  metrics.gauge('tessera_http_requests_in_flight', 'Requests being answered.', [], () => inFlight)
  const requests = metrics.counter('tessera_http_requests_total', 'Answered requests.', ['method', 'route', 'status'])
  const seconds = metrics.histogram(
    'tessera_http_request_duration_seconds',
    'Time from the end of the request headers to the end of the answer.',
    secondsBuckets,
    ['method', 'route'],
  )

  function end(request: FastifyRequest, reply: FastifyReply, startedMs: number): void {
    inFlight -= 1
    const route = request.routeOptions?.url ?? '(unknown)'
    const { method } = request
    const status = reply.raw.writableEnded ? reply.raw.statusCode : clientClosedRequest
    const durationMs = clock.monotonicMs() - startedMs
    requests.add({ method, route, status: String(status) })
    seconds.observe({ method, route }, durationMs / 1000)
    log.info('request', {
      requestId: request.id,
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 100) / 100,
      merchantId: request.caller?.merchant.merchantId,
      mode: request.caller?.mode,
      keyId: request.caller?.keyId,
    })
  }

  return {
    get inFlight() {
      return inFlight
    },
    begin(request, reply) {
      inFlight += 1
      const startedMs = clock.monotonicMs()
      reply.raw.once('close', () => end(request, reply, startedMs))
    },
  }
}
