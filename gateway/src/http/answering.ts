import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RunKeyed } from '../core/idempotency/keyed-request.ts'
import type { Answered } from '../core/payments/payments.ts'
import type { StoredAnswer } from '../core/ports/payment-store.ts'
import type { Refusal, Result } from '../core/refusals.ts'
import { callerOf } from './admission.ts'
import type { RenderedAnswer } from './dialect.ts'
import { claimOf, subjectOf } from './idempotency.ts'
import { sendAnswer } from './server.ts'

/** An answer before it is JSON text. */
export interface Presented<Body> {
  status: number
  body: Body
}

/** How the routes of a dialect answer: JSON text, refusals in the dialect's own words. */
export interface Answering {
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

export function createAnswering(
  renderRefusal: (refusal: Refusal, requestId: string) => RenderedAnswer,
  runKeyed: RunKeyed,
): Answering {
  const refusal: Answering['refusal'] = (request, reply, one) => sendAnswer(reply, renderRefusal(one, request.id))
  const written: Answering['written'] = (request, reply, result) => {
    if (!result.ok) return refusal(request, reply, result.refusal)
    const { answer, replayed, acquirerMs } = result.value
    if (replayed) reply.header('idempotent-replayed', 'true')
    if (acquirerMs > 0) reply.header('server-timing', `acquirer;dur=${acquirerMs.toFixed(1)}`)
    return sendAnswer(reply, { ...answer, headers: noHeaders })
  }
  return {
    json: (reply, status, body) => sendAnswer(reply, { status, headers: noHeaders, body: JSON.stringify(body) }),
    refusal,
    written,
    async once(request, reply, { perform, present, holdsSecret = false }) {
      const result = await runKeyed(callerOf(request), claimOf(request, subjectOf(request)), async () => {
        const done = await perform()
        return done.ok ? { ok: true, value: { ...stored(present(done.value)), holdsSecret } } : done
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
