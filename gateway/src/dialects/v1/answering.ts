import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RunKeyed } from '../../core/idempotency/keyed-request.ts'
import type { Answered } from '../../core/payments/payments.ts'
import type { StoredAnswer } from '../../core/ports/payment-store.ts'
import { accept, type Refusal, type Result } from '../../core/refusals.ts'
import { callerOf } from '../../http/admission.ts'
import { sendAnswer } from '../../http/server.ts'
import { ofRefusal, renderError } from './errors.ts'
import { claimOf, subjectOf } from './idempotency.ts'
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
  /** Performs any other POST, once for its `Idempotency-Key`, and answers. */
  once<T>(request: FastifyRequest, reply: FastifyReply, call: OnceCall<T>): Promise<FastifyReply>
}

export interface OnceCall<T> {
  perform(): Promise<Result<T>>
  present(value: T): Presented<object>
  /** The answer is kept sealed for its repetition. */
  holdsSecret?: boolean
}

export function createAnswering(docs: string, runKeyed: RunKeyed): Answering {
  const refusal: Answering['refusal'] = (request, reply, one) =>
    sendAnswer(reply, renderError(ofRefusal(one), request.id, docs))
  const written: Answering['written'] = (request, reply, result) => {
    if (!result.ok) return refusal(request, reply, result.refusal)
    const { answer, replayed, acquirerMs } = result.value
    if (replayed) reply.header('idempotent-replayed', 'true')
    if (acquirerMs > 0) reply.header('server-timing', `acquirer;dur=${acquirerMs.toFixed(1)}`)
    return sendAnswer(reply, { ...answer, headers: noHeaders })
  }
  return {
    origin: (request) => ({ requestId: request.id, docs }),
    json: (reply, status, body) => sendAnswer(reply, { status, headers: noHeaders, body: JSON.stringify(body) }),
    refusal,
    written,
    async once(request, reply, { perform, present, holdsSecret = false }) {
      const result = await runKeyed(callerOf(request), claimOf(request, subjectOf(request)), async () => {
        const done = await perform()
        return done.ok ? accept({ ...stored(present(done.value)), holdsSecret }) : done
      })
      return written(request, reply, result)
    },
  }
}

const noHeaders = {}

/** As the engine stores it for a repeated request. */
export function stored({ status, body }: Presented<object>): StoredAnswer {
  return { status, body: JSON.stringify(body) }
}
