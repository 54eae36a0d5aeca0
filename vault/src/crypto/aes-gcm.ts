import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

/** AES-256-GCM with 96-bit nonces and 128-bit tags, and nothing else of what GCM allows (NIST SP 800-38D §8.2). */
export const nonceBytes = 12
export const tagBytes = 16

export class SealBroken extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(`a sealed value does not open: ${reason}`, options)
    this.name = 'SealBroken'
  }
}

/** Ciphertext, then tag, written to `target` from `offset`. */
export function encryptInto(
  target: Buffer,
  offset: number,
  key: KeyObject,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): void {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associatedData)
  cipher.update(plaintext).copy(target, offset)
  cipher.final()
  cipher.getAuthTag().copy(target, offset + plaintext.length)
}

/** The plaintext, in a buffer that the caller wipes. Throws SealBroken. */
export function decrypt(
  key: KeyObject,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  ciphertextAndTag: Uint8Array,
): Buffer {
  const split = ciphertextAndTag.length - tagBytes
  if (split < 0) throw new SealBroken('too short')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(ciphertextAndTag.subarray(split))
  const plaintext = decipher.update(ciphertextAndTag.subarray(0, split))
  try {
    decipher.final()
  } catch (cause) {
    plaintext.fill(0)
    throw new SealBroken('the tag does not match', { cause })
  }
  return plaintext
}
