import { createSecretKey } from 'node:crypto'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import type { Pool } from 'pg'
import { connectors } from '../../../gateway/src/connectors/catalogue.ts'
import type { Authentications } from '../../../gateway/src/core/authentication/authentications.ts'
import { createAuthentications } from '../../../gateway/src/core/authentication/create-authentications.ts'
import { createThreeDSecure } from '../../../gateway/src/core/authentication/three-d-secure.ts'
import { createPaymentMethods } from '../../../gateway/src/core/customers/payment-methods.ts'
import { runKeyed } from '../../../gateway/src/core/idempotency/keyed-request.ts'
import { createPaymentLinks } from '../../../gateway/src/core/links/payment-links.ts'
import { type Acquirer, createAcquirer } from '../../../gateway/src/core/payments/acquirer.ts'
import { createPayments } from '../../../gateway/src/core/payments/create-payments.ts'
import { createReportSource } from '../../../gateway/src/core/payments/report-source.ts'
import type { PaymentStore } from '../../../gateway/src/core/ports/payment-store.ts'
import type { ThreeDSecureProvider } from '../../../gateway/src/core/ports/three-d-secure-provider.ts'
import type { Vault } from '../../../gateway/src/core/ports/vault.ts'
import type { WebhookRenderers } from '../../../gateway/src/core/webhooks/endpoint.ts'
import { createWebhookEndpoints } from '../../../gateway/src/core/webhooks/endpoints.ts'
import { createEventFeed } from '../../../gateway/src/core/webhooks/event-feed.ts'
import type { WebhookProbe, WebhookSender } from '../../../gateway/src/core/webhooks/ports.ts'
import { createWorker } from '../../../gateway/src/core/worker/worker.ts'
import { createInflow } from '../../../gateway/src/dialects/inflow/inflow.ts'
import { renderInflowWebhook } from '../../../gateway/src/dialects/inflow/webhook-body.ts'
import { createV1 } from '../../../gateway/src/dialects/v1/v1.ts'
import { renderV1Webhook } from '../../../gateway/src/dialects/v1/webhook-body.ts'
import { addPlainRoutes } from '../../../gateway/src/http/plain-routes.ts'
import { buildServer, defaultHttpLimits, type HttpServer } from '../../../gateway/src/http/server.ts'
import type { Sealer } from '../../../gateway/src/lib/sealing.ts'
import { createDeliveryStore } from '../../../gateway/src/store/deliveries.ts'
import { openDirectory } from '../../../gateway/src/store/directory.ts'
import { createKeyedRequestStore } from '../../../gateway/src/store/keyed-requests.ts'
import { createPaymentLinkStore } from '../../../gateway/src/store/payment-links.ts'
import { createPaymentStore } from '../../../gateway/src/store/payment-store.ts'
import { createReportStore } from '../../../gateway/src/store/report-cursors.ts'
import { createWebhookStore } from '../../../gateway/src/store/webhooks.ts'
import { createWorkStore } from '../../../gateway/src/store/work.ts'
import { createTaxIdVerifier } from '../../../gateway/src/tax-id/verifier.ts'
import { createResultsRoute } from '../../../gateway/src/threeds/results-route.ts'
import { createDeliveryLoop } from '../../../gateway/src/webhooks/delivery-loop.ts'
import { createDeliveryMetrics } from '../../../gateway/src/webhooks/metrics.ts'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'

export const publicUrl = 'http://gateway.test'
/** Shared with the vault, which signs the payments that it passes on. */
export const relaySecret = createSecretKey(Buffer.alloc(32, 7))

export const renderers: WebhookRenderers = {
  v1: (event, merchant) => JSON.stringify(renderV1Webhook(event, merchant)),
  inflow: (event) => JSON.stringify(renderInflowWebhook(event, publicUrl)),
}

/** Where a test puts a fault into the product: each wraps the real part. */
export interface Plants {
  acquirer?(real: Acquirer): Acquirer
  store?(real: PaymentStore): PaymentStore
  vault?(real: Vault): Vault
  provider?(real: ThreeDSecureProvider): ThreeDSecureProvider
  reusesTokens?: boolean
}

