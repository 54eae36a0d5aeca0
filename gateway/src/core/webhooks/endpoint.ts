import type { Mode } from '@tessera/contracts/vault-protocol'
import type { EventType, PaymentEvent } from '../events.ts'
import type { EndpointId, EventId, MerchantId } from '../ids.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { Scope } from '../ports/payment-store.ts'
import type { DeliveryAnswer, DeliveryResult, DeliveryTry, DueDelivery } from './delivery.ts'

export type Dialect = 'v1' | 'inflow'
export const endpointsPerMerchantMax = 16

/** `merchant`: turned off by its owner. `gone`: it answered 410. `failing`: five days of nothing but failures. */
export type DisabledReason = 'merchant' | 'gone' | 'failing'

/** Where a merchant wants to hear of its payments. */
export interface WebhookEndpoint {
  merchantId: MerchantId
  endpointId: EndpointId
  mode: Mode
  dialect: Dialect
  url: string
  description: string | null
  /** `whsec_` + base64; shown when it is made and after rotation. */
  secret: string
  /** Signs beside the new one until `previousSecretUntilMs`. */
  previousSecret: string | null
  previousSecretUntilMs: number | null
  /** Null listens to everything. */
  eventTypes: EventType[] | null
  status: 'enabled' | 'disabled'
  disabledReason: DisabledReason | null
  /** Start of an unbroken row of failures. */
  failingSinceMs: number | null
  createdAtMs: number
  updatedAtMs: number
}

/** What is left out stays as it is. */
export interface EndpointChange {
  url?: string
  description?: string | null
  eventTypes?: EventType[] | null
  status?: 'enabled' | 'disabled'
}

/** Says why a merchant may not have events sent to this URL, or null. Looks at the text alone; no name is resolved. */
export type UrlRule = (url: string, mode: Mode) => string | null

/** The body of a delivery. A dialect that renders no webhooks is absent, and endpoints of it cannot be made. */
export type WebhookRenderers = Partial<
  Record<Dialect, (event: PaymentEvent, merchant: Merchant, endpoint: WebhookEndpoint) => string>
>

export interface WebhookSender {
  /** One signed request; every fault is in the answer, nothing is thrown. */
  send(endpoint: WebhookEndpoint, event: PaymentEvent, merchant: Merchant): Promise<DeliveryAnswer>
}

export interface WebhookStore {
  insert(endpoint: WebhookEndpoint, maximum: number): Promise<'inserted' | 'too_many'>
  find(scope: Scope, endpointId: EndpointId): Promise<WebhookEndpoint | undefined>
  /** Oldest first. */
  list(scope: Scope): Promise<WebhookEndpoint[]>
  /** Enabling forgets past failures and makes the deliveries that waited meanwhile due. */
  update(
    scope: Scope,
    endpointId: EndpointId,
    change: EndpointChange,
    nowMs: number,
  ): Promise<WebhookEndpoint | undefined>
  /** Without `previousUntilMs` the old secret ends at once. */
  rotateSecret(
    scope: Scope,
    endpointId: EndpointId,
    change: { secret: string; previousUntilMs: number | null },
    nowMs: number,
  ): Promise<WebhookEndpoint | undefined>
  delete(scope: Scope, endpointId: EndpointId): Promise<boolean>

  /** Newest first. */
  listTries(scope: Scope, endpointId: EndpointId, limit: number): Promise<DeliveryTry[]>
  findEvent(scope: Scope, eventId: EventId): Promise<PaymentEvent | undefined>
  /** The merchant's feed in order of its positions, oldest first, `payment.created` left out. */
  listEvents(
    scope: Scope,
    filter: { limit: number; startingAfter: EventId | null; type: EventType | null; createdFromMs: number },
  ): Promise<{ events: PaymentEvent[]; hasMore: boolean }>
  /** Makes the event due again at every enabled endpoint that listens to it, or at this one; returns at how many. */
  resend(scope: Scope, event: PaymentEvent, endpointId: EndpointId | null, nowMs: number): Promise<number>
}

/** The worker's side: deliveries are claimed, sent and recorded. The row is the job. */
export interface DeliveryStore {
  /** Leases what is due to enabled endpoints, oldest first. A lease that lapses makes the row claimable again. */
  claimDue(nowMs: number, leaseMs: number, limit: number): Promise<{ claimed: number; due: DueDelivery[] }>
  /** Nothing changes where another worker recorded the same try first. */
  record(result: DeliveryResult): Promise<void>
  /**
   * Ends the leases of deliveries that were claimed and will not be sent now. Back in the `queue` they may be claimed at
   * once. The `backlog` is for an endpoint that has enough under way: it waits off the queue, so that one endpoint's
   * deliveries do not stand before the others'.
   */
  giveBack(deliveries: readonly DueDelivery[], to: 'queue' | 'backlog'): Promise<void>
  /** Makes the oldest of an endpoint's backlog due; returns how many. Of a disabled endpoint: none. */
  drawBacklog(
    endpoint: { merchantId: MerchantId; endpointId: EndpointId },
    nowMs: number,
    limit: number,
  ): Promise<number>
  /** Enabled endpoints that have a backlog. */
  listBacklogs(limit: number): Promise<{ merchantId: MerchantId; endpointId: EndpointId }[]>
}
