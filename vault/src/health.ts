import type { Clock } from '@tessera/lib/clock'
import type { KeyBook } from './keys/key-book.ts'

export interface Health {
  /** What keeps the vault from serving: nothing when it is ready. */
  waitingFor(): Promise<('keys' | 'database')[]>
}

const pingEveryMs = 500

/** Anybody may ask; the database is asked twice a second at most. */
export function createHealth(parts: { keys: KeyBook; ping: () => Promise<void>; clock: Clock }): Health {
  let pinged: Promise<boolean> = Promise.resolve(false)
  let pingedAtMs = -Infinity

  function ping(): Promise<boolean> {
    const nowMs = parts.clock.monotonicMs()
    if (nowMs - pingedAtMs < pingEveryMs) return pinged
    pingedAtMs = nowMs
    pinged = parts.ping().then(
      () => true,
      () => false,
    )
    return pinged
  }

  return {
    async waitingFor() {
      const hasDatabase = await ping()
      return [...(parts.keys.isFresh() ? [] : (['keys'] as const)), ...(hasDatabase ? [] : (['database'] as const))]
    },
  }
}
