import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import { derivedId } from '@tessera/lib/derived-id'
import {
  type ConnectorId,
  type CustomerId,
  type FingerprintId,
  type MerchantId,
  type PaymentMethodId,
  trustedId,
  type VaultCardId,
} from '../ids.ts'

/** A saved card of a merchant's customer. The number lies in the vault under `cardId`. */
export interface PaymentMethod {
  merchantId: MerchantId
  paymentMethodId: PaymentMethodId
  mode: Mode
  customerId: CustomerId
  cardId: VaultCardId
  fingerprintId: FingerprintId
  connectorId: ConnectorId
  card: CardFace
  /** Of the first payment: what ties later charges to the cardholder's consent. */
  networkTransactionId: string | null
  status: 'active' | 'blocked'
  blockedReason: string | null
  isDefault: boolean
  createdAtMs: number
  updatedAtMs: number
}

/**
 * The same card saved twice by one customer is one payment method, even when both payments run at once: so its id follows
 * from customer and fingerprint.
 */
export function paymentMethodIdOf(
  owner: { merchantId: MerchantId; mode: Mode },
  customerId: CustomerId,
  fingerprintId: FingerprintId,
): PaymentMethodId {
  return trustedId<PaymentMethodId>(`pmi_${derivedId(owner.merchantId, owner.mode, customerId, fingerprintId)}`)
}
