import { alertsKeptForMs, alertsPerReply, type CardTestingAlert } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { createWindowMap } from './window-map.ts'

const keptMax = 1_000

/** Alerts on their way to the gateway. What nobody fetches is forgotten: it stands in the log and in the metrics as well. */
export interface Alerts {
  raise(alert: Pick<CardTestingAlert, 'merchantId' | 'mode' | 'suspicion' | 'outcome'>): void
  /** The oldest that are outstanding. An alert is told until it was acknowledged. */
  outstanding(): CardTestingAlert[]
  acknowledge(alertIds: readonly string[]): void
}

export function createAlerts({ clock, ids }: { clock: Clock; ids: Pick<Ids, 'timeOrdered'> }): Alerts {
  const pending = createWindowMap<CardTestingAlert>({
    max: keptMax,
    windowMs: alertsKeptForMs,
    make: () => {
      throw new Error('an alert is raised, never made up')
    },
    clock,
  })
  return {
    raise(alert) {
      const alertId = `alert_${ids.timeOrdered()}`
      pending.set(alertId, { alertId, ...alert, atMs: clock.now() })
    },
    outstanding: () => pending.values().slice(0, alertsPerReply),
    acknowledge(alertIds) {
      for (const alertId of alertIds) pending.delete(alertId)
    },
  }
}
