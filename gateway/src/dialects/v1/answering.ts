import type { FastifyRequest } from 'fastify'
import type { RunKeyed } from '../../core/idempotency/keyed-request.ts'
import { type Answering as AnyAnswering, createAnswering as createAnyAnswering } from '../../http/answering.ts'
import { ofRefusal, renderError } from './errors.ts'
import type { AnswerOrigin } from './present-failure.ts'

/** How the routes of this API answer. */
export interface Answering extends AnyAnswering {
  /** Where an answer is made, for errors inside it. */
  origin(request: FastifyRequest): AnswerOrigin
}

export function createAnswering(docs: string, runKeyed: RunKeyed): Answering {
  return {
    ...createAnyAnswering((refusal, requestId) => renderError(ofRefusal(refusal), requestId, docs), runKeyed),
    origin: (request) => ({ requestId: request.id, docs }),
  }
}
