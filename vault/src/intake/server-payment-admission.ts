import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { holdsCardNumber } from '@tessera/contracts/card-brands'
import type { ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { KeyBook } from '../keys/key-book.ts'
import type { RateLimiter } from './rate-limit.ts'
import { busy, type ServerPaymentProblem, unauthorized } from './server-payment-problem.ts'

export type ServerPaymentAdmission =
  | { admitted: true; key: ProjectedKey; headers: Record<string, string> }
  | { admitted: false; problem: ServerPaymentProblem }

const keyHeader = 'x-inflow-api-key'
/** Of the browser SDK: read, so that whoever sends it here learns that it may not be used. */
const publicKeyHeader = 'x-inflow-public-key'
const bearer = /^Bearer +([\x21-\x7e]{8,200})$/i
const keyText = /^[\x21-\x7e]{8,200}$/
const scopes = new Set(['payments:write', '*'])

/** Who may make a server payment: a secret key in either spelling, of a merchant for whom that is switched on. */
export function admitServerPayment(
  given: IncomingHttpHeaders,
  parts: { keys: KeyBook; limiter: RateLimiter; clock: Clock },
): ServerPaymentAdmission {
  const refuse = (problem: ServerPaymentProblem): ServerPaymentAdmission => ({ admitted: false, problem })
  const forbid = (message: string) => refuse({ status: 403, message })
  const text = keyOf(given)
  if (text === undefined) return refuse(unauthorized)
  const lookup = parts.keys.find(hash('sha256', canonicalSpelling(text)))
  if (lookup.found === 'stale') return refuse(busy)
  if (lookup.found === 'unknown') return refuse(unauthorized)
  const { key } = lookup
  if (key.expiresAtMs !== null && key.expiresAtMs <= parts.clock.now()) return refuse(unauthorized)
  if (key.kind !== 'secret') {
    return forbid('A public key may be used by the browser SDK only; send your private key as X-Inflow-Api-Key')
  }
  if (!key.merchantActive) return forbid('This account is switched off; please contact support')
  if (!key.scopes.some((scope) => scopes.has(scope))) return forbid('This key lacks the scope payments:write')
  if (!key.s2sEnabled) {
    return forbid('Not authorized to create payment, server to server payment not enabled, please contact support')
  }
  const retryAfterSeconds = parts.limiter.take(key.hash)
  if (retryAfterSeconds > 0) {
    const message = 'This key sends more requests than it may; wait as long as Retry-After says'
    return refuse({ status: 429, message, retryAfterSeconds })
  }
  const idempotencyKey = given['idempotency-key']
  const headers: Record<string, string> = { [keyHeader]: text }
  if (idempotencyKey === undefined) return { admitted: true, key, headers }
  // It would be stored in clear (PCI DSS 3.5.1).
  if (holdsCardNumber(Buffer.from(String(idempotencyKey)))) {
    return refuse({ status: 400, message: ['Idempotency-Key must not hold a card number; use a random value'] })
  }
  return { admitted: true, key, headers: { ...headers, 'idempotency-key': String(idempotencyKey) } }
}

function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const own = headers[keyHeader] ?? headers[publicKeyHeader]
  if (own === undefined) return bearer.exec(headers.authorization ?? '')?.[1]
  return typeof own === 'string' && keyText.test(own) ? own : undefined
}

/** Both spellings are one key, stored as the hash of this one. */
function canonicalSpelling(text: string): string {
  return text.replace(/^inflow_priv_/, 'tsk_').replace(/^inflow_pub_/, 'pk_')
}
