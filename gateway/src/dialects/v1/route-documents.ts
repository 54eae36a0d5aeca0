import { type TSchema, Type } from 'typebox'
import { oneOf } from '../../http/wire-schema.ts'
import type { ErrorType } from './catalogue.ts'
import { errorCodes } from './catalogue.ts'
import { named } from './schema.ts'

const errorTypes: readonly ErrorType[] = ['authentication_error', 'invalid_request_error', 'payment_error', 'api_error']

export const ErrorWire = named(
  'Error',
  Type.Object(
    {
      error: Type.Object({
        type: oneOf(errorTypes),
        code: oneOf(errorCodes),
        message: Type.String(),
        param: Type.Optional(Type.String({ description: 'The field at fault.' })),
        details: Type.Optional(
          Type.Array(Type.Object({ param: Type.String(), message: Type.String() }), {
            description: 'Every fault of the body.',
          }),
        ),
        request_id: Type.String(),
        doc_url: Type.String(),
      }),
    },
    {
      examples: [
        {
          error: {
            type: 'invalid_request_error',
            code: 'validation_error',
            message: 'currency is required.',
            param: 'currency',
            details: [{ param: 'currency', message: 'currency is required.' }],
            request_id: 'rq_5x1v7f0k9m2n4p6r8t0w1y3z5a',
            doc_url: 'http://127.0.0.1:8080/docs/errors#validation_error',
          },
        },
      ],
    },
  ),
)

/** For the document alone: the key is read by `idempotency.ts`. */
export const idempotencyKeyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Repeating a request with its key gives the first answer again, byte for byte. Kept for 30 days.',
    }),
  ),
})

type Status = 200 | 201 | 202 | 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503

const meanings: Record<Status, string> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted; the outcome is not known yet.',
  400: 'Refused: the request is not valid, or cannot be done now.',
  401: 'The key is missing, malformed, unknown, revoked or expired.',
  403: 'The key may not do this.',
  404: "There is no such object, or it is another merchant's or of the other mode.",
  409: 'The first request with this Idempotency-Key is still running.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'This key sends more requests than it may.',
  500: 'Something failed on our side.',
  503: 'Too busy, or a part is away.',
}

const requestIdHeader = { 'X-Request-Id': { type: 'string', description: 'Names this request to the operator.' } }
const retryAfterHeader = { 'Retry-After': { type: 'integer', description: 'Seconds to wait.' } }
const replayHeader = { 'Idempotent-Replayed': { type: 'string', description: 'true on a repeated answer.' } }

/** Answers that any call with a key can get. */
const everywhere = [401, 403, 429, 500, 503] as const
const withRetryAfter: readonly number[] = [409, 429, 503]

/** What `answersOf` gives; the framework passes it on to the document as it is. */
export interface AnswerDocument {
  description: string
  headers: object
  content: { 'application/json': { schema: TSchema } }
}

/**
 * The answers of a route: its own, the errors that it alone can give, and those of every route. A failed payment shares 400
 * with malformed requests.
 */
export function answersOf(
  own: Partial<Record<Status, TSchema>>,
  ...errors: (400 | 404 | 409)[]
): Record<number, AnswerDocument> {
  const answers: Record<number, AnswerDocument> = {}
  const hasBody = errors.includes(400) || own[400] !== undefined
  for (const status of [...errors, ...everywhere, ...(hasBody ? ([413, 415] as const) : [])]) {
    answers[status] = answerOf(status, ErrorWire)
  }
  for (const [text, schema] of Object.entries(own)) {
    const status = Number(text) as Status
    answers[status] = answerOf(status, status === 400 ? Type.Union([schema, ErrorWire]) : schema, errors.includes(409))
  }
  return answers
}

function answerOf(status: Status, schema: TSchema, isRepeatable = false): AnswerDocument {
  const headers = {
    ...requestIdHeader,
    ...(withRetryAfter.includes(status) ? retryAfterHeader : {}),
    ...(isRepeatable ? replayHeader : {}),
  }
  return { description: meanings[status], headers, content: { 'application/json': { schema } } }
}
