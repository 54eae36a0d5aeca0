import type { Mode } from '@tessera/contracts/vault-protocol'
import type { ThreeDSecureSettings } from '../authentication/settings.ts'
import type { ConnectorId, FlowId, KeyId, MerchantId } from '../ids.ts'
import type { CaptureMethod } from '../payments/payment.ts'
import type { TaxSettings } from '../tax/tax-settings.ts'

export interface Merchant {
  merchantId: MerchantId
  name: string
  status: 'active' | 'inactive'
  s2sEnabled: boolean
  numericExternalIds: boolean
  tax: TaxSettings
  threeDSecure: ThreeDSecureSettings
  /** Sites whose pages may hold our frames; null where none was registered. */
  origins: readonly string[] | null
}

/** Scopes of a secret key, `resource:verb`; `*` is everything. */
export const scopes = [
  '*',
  'payments:read',
  'payments:write',
  'refunds:write',
  'customers:read',
  'customers:write',
  'webhooks:read',
  'webhooks:write',
  'events:read',
  'tokens:write',
] as const
export type ApiScope = (typeof scopes)[number]

/** Who is calling: a key that was checked, and its merchant. */
export interface Caller {
  merchant: Merchant
  keyId: KeyId
  kind: 'publishable' | 'secret'
  mode: Mode
  scopes: readonly string[]
}

/** A routing configuration: which connector takes the payment, and how it is captured by default. */
export interface Flow {
  flowId: FlowId
  captureMethod: CaptureMethod
  isDefault: boolean
  status: 'active' | 'disabled'
  connectorId: ConnectorId
  connector: string
  connectorStatus: 'active' | 'disabled'
}

/** Merchants, keys and flows, answered from memory; a change anywhere is seen within two seconds. */
export interface MerchantDirectory {
  /** By SHA-256 of the key's whole text, hex. Undefined for a key that is unknown, revoked or expired. */
  findCaller(keyHash: string, nowMs: number): Caller | undefined
  merchant(merchantId: MerchantId): Merchant | undefined
  flows(merchantId: MerchantId, mode: Mode): readonly Flow[]
}
