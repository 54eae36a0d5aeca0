import type { Clock } from '@tessera/lib/clock'
import { startServer, stopServer } from '@tessera/lib/http-server'
import { createIds } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import { migrate } from '@tessera/lib/migrate'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import { createAuditChains } from './audit/audit-chains.ts'
import type { AuditAction } from './audit/audit-entry.ts'
import { loadBrowserFiles } from './browser/browser-files.ts'
import { createCardSafe } from './cards/card-safe.ts'
import { startChores } from './chores.ts'
import type { VaultConfig } from './config.ts'
import { createEpochKeys } from './crypto/epoch-keys.ts'
import { checkRootKey, instanceKey } from './crypto/instance-keys.ts'
import { createMerchantKeys } from './crypto/merchant-keys.ts'
import { openRootKey } from './crypto/root-key.ts'
import { createCallerAddress } from './defence/caller-address.ts'
import { createDefence } from './defence/defence.ts'
import { createForwarder } from './forward/forward.ts'
import { loadManifests } from './forward/manifests.ts'
import { createSender } from './forward/send.ts'
import { createHealth } from './health.ts'
import { createExpiry } from './holds/expiry.ts'
import { createPublicListener } from './intake/public-listener.ts'
import { createRateLimiter } from './intake/rate-limit.ts'
import { internalCalls } from './internal/internal-calls.ts'
import { createInternalListener } from './internal/internal-listener.ts'
import { createKeyBook } from './keys/key-book.ts'
import { createVaultMetrics } from './metrics.ts'
import { createCardDigest } from './relay/card-digest.ts'
import { createRelay } from './relay/relay.ts'
import { checkUnloggedTables, pingDatabase } from './store/boot-checks.ts'
import { cardRows } from './store/cards.ts'
import { cardClaimer, tokenClaimer } from './store/claims.ts'
import { batching, openDatabase } from './store/database.ts'
import { tokenDiscarder } from './store/discards.ts'
import { expiryRows } from './store/expiry.ts'
import { holdRows } from './store/holds.ts'
import { epochKeyRows, instanceKeyRows, merchantKeyRows } from './store/keys.ts'
import { holdUser, permitConsumer } from './store/sends.ts'
import { stepFencer, stepMarker, stepState } from './store/steps.ts'
import { claimedTokenWriter, tokenWriter } from './store/tokens.ts'

export interface VaultParts {
  config: VaultConfig
  environment: Record<string, string | undefined>
  clock: Clock
  timers: Timers
  random: Random
  log: Logger
}

export interface Vault {
  urls: { public: string; internal: string }
  /** Keys that fall due and rows past their time, now instead of at the next turn. */
  runChores(): Promise<void>
  /** Takes no new call, finishes the running ones, writes what waits. */
  stop(graceMs: number): Promise<void>
}

/** On its checkout page: a shopper mistypes, and has a handful of cards. */
const cardsPerPayment = { perSecond: 0.2, burst: 20 }
const migrations = new URL('../migrations/', import.meta.url)

