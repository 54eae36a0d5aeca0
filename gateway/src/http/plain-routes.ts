import { holdsCardNumber } from '@tessera/contracts/card-brands'
import { BodyTooLarge, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PlainAnswer, PlainRefusal, PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import { holdsCardFields, holdsNumberAnywhere } from './card-scan.ts'
import { percentDecoded } from './percent-decoding.ts'
import { createReadBuffer, type ReadBuffer } from './read-buffer.ts'

/**
 * Adds routes whose bodies are no JSON of an API. Their bodies too are bounded, searched for card data while they are bytes,
 * and wiped; the route itself words every refusal.
 */
export function addPlainRoutes(
  app: FastifyInstance,
  routes: readonly PlainRoute[],
  parts: { limitBytes: number; log: Logger },
): void {
  const readBuffer = createReadBuffer()
  app.addHook('onClose', async () => readBuffer.close())
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request: FastifyRequest, payload: FastifyRequest['raw']) =>
      readBody(payload, parts.limitBytes),
    )
    for (const route of routes) addRoute(scope, route, { ...parts, readBuffer })
  })
}

function addRoute(
  scope: FastifyInstance,
  route: PlainRoute,
  { log, readBuffer }: { log: Logger; readBuffer: ReadBuffer },
): void {
  scope.route({
    method: route.method,
    url: route.path,
    config: { access: 'public' },
    schema: { hide: true },
    async handler(request, reply) {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const about = describe(request)
      try {
        if (holdsCard(body, request)) {
          readBuffer.cover()
          return send(reply, route.refuse('card_data', about))
        }
        return send(reply, await route.answer({ ...about, body }))
      } finally {
        body.fill(0)
      }
    },
    errorHandler(error, request, reply) {
      const why: PlainRefusal = (error as unknown) instanceof BodyTooLarge ? 'too_large' : 'failed'
      if (why === 'too_large') reply.header('connection', 'close')
      else log.error('request failed', { requestId: request.id, error })
      send(reply, route.refuse(why, describe(request)))
    },
  })
}

/** JSON has names to look for, and ids that look like numbers; a form has neither. */
function holdsCard(body: Buffer, { headers }: FastifyRequest): boolean {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '')
  return holdsCardFields(body) || (!isJson && formHoldsNumber(body))
}

/** A number as the reader of the form will see it, with whatever stands between its digits (PCI DSS 3.5.1). */
function formHoldsNumber(body: Buffer): boolean {
  const text = percentDecoded(body)
  try {
    return holdsNumberAnywhere(text) || holdsCardNumber(text)
  } finally {
    text.fill(0)
  }
}

function describe(request: FastifyRequest): Omit<PlainRequest, 'body'> {
  return {
    params: request.params as Record<string, string>,
    headers: request.headers,
    remoteAddress: request.raw.socket.remoteAddress ?? null,
  }
}

function send(reply: FastifyReply, answer: PlainAnswer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body)
}
