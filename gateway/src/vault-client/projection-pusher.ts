import type { ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { Timers } from '@tessera/lib/timers'
import type { VaultClient } from './vault-client.ts'

/** Well below the 5 s after which the vault refuses every key. */
const pushEveryMs = 1_000

export interface ProjectionPusher {
  /** Tells the vault now; throws when it cannot be told. */
  push(): Promise<void>
  /** Whether the last push was taken. */
  isHeld(): boolean
  stop(): void
}

/** Keeps the vault's picture of the keys fresh: a heartbeat each second, the keys themselves when it lacks them. */
export function startProjection(parts: {
  vault: VaultClient
  keys: { revision(): string; projection(): ProjectedKey[] }
  /** Null until this process listens. */
  relayUrl: () => string | null
  clock: Clock
  timers: Timers
  log: Logger
}): ProjectionPusher {
  const { vault, keys, relayUrl, clock, log } = parts
  let held = false
  let pushing: Promise<void> | null = null

  async function pushOnce(): Promise<void> {
    const version = keys.revision()
    const push = (known: ProjectedKey[] | null) =>
      vault.pushProjection({ version, sentAtMs: clock.now(), keys: known, relayUrl: relayUrl() })
    const reply = await push(null)
    if (reply.outcome === 'send_keys') {
      await push(keys.projection())
    }
  }
  const push = (): Promise<void> => {
    pushing ??= pushOnce()
      .then(
        () => {
          if (!held) log.info('vault holds the keys')
          held = true
        },
        (error: Error) => {
          if (held) log.warn('vault could not be told the keys', { error })
          held = false
          throw error
        },
      )
      .finally(() => {
        pushing = null
      })
    return pushing
  }
  const pulse = parts.timers.every(pushEveryMs, () => {
    push().catch(() => undefined)
  })
  return { push, isHeld: () => held, stop: () => pulse.stop() }
}
