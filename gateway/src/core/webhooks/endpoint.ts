import type { Mode } from '@tessera/contracts/vault-protocol'
import type { EventType, MerchantEvent } from '../events.ts'
import type { EndpointId, MerchantId } from '../ids.ts'
import type { Merchant } from '../merchants/merchant.ts'

export type Dialect = 'v1' | 'inflow'
export const endpointsPerMerchantMax = 16
/** Of those, how many may be written in one dialect. */
export const endpointsPerDialectMax: Record<Dialect, number> = { v1: 16, inflow: 5 }

/**
 * `merchant`: turned off by its owner. `gone`: it answered 410. `failing`: five days of nothing but failures. `exhausted`: an
 * event was not taken in ten tries, where the endpoint's dialect promises that this is the end.
 */
export type DisabledReason = 'merchant' | 'gone' | 'failing' | 'exhausted'

/** Where a merchant wants to hear of its payments, and with dialect `v1` of alerts. */
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
  Record<Dialect, (event: MerchantEvent, merchant: Merchant, endpoint: WebhookEndpoint) => string>
>
