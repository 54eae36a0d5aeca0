import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { KeyBook } from '../keys/key-book.ts'
import type { Problem } from './problem.ts'
import type { RateLimiter } from './rate-limit.ts'

export type Admission = { admitted: true; key: ProjectedKey } | { admitted: false; problem: Problem; mayRead: boolean }

const bearer = /^Bearer +([\x21-\x7e]{8,200})$/i
const tokenScopes = new Set(['tokens:write', '*'])

const unauthorized: Problem = {
  code: 'unauthorized',
  message: 'The key is missing, malformed, unknown, revoked or expired. Send `Authorization: Bearer pk_…`.',
}
const stale: Problem = {
  code: 'overloaded',
  message: 'The vault does not know the keys at the moment. Repeat the request.',
  retryAfterSeconds: 1,
}

/**
 * Who may create a token: a publishable key, or a secret key with the scope. `mayRead` says whether a page of the
 * calling origin may see the refusal.
 */
export function admit(
  headers: IncomingHttpHeaders,
  parts: { keys: KeyBook; limiter: RateLimiter; clock: Clock },
): Admission {
  const refuse = (problem: Problem, mayRead = true): Admission => ({ admitted: false, problem, mayRead })
  const text = bearer.exec(headers.authorization ?? '')?.[1]
  if (text === undefined) return refuse(unauthorized)
  const lookup = parts.keys.find(hash('sha256', text))
  if (lookup.found === 'stale') return refuse(stale)
  if (lookup.found === 'unknown') return refuse(unauthorized)
  const { key } = lookup
  if (key.expiresAtMs !== null && key.expiresAtMs <= parts.clock.now()) return refuse(unauthorized)
  if (!isAllowedOrigin(key, headers)) {
    const message = 'This key may not be used from this origin. Add the origin to the key in the dashboard.'
    return refuse({ code: 'forbidden', message }, false)
  }
  if (key.kind === 'secret' && !key.scopes.some((scope) => tokenScopes.has(scope))) {
    return refuse({ code: 'forbidden', message: 'This key lacks the scope tokens:write.' })
  }
  if (!key.merchantActive) {
    return refuse({ code: 'merchant_not_active', message: 'The merchant of this key is switched off.' })
  }
  const retryAfterSeconds = parts.limiter.take(key.hash)
  if (retryAfterSeconds > 0) {
    return refuse({ code: 'rate_limited', message: 'This key sends more requests than it may.', retryAfterSeconds })
  }
  return { admitted: true, key }
}

/** Only browsers name their origin; it narrows where a public key works and proves nothing. */
function isAllowedOrigin(key: ProjectedKey, { origin, host }: IncomingHttpHeaders): boolean {
  if (key.allowedOrigins === null || origin === undefined || key.allowedOrigins.includes(origin)) return true
  // Our own card fields, which only pages of these origins hold (`browser/frame-ancestors.ts`).
  return origin === `https://${host}` || origin === `http://${host}`
}
