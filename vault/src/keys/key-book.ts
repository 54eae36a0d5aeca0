import {
  type ProjectedKey,
  type ProjectionPush,
  type ProjectionReply,
  projectionStaleAfterMs,
} from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'

export type KeyLookup = { found: 'key'; key: ProjectedKey } | { found: 'unknown' } | { found: 'stale' }

export interface KeyBook {
  /** Null: the push is older than one that was taken. */
  take(push: ProjectionPush): ProjectionReply | null
  find(hash: string): KeyLookup
  /** Whether a push came and is not stale. */
  isFresh(): boolean
  readonly size: number
  /** Where the gateway takes payments that are passed on; null until one has told. */
  readonly relayUrl: string | null
}

/** A push that is older than this is refused by its signature already. */
const orderWindowMs = 60_000

/**
 * The gateway's keys as the vault knows them. Without a push the vault answers nobody: a key that was revoked must not
 * live on because the news cannot arrive. Staleness is real time, which no change of the wall clock moves.
 */
export function createKeyBook(clock: Clock): KeyBook {
  let keys = new Map<string, ProjectedKey>()
  let version: string | null = null
  let relayUrl: string | null = null
  let sentAtMs = 0
  let takenAtMs = -Infinity

  const ageMs = (): number => clock.monotonicMs() - takenAtMs
  const isFresh = (): boolean => version !== null && ageMs() <= projectionStaleAfterMs

  return {
    isFresh,
    get size() {
      return keys.size
    },
    get relayUrl() {
      return relayUrl
    },
    take(push) {
      if (push.sentAtMs < sentAtMs && ageMs() < orderWindowMs) return null
      if (push.keys === null && push.version !== version) return { outcome: 'send_keys' }
      if (push.keys !== null) keys = new Map(push.keys.map((key) => [key.hash, key]))
      version = push.version
      relayUrl = push.relayUrl ?? relayUrl
      sentAtMs = push.sentAtMs
      takenAtMs = clock.monotonicMs()
      return { outcome: 'held' }
    },
    find(hash) {
      if (!isFresh()) return { found: 'stale' }
      const key = keys.get(hash)
      return key === undefined ? { found: 'unknown' } : { found: 'key', key }
    },
  }
}
