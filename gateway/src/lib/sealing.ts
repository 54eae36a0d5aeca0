import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Random } from '@tessera/lib/random'

/**
 * What a sealed text is and whose. Bound to the ciphertext, so that no row opens in another's place. A `stored_answer` is
 * the body of an answer that showed a secret, kept for the repetition of its request; an `authentication_value`, an issuer's proof.
 */
export interface SealedPlace {
  kind: 'webhook_secret' | 'return_signing_secret' | 'stored_answer' | 'authentication_value'
  merchantId: string
  recordId: string
}

/** Secrets that the gateway must use in clear, at rest in its database. Card data never passes through here. */
export interface Sealer {
  seal(text: string, place: SealedPlace): Buffer
  /** Throws SealBroken. */
  open(sealed: Buffer, place: SealedPlace): string
}

export class SealBroken extends Error {
  constructor(why: string, cause?: unknown) {
    super(`a sealed secret does not open: ${why}`, { cause })
    this.name = 'SealBroken'
  }
}

const keyBytes = 32
const formatVersion = 1
const keyIdBytes = 4
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + keyIdBytes

/**
 * AES-256-GCM. Sealed form: format version (1), key id (4), nonce (12), ciphertext, tag (16). The first key seals; all of
 * them open, so a key is rotated by putting the new one first. Each is 32 bytes.
 */
export function createSealer(options: { keys: readonly Buffer[]; random: Random }): Sealer {
  const keys = options.keys.map(namedKey)
  const [current] = keys
  if (current === undefined) throw new Error('sealing needs a key')

  return {
    seal(text, place) {
      const nonce = options.random.bytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: tagBytes })
      const head = Buffer.from([formatVersion, ...current.id])
      cipher.setAAD(associatedData(place, head))
      return Buffer.concat([head, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },

    open(sealed, place) {
      if (sealed.length < headBytes + nonceBytes + tagBytes) throw new SealBroken('too short')
      if (sealed[0] !== formatVersion) throw new SealBroken('unknown format version')
      const head = sealed.subarray(0, headBytes)
      const sealedWith = keys.find((each) => each.id.equals(head.subarray(1)))
      if (sealedWith === undefined) throw new SealBroken('sealed with a key that is not configured')
      const nonceEnd = headBytes + nonceBytes
      const tagStart = sealed.length - tagBytes
      const decipher = createDecipheriv('aes-256-gcm', sealedWith.key, sealed.subarray(headBytes, nonceEnd), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(associatedData(place, head))
      decipher.setAuthTag(sealed.subarray(tagStart))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceEnd, tagStart)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new SealBroken('altered, or of another place', cause)
      }
    },
  }
}

/** The id follows from the key, so that it needs no place to be kept; it tells nothing about the key. */
function namedKey(bytes: Buffer): { id: Buffer; key: KeyObject } {
  if (bytes.length !== keyBytes) throw new Error(`a sealing key is ${keyBytes} bytes, not ${bytes.length}`)
  const id = Buffer.from(hkdfSync('sha256', bytes, '', 'tessera sealing key id', keyIdBytes))
  return { id, key: createSecretKey(bytes) }
}

/** Length before each part: no two places give the same bytes. */
function associatedData(place: SealedPlace, head: Buffer): Buffer {
  const parts = [Buffer.from(place.kind), Buffer.from(place.merchantId), Buffer.from(place.recordId), head]
  return Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]))
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(part.length)
  return length
}
