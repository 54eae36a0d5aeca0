import type { CardTestingAlert } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { AlertEvent } from '../events.ts'
import { type AlertId, type EventId, type MerchantId, trustedId } from '../ids.ts'
import type { AlertSource, AlertStore } from '../ports/alerts.ts'

export interface AlertParts {
  vault: AlertSource
  alertStore: AlertStore
  clock: Clock
  ids: Pick<Ids, 'timeOrdered'>
}

export interface AlertLoop {
  start(): void
  /** Ends after the round under way. */
  stop(): Promise<void>
}

const busyPauseMs = 500
const idlePauseMaxMs = 5_000
const failurePauseMaxMs = 60_000

/** Asks the vault now and then whether it suspects card testing, and tells the merchants. Rarely is there anything. */
export function createAlertLoop(parts: AlertParts & { timers: Timers; random: Random; log: Logger }): AlertLoop {
  const { timers, random, log } = parts
  const stopping = new AbortController()
  const reader = createAlertReader(parts)
  let running: Promise<void> = Promise.resolve()

  async function repeat(): Promise<void> {
    let [idle, failures] = [0, 0]
    while (!stopping.signal.aborted) {
      try {
        idle = (await reader.run()) > 0 ? 0 : idle + 1
        failures = 0
      } catch (error) {
        failures += 1
        // A vault that is away is told of once: whatever else needs it says so as well.
        if (failures === 1) log.warn('alerts of card testing are not read', { error })
      }
      await timers.sleep(pauseMs(idle, failures, random), stopping.signal).catch(() => undefined)
    }
  }
  return {
    start: () => {
      running = repeat()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

/** Within a tenth, so that workers that began together do not stay together. */
function pauseMs(idle: number, failures: number, random: Random): number {
  const growing = busyPauseMs * 2 ** Math.min(Math.max(idle, failures), 10)
  return Math.min(growing, failures > 0 ? failurePauseMaxMs : idlePauseMaxMs) * (0.9 + 0.2 * random.unit())
}

/**
 * Writes down what the vault tells and says so with the next calls: an alert whose event was not committed is told again, and one that
 * is told again has its event already.
 */
export function createAlertReader({ vault, alertStore, clock, ids }: AlertParts) {
  /** What was written, until no vault process can tell it any more; `contracts/src/vault-protocol.ts` says why that long. */
  const written = new Map<string, { untilMs: number }>()
  const { keptForMs, acknowledgedMax } = vault.alertBounds

  function forget(): void {
    const nowMs = clock.monotonicMs()
    for (const [alertId, { untilMs }] of written) {
      if (untilMs > nowMs && written.size <= acknowledgedMax) return
      written.delete(alertId)
    }
  }

  function eventOf({ merchantId, mode, alertId, suspicion, outcome, atMs }: CardTestingAlert): AlertEvent {
    return {
      merchantId: trustedId<MerchantId>(merchantId),
      eventId: trustedId<EventId>(`evt_${ids.timeOrdered()}`),
      mode,
      alert: { alertId: trustedId<AlertId>(alertId), suspicion, outcome, suspectedAtMs: atMs },
      sequence: 1,
      publicSequence: 1,
      type: 'card_testing.suspected',
      createdAtMs: clock.now(),
    }
  }

  return {
    /** Returns how many alerts were new to this process. */
    async run(): Promise<number> {
      forget()
      const alerts = await vault.cardTestingAlerts([...written.keys()])
      const fresh = alerts.filter(({ alertId }) => !written.has(alertId))
      if (fresh.length === 0) return 0
      await alertStore.record(fresh.map(eventOf))
      const untilMs = clock.monotonicMs() + keptForMs
      for (const { alertId } of fresh) written.set(alertId, { untilMs })
      return fresh.length
    },
  }
}
