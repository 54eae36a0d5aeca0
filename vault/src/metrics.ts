import { type Counter, type Histogram, MetricsRegistry } from '@tessera/lib/metrics'

export interface VaultMetrics {
  registry: MetricsRegistry
  tokenRefusals: Counter
  cardTesting: Counter
  tokenSeconds: Histogram
  serverPaymentSeconds: Histogram
  relays: Counter
  claims: Counter
  forwards: Counter
  acquirerSeconds: Histogram
  internalSeconds: Histogram
  internalRefusals: Counter
}

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const slow = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** `queues` gives the depth of each write queue when metrics are read. */
export function createVaultMetrics(queues: () => Record<string, number>): VaultMetrics {
  const registry = new MetricsRegistry()
  registry.gauge('tessera_vault_queue_depth', 'Rows that wait to be written', ['queue'], (gauge) => {
    for (const [queue, depth] of Object.entries(queues())) gauge.set({ queue }, depth)
  })
  return {
    registry,
    tokenRefusals: registry.counter('tessera_vault_token_refusals_total', 'Refused token requests', ['code']),
    cardTesting: registry.counter('tessera_vault_card_testing_total', 'Decisions of the defence against card testing', [
      'decision',
      'because',
    ]),
    tokenSeconds: registry.histogram('tessera_vault_token_seconds', 'POST /v1/tokens', fast, ['status']),
    serverPaymentSeconds: registry.histogram(
      'tessera_vault_server_payment_seconds',
      'POST /api/server/payment, with the gateway’s part',
      slow,
      ['status'],
    ),
    relays: registry.counter('tessera_vault_relays_total', 'Payments passed on to the gateway', ['outcome']),
    claims: registry.counter('tessera_vault_claims_total', 'Claims of tokens and cards', ['source', 'outcome']),
    forwards: registry.counter('tessera_vault_forwards_total', 'Requests to acquirers', [
      'connector',
      'operation',
      'outcome',
    ]),
    acquirerSeconds: registry.histogram('tessera_vault_acquirer_seconds', 'Waiting for acquirers', slow, ['connector']),
    internalSeconds: registry.histogram('tessera_vault_internal_seconds', 'Calls by the gateway', fast, ['call']),
    internalRefusals: registry.counter('tessera_vault_internal_refusals_total', 'Refused internal calls', ['reason']),
  }
}
