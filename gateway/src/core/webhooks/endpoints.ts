import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import { type EventType, isAlert } from '../events.ts'
import { type EndpointId, trustedId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { DeliveryAnswer, DeliveryTry } from './delivery.ts'
import {
  type Dialect,
  type EndpointChange,
  endpointsPerDialectMax,
  endpointsPerMerchantMax,
  type UrlRule,
  type WebhookEndpoint,
  type WebhookRenderers,
} from './endpoint.ts'
import type { WebhookProbe, WebhookSender, WebhookStore } from './ports.ts'
import { sampleEvent } from './sample-event.ts'

export interface NewEndpoint {
  url: string
  description: string | null
  /** Null listens to everything. */
  eventTypes: EventType[] | null
  dialect: Dialect
  /** Asks the URL for an answer first. */
  probe?: boolean
}

/** How long both secrets sign after a rotation. */
export const secretOverlapDefaultMs = 24 * 3_600_000
export const secretOverlapMaxMs = 7 * secretOverlapDefaultMs

/**
 * Webhook endpoints as their merchant sees them. Every endpoint comes with its secret in clear; whether to show it is the
 * dialect's: after `create` and `rotateSecret` alone.
 */
export interface WebhookEndpoints {
  create(caller: Caller, command: NewEndpoint): Promise<Result<WebhookEndpoint>>
  list(caller: Caller): Promise<WebhookEndpoint[]>
  find(caller: Caller, endpointId: EndpointId): Promise<Result<WebhookEndpoint>>
  update(caller: Caller, endpointId: EndpointId, change: EndpointChange): Promise<Result<WebhookEndpoint>>
  delete(caller: Caller, endpointId: EndpointId): Promise<Result<{ endpointId: EndpointId }>>
  /** `overlapMs` 0 … `secretOverlapMaxMs`; the caller has checked it. */
  rotateSecret(caller: Caller, endpointId: EndpointId, change: { overlapMs: number }): Promise<Result<WebhookEndpoint>>
  /** Sends a made-up event of that type at once, also to a disabled endpoint. Not tried again and not logged. */
  sendTest(caller: Caller, endpointId: EndpointId, type: EventType): Promise<Result<DeliveryAnswer>>
  /** Newest first. */
  listTries(caller: Caller, endpointId: EndpointId, limit: number): Promise<Result<DeliveryTry[]>>
}

export interface EndpointParts {
  store: WebhookStore
  sender: WebhookSender & WebhookProbe
  renderers: WebhookRenderers
  urlRule: UrlRule
  clock: Clock
  ids: Ids
  random: Random
}

const missing = refuse({ refusal: 'not_found', what: 'webhook_endpoint' })
const noAlerts = refuse({ refusal: 'not_supported', why: 'an endpoint of dialect inflow hears of payments alone' })
const scopeOf = (caller: Caller) => ({ merchantId: caller.merchant.merchantId, mode: caller.mode })
const found = (endpoint: WebhookEndpoint | undefined) => (endpoint === undefined ? missing : accept(endpoint))

export function createWebhookEndpoints(parts: EndpointParts): WebhookEndpoints {
  const { store, sender, urlRule, clock, ids, random } = parts

  const newSecret = () => `whsec_${random.bytes(32).toString('base64')}`

  function urlRefusal(url: string | undefined, caller: Caller) {
    const why = url === undefined ? null : urlRule(url, caller.mode)
    return why === null ? null : refuse({ refusal: 'url_not_allowed', why })
  }

  return {
    async create(caller, command) {
      if (parts.renderers[command.dialect] === undefined) {
        return refuse({
          refusal: 'not_supported',
          why: `webhooks of dialect ${command.dialect} are not available here`,
        })
      }
      const { probe = false, ...settings } = command
      const refused = urlRefusal(command.url, caller)
      if (refused !== null) return refused
      const silence = probe ? await sender.probe(command.url, caller.mode) : null
      if (silence !== null) return refuse({ refusal: 'url_not_reachable', why: silence })
      const nowMs = clock.now()
      const endpoint: WebhookEndpoint = {
        ...scopeOf(caller),
        ...settings,
        endpointId: trustedId<EndpointId>(`whe_${ids.timeOrdered()}`),
        secret: newSecret(),
        previousSecret: null,
        previousSecretUntilMs: null,
        status: 'enabled',
        disabledReason: null,
        failingSinceMs: null,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      const ofDialect = endpointsPerDialectMax[command.dialect]
      const outcome = await store.insert(endpoint, { inAll: endpointsPerMerchantMax, ofDialect })
      if (outcome === 'inserted') return accept(endpoint)
      return refuse({ refusal: 'too_many_endpoints', maximum: Math.min(endpointsPerMerchantMax, ofDialect) })
    },

    list: (caller) => store.list(scopeOf(caller)),

    find: async (caller, endpointId) => found(await store.find(scopeOf(caller), endpointId)),

    async update(caller, endpointId, change) {
      const refused = urlRefusal(change.url, caller)
      if (refused !== null) return refused
      return found(await store.update(scopeOf(caller), endpointId, change, clock.now()))
    },

    async delete(caller, endpointId) {
      const deleted = await store.delete(scopeOf(caller), endpointId)
      return deleted ? accept({ endpointId }) : missing
    },

    async rotateSecret(caller, endpointId, { overlapMs }) {
      if (!(overlapMs >= 0 && overlapMs <= secretOverlapMaxMs)) throw new RangeError(`not an overlap: ${overlapMs} ms`)
      const nowMs = clock.now()
      const change = { secret: newSecret(), previousUntilMs: overlapMs === 0 ? null : nowMs + overlapMs }
      return found(await store.rotateSecret(scopeOf(caller), endpointId, change, nowMs))
    },

    async sendTest(caller, endpointId, type) {
      const endpoint = await store.find(scopeOf(caller), endpointId)
      if (endpoint === undefined) return missing
      const event = sampleEvent(scopeOf(caller), type, ids, clock.now())
      if (endpoint.dialect === 'inflow' && isAlert(event)) return noAlerts
      return accept(await sender.send(endpoint, event, caller.merchant))
    },

    async listTries(caller, endpointId, limit) {
      const endpoint = await store.find(scopeOf(caller), endpointId)
      if (endpoint === undefined) return missing
      return accept(await store.listTries(scopeOf(caller), endpointId, limit))
    },
  }
}
