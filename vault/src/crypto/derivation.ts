import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

export function hmacSha256(key: KeyObject, ...parts: Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** HKDF-SHA-256 (RFC 5869). */
export function hkdfSha256(secret: KeyObject, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length))
}

/** A 256-bit key of its own for each `info`: one secret is never used for two purposes. */
export function derivedKey(secret: KeyObject, info: string): KeyObject {
  const bytes = hkdfSha256(secret, new Uint8Array(0), Buffer.from(info), 32)
  try {
    return createSecretKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
