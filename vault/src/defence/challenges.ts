import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { challengeLifetimeMs, isSolvedBy, type TokenChallenge } from '@tessera/contracts/token-challenge'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import { createWindowMap } from './window-map.ts'

export interface Challenges {
  /** A new one, for one token of this key. */
  make(keyHash: string, bits: number): TokenChallenge
  /** Spends an answer: whether it solves a challenge of this key, of at least so many bits, for the first time. */
  spend(answer: string, keyHash: string, bits: number): boolean
}

const version = 1
const randomBytes = 16
const headBytes = 1 + 1 + 6 + randomBytes
const macBytes = 16
const spentMax = 200_000
const answerShape = /^([A-Za-z0-9_-]{40,80})\.(0|[1-9]\d{0,15})$/

/**
 * Challenges that nothing is stored of until they are solved: each says by itself, under a key of the installation, how hard it
 * is and when it ends, and holds for one key and this one call.
 */
export function createChallenges(parts: { key: KeyObject; clock: Clock; random: Random }): Challenges {
  const { key, clock, random } = parts
  const spent = createWindowMap<true>({ max: spentMax, windowMs: challengeLifetimeMs, make: () => true, clock })

  const macOf = (head: Buffer, keyHash: string): Buffer =>
    createHmac('sha256', key)
      .update('POST /v1/tokens\n')
      .update(`${keyHash}\n`)
      .update(head)
      .digest()
      .subarray(0, macBytes)

  return {
    make(keyHash, bits) {
      const expiresAtMs = clock.now() + challengeLifetimeMs
      const head = Buffer.alloc(headBytes)
      head.writeUInt8(version, 0)
      head.writeUInt8(bits, 1)
      head.writeUIntBE(expiresAtMs, 2, 6)
      random.bytes(randomBytes).copy(head, 8)
      const text = Buffer.concat([head, macOf(head, keyHash)]).toString('base64url')
      return { algorithm: 'sha256', text, bits, expires_at: new Date(expiresAtMs).toISOString() }
    },
    spend(answer, keyHash, bits) {
      const text = answerShape.exec(answer)?.[1]
      if (text === undefined) return false
      const bytes = Buffer.from(text, 'base64url')
      if (bytes.length !== headBytes + macBytes || bytes.toString('base64url') !== text) return false
      const head = bytes.subarray(0, headBytes)
      if (!timingSafeEqual(bytes.subarray(headBytes), macOf(head, keyHash))) return false
      const asked = head.readUInt8(1)
      if (head.readUInt8(0) !== version || head.readUIntBE(2, 6) <= clock.now() || asked < bits) return false
      if (!isSolvedBy(hash('sha256', answer, 'buffer'), asked)) return false
      // Were it full, the oldest would be forgotten and could be spent again.
      if (spent.find(text) !== undefined || spent.size >= spentMax) return false
      spent.set(text, true)
      return true
    },
  }
}