export interface GatewayParts {
  life: Life
  choices: Choices
  pools: { hot: Pool; background: Pool; cold: Pool }
  sealer: Sealer
  vault: Vault
  provider: ThreeDSecureProvider
  sender: WebhookSender & WebhookProbe
  plants: Plants
  /** Pauses of background rounds, ms. */
  background(ms: number): number
  onLog(line: string): void
}

/**
 * One gateway process with its worker inside, wired as `gateway/src/compose.ts` does it, over simulated ports. Throws when
 * the database cannot be read at the start; a supervisor starts it again.
 */
export async function startGateway(
  parts: GatewayParts,
): Promise<{ server: HttpServer; authentications: Authentications }> {
  const { life, choices, pools, sealer, sender, plants } = parts
  const { clock } = life
  const { random } = choices
  const timers = life.timers('timer')
  const ids = createIds(clock, random)
  const metrics = new MetricsRegistry()
  const log = createLogger({ process: life.name, clock, level: 'warn', write: parts.onLog })
  const common = { clock, timers, random, ids, log, metrics }
  const patient = { ...common, timers: life.timers('round', parts.background) }

  const vault = plants.vault?.(parts.vault) ?? parts.vault
  const directory = await openDirectory({ ...patient, pool: pools.cold })
  const realStore = createPaymentStore({ ...pools, ...common })
  const store = plants.store?.(realStore) ?? realStore
  const work = createWorkStore(pools.background)
  const webhookStore = createWebhookStore({ pool: pools.cold, sealer })
  const realAcquirer = createAcquirer({ connectors, vault, clock })
  const acquirer = plants.acquirer?.(realAcquirer) ?? realAcquirer
  const taxIds = createTaxIdVerifier({ vies: null, clock })
  const provider = plants.provider?.(parts.provider) ?? parts.provider
  const proofs = {
    seal: (_place: unknown, cavv: string) => `sealed ${cavv}`,
    open: (_place: unknown, proof: string) => proof.replace('sealed ', ''),
  }
  const threeDSecure = createThreeDSecure({ ids, random, provider, proofs, sessionLifetimeMs: 15 * 60_000 })
  const engine = { ...common, store, vault, acquirer, directory, work, taxIds, threeDSecure }

  createWorker({
    ...engine,
    timers: patient.timers,
    reports: createReportSource({ connectors, vault, clock }),
    reportStore: createReportStore(pools.background),
    observe: () => {},
  }).start()
  createDeliveryLoop({
    ...patient,
    store: createDeliveryStore({ ...common, pool: pools.background, sealer }),
    sender,
    merchants: directory,
    metrics: createDeliveryMetrics(metrics),
  }).start()

  const payments = createPayments(engine)
  const endpoints = createWebhookEndpoints({ ...common, store: webhookStore, sender, renderers, urlRule: () => null })
  const keyed = { ...common, keyedRequests: createKeyedRequestStore({ ...common, pool: pools.cold, sealer }) }
  const run: Parameters<typeof createV1>[0]['runKeyed'] = (caller, claim, perform) =>
    runKeyed(keyed, caller, claim, perform)
  const v1 = createV1({
    payments,
    paymentMethods: createPaymentMethods(engine),
    endpoints,
    events: createEventFeed({ store: webhookStore, clock }),
    runKeyed: run,
    publicUrl,
  })
  const links = createPaymentLinks({ ...common, store: createPaymentLinkStore(pools.cold) })
  const inflow = createInflow({ payments, links, endpoints, runKeyed: run, clock, publicUrl })
  const returnLinks = { linkFor: async () => null }
  const authentications = createAuthentications({ ...engine, provider, returnLinks, publicUrl, charging: new Set() })
  const server = buildServer({
    ...common,
    dialects: [v1, inflow],
    directory,
    checkReady: async () => [],
    publicUrl,
    vaultPublicUrl: 'http://vault.test',
    internalSecret: relaySecret,
    limits: defaultHttpLimits,
  })
  addPlainRoutes(server.app, [createResultsRoute(authentications)], { limitBytes: 65_536, log })
  return { server, authentications }
}
