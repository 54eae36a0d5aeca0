import type { Logger } from '@tessera/lib/log'
import type { Timers } from '@tessera/lib/timers'
import type { EpochKeys } from './crypto/epoch-keys.ts'
import type { Expiry } from './holds/expiry.ts'

export interface Chores {
  runNow(): Promise<void>
  /** Resolves when the running turn is over. */
  stop(): Promise<void>
}

const everyMs = 5_000

/** What must happen without being asked: new epoch keys, and the end of what is past its time. */
export function startChores(parts: { epochKeys: EpochKeys; expiry: Expiry; timers: Timers; log: Logger }): Chores {
  const { epochKeys, expiry, timers, log } = parts
  let running: Promise<void> = Promise.resolve()
  let isBusy = false

  async function turn(): Promise<void> {
    await epochKeys.turn()
    const count = await expiry.run()
    if (count > 0) log.debug('removed what was past its time', { count })
  }

  function run(): Promise<void> {
    if (isBusy) return running
    isBusy = true
    running = turn().finally(() => {
      isBusy = false
    })
    return running
  }

  const pulse = timers.every(everyMs, () => {
    run().catch((error: unknown) => log.warn('chores failed; they run again', { error }))
  })
  return {
    runNow: run,
    async stop() {
      pulse.stop()
      await running.catch(() => undefined)
    },
  }
}
