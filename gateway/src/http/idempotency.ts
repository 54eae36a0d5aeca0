import { hash } from 'node:crypto'
import { holdsCardNumber } from '@tessera/contracts/card-brands'
import { canonicalJson } from '@tessera/lib/strict-json'
import type { FastifyRequest } from 'fastify'
import type { IdempotencyClaim } from '../core/ports/payment-store.ts'
import type { JsonObject } from './json-object.ts'
import { type Fault, RequestRefused } from './problem.ts'

const bareKey = /^[\x21-\x7e]{1,255}$/
/** The structured-field string of the IETF draft; ours holds no escapes. */
const quotedKey = /^"([\x21\x23-\x5b\x5d-\x7e]{1,255})"$/

/**
 * What the request's `Idempotency-Key` stands for, or null without one. `subject` is method and route with the object's own
 * id, so that one key cannot be used on two objects, while both spellings of one payment are the same. `compared` is what
 * makes two bodies the same request.
 */
export function claimOf(
  request: FastifyRequest,
  subject: string,
  compared: JsonObject = (request.body as JsonObject | undefined) ?? {},
): IdempotencyClaim | null {
  const header = request.headers['idempotency-key']
  if (header === undefined) return null
  const text = typeof header === 'string' ? header.trim() : ''
  const key = quotedKey.exec(text)?.[1] ?? (text.startsWith('"') ? undefined : bareKey.exec(text)?.[0])
  if (key === undefined) throw new RequestRefused({ problem: 'invalid', faults: [keyFault] })
  if (holdsCardNumber(Buffer.from(key))) throw new RequestRefused({ problem: 'invalid', faults: [cardFault] })
  return { key, fingerprint: hash('sha256', `${subject}\n${canonicalJson(compared)}`, 'hex') }
}

/** The subject of a request whose path has a single spelling. */
export function subjectOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url} ${canonicalJson(request.params as JsonObject)}`
}

const keyFault: Fault = {
  param: 'Idempotency-Key',
  message: 'Idempotency-Key must be 1 to 255 visible ASCII characters, bare or in double quotes.',
}

/** A key is stored in clear (PCI DSS 3.5.1). */
const cardFault: Fault = {
  param: 'Idempotency-Key',
  message: 'Idempotency-Key holds what looks like a card number. Use a random value, such as a UUID.',
}
