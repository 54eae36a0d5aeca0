import { type TSchema, Type } from 'typebox'
import { named } from './schema.ts'

export const ErrorWire = named(
  'Error',
  Type.Object(
    {
      statusCode: Type.Integer(),
      message: Type.Union([Type.String(), Type.Array(Type.String())], {
        description: 'A list for a body that is not valid: each text begins with the property at fault.',
      }),
      error: Type.String({ description: 'The reason phrase of the status.' }),
    },
    {
      examples: [
        {
          statusCode: 400,
          message: [
            'products should not be empty',
            'currency must be one of the following values: EUR, USD, GBP',
            'customerEmail must be an email',
          ],
          error: 'Bad Request',
        },
      ],
    },
  ),
)

/** For the document alone: the key is read by `http/idempotency.ts`. */
export const idempotencyKeyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Repeating a request with its key gives the first answer again, byte for byte. Kept for 30 days.',
    }),
  ),
})

const meanings = {
  200: 'Done.',
  201: 'Done.',
  400: 'Refused: the request is not valid, or cannot be done now.',
  401: 'The key is missing, malformed, unknown, revoked or expired.',
  403: 'The key or the account may not do this.',
  404: "There is no such object, or it is another merchant's or of the other mode.",
  409: 'The first request with this Idempotency-Key is still running.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'This key sends more requests than it may.',
  500: 'Something failed on our side.',
  503: 'Too busy, or a part is away.',
}
type Status = keyof typeof meanings

const requestIdHeader = { 'X-Request-Id': { type: 'string', description: 'Names this request to the operator.' } }
const retryAfterHeader = { 'Retry-After': { type: 'integer', description: 'Seconds to wait.' } }
const replayHeader = { 'Idempotent-Replayed': { type: 'string', description: 'true on a repeated answer.' } }
const withRetryAfter: readonly Status[] = [409, 429, 503]

/** Answers that any call with a key can get. */
const everywhere = [401, 403, 429, 500, 503] as const

/** What `answersOf` gives; the framework passes it on to the document as it is. */
export interface AnswerDocument {
  description: string
  headers: object
  content: { 'application/json': { schema: TSchema } }
}

/** The answers of a route: its own, the errors that it alone can give, and those of every route. */
export function answersOf(
  own: Partial<Record<200 | 201, TSchema>>,
  ...errors: (400 | 404 | 409)[]
): Record<number, AnswerDocument> {
  const answers: Record<number, AnswerDocument> = {}
  const withBody = errors.includes(400) ? ([413, 415] as const) : []
  for (const status of [...errors, ...everywhere, ...withBody]) answers[status] = answerOf(status, ErrorWire)
  for (const [text, schema] of Object.entries(own)) {
    answers[Number(text)] = answerOf(Number(text) as Status, schema, errors.includes(409))
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