/** The one place that builds the real parts and hands them inward. Throws when anything keeps the vault from its work. */
export async function startVault(parts: VaultParts): Promise<Vault> {
  const { config, environment, clock, timers, random, log } = parts
  const ids = createIds(clock, random)
  const manifests = loadManifests(config.manifestsDirectory, environment)
  const rootKey = openRootKey(config.rootKey, environment, random)
  const database = openDatabase(config.databaseUrl, log)
  const client = await database.dedicated()
  try {
    await migrate({ client, directory: migrations, clock, timers, holder: `vault-${ids.random()}` })
  } finally {
    await client.end()
  }
  await checkUnloggedTables(database)
  const instance = { rows: instanceKeyRows(database), rootKey, clock, random }
  await checkRootKey(instance)
  const chains = createAuditChains(await instanceKey('audit', instance), ids)
  const cardDigest = createCardDigest(await instanceKey('relay', instance))
  const challengeKey = await instanceKey('challenge', instance)
  const epochKeys = createEpochKeys({ rows: epochKeyRows(database), rootKey, clock, random })
  await epochKeys.turn()
  const merchantKeys = createMerchantKeys({ rows: merchantKeyRows(database), rootKey, clock, random })

  const safe = createCardSafe({ epochKeys, merchantKeys, random })
  const batch = batching({ clock, timers, random })
  const tokens = tokenWriter(database, batch)
  const claimedTokens = claimedTokenWriter(database, batch)
  const tokenClaims = tokenClaimer(database, batch)
  const cardClaims = cardClaimer(database, batch)
  const permits = permitConsumer(database, { ...batch, chains })
  const holdUses = holdUser(database, { ...batch, chains })
  const stepMarks = stepMarker(database, batch)
  const fences = stepFencer(database, batch)
  const batchers = { tokens, claimedTokens, tokenClaims, cardClaims, permits, holdUses, stepMarks, fences }
  const holds = holdRows(database, batch)
  const cards = cardRows(database, chains)
  const keys = createKeyBook(clock)
  const metrics = createVaultMetrics(() =>
    Object.fromEntries(Object.entries(batchers).map(([name, batcher]) => [name, batcher.queued])),
  )
  const sender = createSender({ clock, timers })
  const guard = { clock, random, ids, log, challengeKey, decisions: metrics.cardTesting }
  const defence = createDefence({ ...guard, modes: config.cardTestingDefence })
  const inner = { ...batchers, holds, cards, safe, clock, ids, log, metrics, defence }
  const forwarder = createForwarder({ ...inner, manifests, sender, stepState: (step) => stepState(database, step) })
  const limiter = createRateLimiter({ perSecond: config.rateLimitPerSecond, burst: config.rateLimitBurst }, clock)
  const health = createHealth({ keys, ping: () => pingDatabase(database), clock })
  const docs = `${config.gatewayPublicUrl.replace(/\/$/, '')}/docs/errors`
  const { testCardsOnly, tls } = config
  const relay = createRelay({ keys, secret: config.internalSecret, clock, random, timers })
  const callerAddress = createCallerAddress(config.trustedProxies)
  const swapping = { callerAddress, relay, cardDigest, discardToken: tokenDiscarder(database) }
  const browser = { files: loadBrowserFiles(), gatewayPublicUrl: config.gatewayPublicUrl }
  const checkout = {
    secret: config.internalSecret,
    checkoutLimiter: createRateLimiter(cardsPerPayment, clock),
    gatewayUrl: config.gatewayPublicUrl.replace(/\/$/, ''),
  }
  const intake = { ...inner, ...swapping, ...browser, ...checkout, keys, limiter, health, docs, testCardsOnly, tls }
  const publicServer = createPublicListener(intake)
  const calls = internalCalls({ ...inner, forwarder, keys })
  const internalServer = createInternalListener({ secret: config.internalSecret, calls, clock, log, metrics })

  const audit = (action: AuditAction) =>
    cards.writeEntry({
      merchantId: '',
      mode: '',
      action,
      subjectId: '',
      stepId: null,
      destination: null,
      atMs: clock.now(),
    })
  await audit('vault_started')
  const chores = startChores({ epochKeys, expiry: createExpiry(expiryRows(database), clock), timers, log })
  const publicPort = await startServer(publicServer, { host: config.host, port: config.port })
  const internalPort = await startServer(internalServer, { host: config.internalHost, port: config.internalPort })
  return {
    urls: {
      public: urlOf(tls === null ? 'http' : 'https', config.host, publicPort),
      internal: urlOf('http', config.internalHost, internalPort),
    },
    runChores: () => chores.runNow(),
    async stop(graceMs) {
      await chores.stop()
      await Promise.all([stopServer(publicServer, graceMs), stopServer(internalServer, graceMs)])
      for (const batcher of Object.values(batchers)) await batcher.drain()
      sender.close()
      relay.close()
      await audit('vault_stopped')
      await database.close()
    },
  }
}

function urlOf(scheme: string, host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `${scheme}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
