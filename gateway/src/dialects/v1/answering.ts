import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answered } from '../../core/payments/payments.ts'
import type { StoredAnswer } from '../../core/ports/payment-store.ts'
import type { Refusal, Result } from '../../core/refusals.ts'
import { sendAnswer } from '../../http/server.ts'
import { ofRefusal, renderError } from './errors.ts'
import type { AnswerOrigin } from './present-failure.ts'
import type { Presented } from './present-payment.ts'

/** How the routes of this API answer: JSON text, refusals in the API's own words. */
export interface Answering {
  /** Where an answer is made, for errors inside it. */
  origin(request: FastifyRequest): AnswerOrigin
  json(reply: FastifyReply, status: number, body: object): FastifyReply
  refusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply
  /** The answer to a payment write: perhaps the first answer to the same request, byte for byte. */
  written(request: FastifyRequest, reply: FastifyReply, result: Result<Answered>): FastifyReply
}

export function createAnswering(docs: string): Answering {
  const refusal: Answering['refusal'] = (request, reply, one) =>
    sendAnswer(reply, renderError(ofRefusal(one), request.id, docs))
  return {
    origin: (request) => ({ requestId: request.id, docs }),
    json: (reply, status, body) => sendAnswer(reply, { status, headers: noHeaders, body: JSON.stringify(body) }),
    refusal,
    written(request, reply, result) {
      if (!result.ok) return refusal(request, reply, result.refusal)
      const { answer, replayed, acquirerMs } = result.value
      if (replayed) reply.header('idempotent-replayed', 'true')
      if (acquirerMs > 0) reply.header('server-timing', `acquirer;dur=${acquirerMs.toFixed(1)}`)
      return sendAnswer(reply, { ...answer, headers: noHeaders })
    },
  }
}

const noHeaders = {}

/** As the engine stores it for a repeated request. */
export function stored({ status, body }: Presented<object>): StoredAnswer {
  return { status, body: JSON.stringify(body) }
}
