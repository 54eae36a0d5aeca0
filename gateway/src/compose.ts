import { createSecretKey } from 'node:crypto'
import type { MerchantCredentials } from '@tessera/contracts/supervision'
import type { Clock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { type Random, secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { createCompleteRoutes } from './checkout/complete-route.ts'
import { createLinkRoutes } from './checkout/link-routes.ts'
import { createPayRoutes } from './checkout/pay-routes.ts'
import { createFilePostbox, createSmtpPostbox, type Postbox } from './checkout/receipts/postbox.ts'
import { createReceiptLoop } from './checkout/receipts/receipt-loop.ts'
import type { GatewayConfig } from './config.ts'
import { connectors } from './connectors/catalogue.ts'
import { createAuthentications } from './core/authentication/create-authentications.ts'
import { createThreeDSecure, type ProofSealer } from './core/authentication/three-d-secure.ts'
import { createCheckouts } from './core/checkout/checkouts.ts'
import { createPaymentMethods } from './core/customers/payment-methods.ts'
import { type RunKeyed, runKeyed } from './core/idempotency/keyed-request.ts'
import { createPaymentLinks } from './core/links/payment-links.ts'
import { createAcquirer } from './core/payments/acquirer.ts'
import { createPayments } from './core/payments/create-payments.ts'
import { createReportSource } from './core/payments/report-source.ts'
import type { OpenOperations } from './core/ports/payment-store.ts'
import type { ThreeDSecureProvider } from './core/ports/three-d-secure-provider.ts'
import type { WebhookRenderers } from './core/webhooks/endpoint.ts'
import { createWebhookEndpoints } from './core/webhooks/endpoints.ts'
import { createEventFeed } from './core/webhooks/event-feed.ts'
import { createAlertLoop } from './core/worker/alert-loop.ts'
import { createWorker } from './core/worker/worker.ts'
import { createInflow } from './dialects/inflow/inflow.ts'
import { renderInflowWebhook } from './dialects/inflow/webhook-body.ts'
import { createV1 } from './dialects/v1/v1.ts'
import { renderV1Webhook } from './dialects/v1/webhook-body.ts'
import { startMetricsListener } from './http/metrics-listener.ts'
import { addPlainRoutes } from './http/plain-routes.ts'
import { createRateLimiter } from './http/rate-limit.ts'
import { buildServer, defaultHttpLimits } from './http/server.ts'
import { readKeyFile } from './key-files.ts'
import { createSealer, type Sealer } from './lib/sealing.ts'
import { ensureTestMerchant } from './merchant-setup.ts'
import { createAlertStore } from './store/alert-events.ts'
import { openDatabase } from './store/database.ts'
import { createDeliveryStore } from './store/deliveries.ts'
import { openDirectory } from './store/directory.ts'
import { createKeyedRequestStore } from './store/keyed-requests.ts'
import { createMerchantStore } from './store/merchants.ts'
import { createPaymentLinkStore } from './store/payment-links.ts'
import { createPaymentStore } from './store/payment-store.ts'
import { createReceiptStore } from './store/receipts.ts'
import { createReportStore } from './store/report-cursors.ts'
import { createReturnSigningSecrets } from './store/return-signing-secrets.ts'
import { createWebhookStore } from './store/webhooks.ts'
import { createWorkStore } from './store/work.ts'
import { createTaxIdVerifier } from './tax-id/verifier.ts'
import { createVies } from './tax-id/vies.ts'
import { createCardRangeCache } from './threeds/card-range-cache.ts'
import { createDirectoryLink } from './threeds/directory-link.ts'
import { createPageRoutes } from './threeds/page-routes.ts'
import { createClientAddress } from './threeds/pages/client-address.ts'
import { createReturnLinks } from './threeds/pages/return-links.ts'
import { createThreeDSecureProvider } from './threeds/provider.ts'
import { createResultsRoute } from './threeds/results-route.ts'
import { startProjection } from './vault-client/projection-pusher.ts'
import { createVaultClient, type VaultClient } from './vault-client/vault-client.ts'
import { createAddressGuard } from './webhooks/address-guard.ts'
import { createDeliveryLoop } from './webhooks/delivery-loop.ts'
import { createDeliveryMetrics } from './webhooks/metrics.ts'
import { createResolver } from './webhooks/resolver.ts'
import { createSender } from './webhooks/sender.ts'
import { createUrlRule } from './webhooks/url-rule.ts'

export interface Gateway {
  urls: { gateway: string; metrics: string } | Record<string, never>
  hasLiveKeys(): boolean
  ensureMerchant(existing: MerchantCredentials | null): Promise<MerchantCredentials>
  /** Stops taking requests, lets the ones under way end within the grace, then lets go of everything. */
  stop(graceMs: number): Promise<void>
}

/** Payments that shoppers begin by payment links; a shop's whole office may share an address. */
const visitsPerAddress = { perSecond: 0.2, burst: 30 }
const visitsPerLink = { perSecond: 5, burst: 200 }

/** The one place that builds the real parts and hands them inward. */
export async function startGateway(given: { config: GatewayConfig; clock: Clock; log: Logger }): Promise<Gateway> {
  const { config, clock, log } = given
  const [timers, random, metrics] = [realTimers, secureRandom, new MetricsRegistry()]
  const ids = createIds(clock, random)
  const base = { clock, timers, random, ids, log, metrics }

  const database = openDatabase(config.databaseUrl, log)
  const directory = await openDirectory({ pool: database.cold, ...base })
  const sealer = createSealer({ keys: [readKeyFile(config.sealingKeyFile)], random })
  const store = createPaymentStore({ ...database, ...base })
  const work = createWorkStore(database.background)
  const webhookStore = createWebhookStore({ pool: database.cold, sealer })

  const internalSecret = createSecretKey(readKeyFile(config.internalSecretFile))
  const vault = createVaultClient({
    ...base,
    url: config.vaultUrl,
    secret: internalSecret,
    connections: config.vaultConnections,
  })
  let relayUrl: string | null = null
  const serves = config.worker !== 'only'
  // The vault hears of the keys from those who answer to them: of two processes, one would take back what the other just told.
  const projection = serves ? startProjection({ ...base, vault, keys: directory, relayUrl: () => relayUrl }) : null
  const acquirer = createAcquirer({ connectors, vault, clock })
  const vies =
    config.viesUrl === undefined ? null : createVies({ ...base, url: config.viesUrl, timeoutMs: config.viesTimeoutMs })
  const taxIds = createTaxIdVerifier({ vies, clock })
  const publicUrl = config.publicUrl.replace(/\/$/, '')
  const provider = createProvider({ ...base, vault, config, publicUrl })
  const threeDSecure = createThreeDSecure({
    ...base,
    provider,
    proofs: createProofSealer(sealer),
    sessionLifetimeMs: config.shopperSessionMs,
  })
  const engine = { ...base, store, vault, acquirer, directory, work, taxIds, threeDSecure }
  const keyed = { ...base, keyedRequests: createKeyedRequestStore({ ...base, pool: database.cold, sealer }) }

  const renderers: WebhookRenderers = {
    v1: (event, merchant) => JSON.stringify(renderV1Webhook(event, merchant)),
    inflow: (event) => JSON.stringify(renderInflowWebhook(event, publicUrl)),
  }
  const guard = createAddressGuard(config.webhookAllowCidrs)
  const urlRule = createUrlRule(guard, config.webhookAllowPorts.map(Number))
  const resolve = createResolver({ timeoutMs: 2_000, tries: 2 })
  const sender = createSender({ ...base, renderers, urlRule, guard, resolve })

  const worker = createWorker({
    ...engine,
    reports: createReportSource({ connectors, vault, clock }),
    reportStore: createReportStore(database.background),
    observe: observeOpenOperations(metrics, clock),
  })
  const deliveries = createDeliveryLoop({
    ...base,
    store: createDeliveryStore({ pool: database.background, sealer, ...base }),
    sender,
    merchants: directory,
    metrics: createDeliveryMetrics(metrics),
  })
  const alerts = createAlertLoop({ ...base, vault, alertStore: createAlertStore(database.background) })
  const runsWorker = config.worker !== 'none'
  if (runsWorker) {
    worker.start()
    alerts.start()
  }
  if (runsWorker && config.webhooksEnabled) deliveries.start()

  const checkReady = async (): Promise<string[]> => [
    ...((await database.isReachable()) ? [] : ['database']),
    ...(projection === null || projection.isHeld() ? [] : ['vault']),
  ]
  const merchants = createMerchantStore(database.cold, ids)
  metrics.gauge('tessera_store_queue', 'Writes that wait for a commit.', [], () => store.queued())
  const metricsListener = await startMetricsListener({
    metrics,
    checkReady,
    host: config.metricsHost,
    port: config.metricsPort,
  })

  const payments = createPayments(engine)
  const endpoints = createWebhookEndpoints({ ...base, store: webhookStore, sender, renderers, urlRule })
  const run: RunKeyed = (caller, claim, perform) => runKeyed(keyed, caller, claim, perform)
  const v1 = createV1({
    payments,
    paymentMethods: createPaymentMethods(engine),
    endpoints,
    events: createEventFeed({ store: webhookStore, clock }),
    runKeyed: run,
    publicUrl,
  })
  const charging = new Set<Promise<unknown>>()
  const returnLinks = createReturnLinks({ secrets: createReturnSigningSecrets({ pool: database.cold, sealer }), clock })
  const authentications = createAuthentications({ ...engine, provider, returnLinks, publicUrl, charging })
  const clientAddress = createClientAddress(config.trustedProxies)
  const linkStore = createPaymentLinkStore(database.cold)
  const links = createPaymentLinks({ ...base, store: linkStore })
  const receipts = createReceiptStore(database.cold)
  const checkouts = createCheckouts({ ...engine, links: linkStore, returnLinks, receipts, charging })
  const postbox = createPostbox(config)
  const receiptLoop = postbox && createReceiptLoop({ ...base, receipts, checkouts, postbox, publicUrl })
  if (runsWorker) receiptLoop?.start()
  const vaultPublicUrl = config.vaultPublicUrl.replace(/\/$/, '')
  const checkout = {
    ...base,
    checkouts,
    directory,
    clientAddress,
    publicUrl,
    vaultPublicUrl,
    secret: internalSecret,
    publishableKeyOf: directory.publishableKeyOf,
  }
  const limiters = {
    ofAddress: createRateLimiter(visitsPerAddress, clock),
    ofLink: createRateLimiter(visitsPerLink, clock),
  }
  const inflow = createInflow({ payments, links, endpoints, runKeyed: run, clock, publicUrl })
  const server = buildServer({
    ...base,
    dialects: [v1, inflow],
    directory,
    checkReady,
    publicUrl,
    vaultPublicUrl,
    internalSecret,
    limits: {
      ...defaultHttpLimits,
      inFlight: config.maxInFlight,
      perKey: { perSecond: config.rateLimitPerSecond, burst: 2 * config.rateLimitPerSecond },
    },
  })
  addPlainRoutes(
    server.app,
    [
      ...createPageRoutes({ authentications, clientAddress }),
      createResultsRoute(authentications),
      ...createPayRoutes(checkout),
      ...createLinkRoutes({ ...checkout, limiters }),
      ...createCompleteRoutes(checkout),
    ],
    {
      limitBytes: defaultHttpLimits.bodyBytes,
      log,
    },
  )
  const port = serves ? await server.listen({ host: config.host, port: config.port }) : 0
  if (serves) relayUrl = config.relayUrl ?? urlWithin(config.host, port)
  await projection?.push().catch(() => undefined)

  return {
    urls: serves
      ? { gateway: `http://${config.host}:${port}`, metrics: `http://${config.metricsHost}:${metricsListener.port}` }
      : {},
    hasLiveKeys: () => directory.hasLiveKeys(),
    async ensureMerchant(existing) {
      const credentials = await ensureTestMerchant({ ...base, merchants, directory, sealer }, existing)
      await projection?.push()
      return credentials
    },
    async stop(graceMs) {
      if (serves) await server.stop(graceMs)
      await Promise.allSettled(charging)
      await Promise.all([
        runsWorker && worker.stop(),
        runsWorker && alerts.stop(),
        runsWorker && config.webhooksEnabled && deliveries.stop(),
        receiptLoop?.stop(),
      ])
      postbox?.close()
      projection?.stop()
      directory.stop()
      await store.drain()
      await Promise.all([sender.close(), vault.close(), vies?.close(), metricsListener.stop()])
      await database.close()
    },
  }
}

function createProvider(
  parts: { clock: Clock; random: Random; log: Logger; vault: VaultClient } & {
    config: GatewayConfig
    publicUrl: string
  },
): ThreeDSecureProvider {
  const { config, publicUrl } = parts
  const { directoryServerTestUrl: test, directoryServerLiveUrl: live } = config
  const link = createDirectoryLink({ ...(test && { test }), ...(live && { live }) })
  const resultsBaseUrl = (config.threeDSecureResultsUrl ?? publicUrl).replace(/\/$/, '')
  return createThreeDSecureProvider({
    ...parts,
    link,
    ranges: createCardRangeCache({ ...parts, link }),
    resultsBaseUrl,
  })
}

function createPostbox({ smtpUrl, mailFrom, mailDirectory }: GatewayConfig): Postbox | null {
  if (smtpUrl !== undefined) return createSmtpPostbox(smtpUrl, mailFrom)
  return mailDirectory === undefined ? null : createFilePostbox(mailDirectory, mailFrom)
}

function createProofSealer(sealer: Sealer): ProofSealer {
  const place = ({ merchantId, authenticationId }: Parameters<ProofSealer['seal']>[0]) =>
    ({ kind: 'authentication_value', merchantId, recordId: authenticationId }) as const
  return {
    seal: (owner, cavv) => sealer.seal(cavv, place(owner)).toString('base64'),
    open: (owner, proof) => sealer.open(Buffer.from(proof, 'base64'), place(owner)),
  }
}

/** From another process of this machine. */
function urlWithin(host: string, port: number): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** What is not settled yet, by kind and state: the figure to watch, since a doubt is never guessed. */
function observeOpenOperations(metrics: MetricsRegistry, clock: Clock): (open: OpenOperations[]) => void {
  let latest: OpenOperations[] = []
  const labels = ['kind', 'state']
  const count = metrics.gauge('tessera_operations_open', 'Operations at acquirers that are not settled.', labels)
  const age = metrics.gauge('tessera_operations_open_oldest_seconds', 'Age of the oldest of them.', labels)
  return (open) => {
    const gone = latest.map((each) => ({ ...each, count: 0, oldestCreatedAtMs: clock.now() }))
    for (const { kind, state, count: n, oldestCreatedAtMs } of [...gone, ...open]) {
      count.set({ kind, state }, n)
      age.set({ kind, state }, Math.max(0, clock.now() - oldestCreatedAtMs) / 1_000)
    }
    latest = open
  }
}
