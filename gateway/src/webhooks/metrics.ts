import type { MetricsRegistry } from '@tessera/lib/metrics'
import type { DeliveryResult, DueDelivery } from '../core/webhooks/delivery.ts'

export interface DeliveryMetrics {
  observe(delivery: DueDelivery, result: DeliveryResult): void
}

const seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]

export function createDeliveryMetrics(registry: MetricsRegistry): DeliveryMetrics {
  const tries = registry.counter('tessera_webhook_tries_total', 'Tries to deliver a webhook, by what came of them', [
    'state',
  ])
  const durations = registry.histogram('tessera_webhook_try_seconds', 'Time a webhook receiver took', seconds)
  const lags = registry.histogram('tessera_webhook_lag_seconds', 'Time from an event to its first try', [
    ...seconds,
    60,
    600,
    3_600,
  ])
  return {
    observe({ event }, { state, log }) {
      tries.add({ state })
      durations.observe({}, log.durationMs / 1_000)
      if (log.try === 1) lags.observe({}, Math.max(0, log.atMs - event.createdAtMs) / 1_000)
    },
  }
}
