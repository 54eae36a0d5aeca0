import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/**
 * Authentication of gateway → vault calls: HMAC-SHA256 under a shared key over method, path, time, nonce and the
 * body's digest. Fresh for 30 s; the receiver keeps the nonces of that window and refuses a second use.
 */
const scheme = 'Tessera-HMAC-SHA256'
export const signatureWindowMs = 30_000

export interface SignedParts {
  method: string
  path: string
  body: Uint8Array
  timestampMs: number
  /** 16 random bytes, base64url. */
  nonce: string
}

function macOf(key: KeyObject, parts: SignedParts): Buffer {
  const digest = hash('sha256', parts.body, 'base64url')
  return createHmac('sha256', key)
    .update(`${parts.method}\n${parts.path}\n${parts.timestampMs}\n${parts.nonce}\n${digest}`)
    .digest()
}

/** Returns the value of the `authorization` header. */
export function signInternalCall(key: KeyObject, parts: SignedParts): string {
  return `${scheme} ${parts.timestampMs}.${parts.nonce}.${macOf(key, parts).toString('base64url')}`
}

export type SignatureVerdict =
  | { valid: true; nonce: string; timestampMs: number }
  | { valid: false; reason: 'missing' | 'malformed' | 'stale' | 'mismatch' }

const headerShape = /^Tessera-HMAC-SHA256 (\d{13})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** Checks form, age and MAC. The caller must still refuse a nonce that it has seen. */
export function verifyInternalCall(
  key: KeyObject,
  header: string | undefined,
  request: { method: string; path: string; body: Uint8Array },
  nowMs: number,
): SignatureVerdict {
  if (header === undefined) return { valid: false, reason: 'missing' }
  const match = headerShape.exec(header)
  if (match === null) return { valid: false, reason: 'malformed' }
  const timestampMs = Number(match[1])
  const nonce = match[2] as string
  if (Math.abs(nowMs - timestampMs) > signatureWindowMs) return { valid: false, reason: 'stale' }
  const expected = macOf(key, { ...request, timestampMs, nonce })
  const given = Buffer.from(match[3] as string, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { valid: false, reason: 'mismatch' }
  return { valid: true, nonce, timestampMs }
}
