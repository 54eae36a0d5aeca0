import { type TSchema, Type } from 'typebox'
import type { ErrorType } from './catalogue.ts'
import { errorCodes } from './catalogue.ts'
import { named, oneOf } from './schema.ts'

const errorTypes: readonly ErrorType[] = ['authentication_error', 'invalid_request_error', 'payment_error', 'api_error']

export const ErrorWire = named(
  'Error',
  Type.Object({
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
  }),
)

/** For the document alone: the keys are read by `idempotency.ts`. */
export const idempotencyKeyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Repeating a request with its key gives the first answer again, byte for byte. Kept for 30 days.',
    }),
  ),
})

/** Answers that any call with a key can get. */
const everywhere = [401, 403, 429, 500, 503] as const

/**
 * The answers of a route: its own, the errors that it alone can give, and those of every route. A failed payment shares 400
 * with malformed requests.
 */
export function answersOf(
  own: Record<number, TSchema>,
  ...errors: (400 | 404 | 409 | 413 | 415)[]
): Record<number, TSchema> {
  const answers: Record<number, TSchema> = {}
  for (const status of [...errors, ...everywhere]) answers[status] = ErrorWire
  for (const [status, schema] of Object.entries(own)) {
    answers[Number(status)] = Number(status) === 400 ? Type.Union([schema, ErrorWire]) : schema
  }
  return answers
}
