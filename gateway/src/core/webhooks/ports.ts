import type { Mode } from '@tessera/contracts/vault-protocol'
import type { EventType, MerchantEvent } from '../events.ts'
import type { EndpointId, EventId, MerchantId } from '../ids.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { Scope } from '../ports/payment-store.ts'
import type { DeliveryAnswer, DeliveryResult, DeliveryTry, DueDelivery } from './delivery.ts'
import type { EndpointChange, WebhookEndpoint } from './endpoint.ts'

export interface WebhookSender {
  /** One signed request; every fault is in the answer, nothing is thrown. */
  send(endpoint: WebhookEndpoint, event: MerchantEvent, merchant: Merchant): Promise<DeliveryAnswer>
}

export interface WebhookProbe {
  /** Asks whether anybody answers there, with HEAD. Null when somebody does; else why not, for the merchant to read. */
  probe(url: string, mode: Mode): Promise<string | null>
}

export interface WebhookStore {
  /** The limits are for all endpoints of the merchant and mode, and for those of this one's dialect. */
  insert(endpoint: WebhookEndpoint, maximum: { inAll: number; ofDialect: number }): Promise<'inserted' | 'too_many'>
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
  findEvent(scope: Scope, eventId: EventId): Promise<MerchantEvent | undefined>
  /** The merchant's feed in order of its positions, oldest first: its public events. */
  listEvents(
    scope: Scope,
    filter: { limit: number; startingAfter: EventId | null; type: EventType | null; createdFromMs: number },
  ): Promise<{ events: MerchantEvent[]; hasMore: boolean }>
  /** Makes the event due again at every enabled endpoint that listens to it, or at this one; returns at how many. */
  resend(scope: Scope, event: MerchantEvent, endpointId: EndpointId | null, nowMs: number): Promise<number>
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
