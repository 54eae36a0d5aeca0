import type { KeyObject } from 'node:crypto'
import { signInternalCall } from '@tessera/contracts/internal-signature'
import {
  alertsAcknowledgedMax,
  alertsKeptForMs,
  type CardTestingAlertsReply,
  type CardTestingAlertsRequest,
  type ClaimReply,
  type FenceReply,
  type ForwardReply,
  type ProjectionPush,
  type ProjectionReply,
  type ReleaseRequest,
  type SavedCardReply,
  type UnsentClaimsReply,
  vaultPaths,
} from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import { type Dispatcher, Pool } from 'undici'
import type { AlertSource } from '../core/ports/alerts.ts'
import { type Vault, VaultUnavailable } from '../core/ports/vault.ts'
import { type CallGroups, createCallGroups, VaultRefused } from './call-groups.ts'

export interface VaultClientParts {
  /** The vault's internal listener. */
  url: string
  secret: KeyObject
  clock: Clock
  timers: Timers
  random: Random
  connections: number
}

export interface VaultClient extends Vault, AlertSource {
  pushProjection(push: ProjectionPush): Promise<ProjectionReply>
  /** Sends what is still to be released and closes the connections. */
  close(): Promise<void>
}

const answerWithinMs = 5_000
/** Claims and the like take a millisecond or two each. */
const callConnections = 32
/** What the vault may take over an acquirer's own time-out. */
const forwardGraceMs = 12_000
/** Short, since the vault's defence against card testing learns from releases what becomes of cards. */
const releaseEveryMs = 50
const releasesMax = 500

/** Speaks the vault protocol over kept-alive connections; each call is signed and good for one use. */
export function createVaultClient(parts: VaultClientParts): VaultClient {
  const { clock, random } = parts
  const poolOf = (connections: number) => new Pool(parts.url, { connections, pipelining: 1, keepAliveTimeout: 30_000 })
  // A forward holds its connection for as long as an acquirer takes: slow acquirers must not keep claims and fences waiting.
  const forwards = poolOf(parts.connections)
  const calls = poolOf(callConnections)
  let releases: ReleaseRequest['releases'] = []

  function send(
    pool: Pool,
    call: { method: 'POST' | 'PUT'; path: string; request: unknown },
    timeoutMs: number,
  ): Promise<Dispatcher.ResponseData> {
    const { method, path } = call
    const body = Buffer.from(JSON.stringify(call.request))
    const authorization = signInternalCall(parts.secret, {
      method,
      path,
      body,
      timestampMs: clock.now(),
      nonce: random.bytes(16).toString('base64url'),
    })
    return pool.request({
      method,
      path,
      headers: { authorization, 'content-type': 'application/json' },
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
  }

  const groupsOver = (pool: Pool): CallGroups =>
    createCallGroups((request, timeoutMs) =>
      send(pool, { method: 'POST', path: vaultPaths.groups, request }, timeoutMs),
    )
  const forwarding = groupsOver(forwards)
  const asking = groupsOver(calls)

  async function ask<Reply>(path: string, request: unknown): Promise<Reply> {
    try {
      return (await asking.call(path, request, answerWithinMs)) as Reply
    } catch (cause) {
      throw new VaultUnavailable(`the vault did not answer ${path}`, { cause })
    }
  }

  async function flushReleases(): Promise<void> {
    while (releases.length > 0) {
      const batch = releases.slice(0, releasesMax)
      releases = releases.slice(releasesMax)
      // Holds end by their own deadline: a release that is lost costs nothing but time.
      await ask(vaultPaths.releases, { releases: batch }).catch(() => undefined)
    }
  }
  const flushing = parts.timers.every(releaseEveryMs, () => void flushReleases())

  return {
    claim: (request) => ask<ClaimReply>(vaultPaths.claims, request),
    fence: (request) => ask<FenceReply>(vaultPaths.fences, request),
    unsentClaims: (request) => ask<UnsentClaimsReply>(vaultPaths.unsentClaims, request),
    activateCard: (request) => ask<SavedCardReply>(vaultPaths.cardActivations, request),
    eraseCard: (request) => ask<SavedCardReply>(vaultPaths.cardErasures, request),
    async cardTestingAlerts(acknowledged) {
      const request: CardTestingAlertsRequest = { acknowledged: [...acknowledged] }
      return (await ask<CardTestingAlertsReply>(vaultPaths.cardTestingAlerts, request)).alerts
    },
    alertBounds: { keptForMs: alertsKeptForMs, acknowledgedMax: alertsAcknowledgedMax },
    release: (release) => {
      if (releases.length < 20 * releasesMax) releases.push(release)
    },
    async forward(request) {
      try {
        const timeoutMs = request.timeoutMs + forwardGraceMs
        return (await forwarding.call(vaultPaths.forwards, request, timeoutMs)) as ForwardReply
      } catch (error) {
        return lostForward(error)
      }
    },
    async pushProjection(request) {
      const { projection } = vaultPaths
      const response = await send(calls, { method: 'PUT', path: projection, request }, answerWithinMs)
      const text = await response.body.text()
      if (response.statusCode !== 200) throw new VaultRefused(projection, response.statusCode)
      return JSON.parse(text) as ProjectionReply
    },
    async close() {
      flushing.stop()
      await flushReleases()
      await Promise.all([forwards.close(), calls.close()])
    },
  }
}

/**
 * A forward whose reply is missing: only where the connection was never made, or the vault refused the call before it did
 * anything, was the request not sent. All else may have reached the acquirer.
 */
function lostForward(error: unknown): ForwardReply | { outcome: 'lost' } {
  const code = (error as { code?: unknown }).code
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return { outcome: 'not_sent', reason: 'connect_failed', detail: 'the vault could not be reached' }
  }
  if (error instanceof VaultRefused && error.status >= 400 && error.status < 500) {
    return { outcome: 'not_sent', reason: 'refused_by_manifest', detail: error.message }
  }
  if (error instanceof VaultRefused && error.status === 503) {
    return { outcome: 'not_sent', reason: 'overloaded', detail: error.message }
  }
  return { outcome: 'lost' }
}
