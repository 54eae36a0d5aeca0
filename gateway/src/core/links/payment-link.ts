import type { Mode } from '@tessera/contracts/vault-protocol'
import type { MerchantId, PaymentLinkId } from '../ids.ts'
import type { Currency } from '../money/currencies.ts'
import type { PricingMode, RequestedItem } from '../payments/order.ts'
import type { CheckoutSettings } from '../payments/payment.ts'

/** What a page that may be shared sells: each shopper who opens it gets a payment of their own. */
export interface PaymentLink {
  merchantId: MerchantId
  linkId: PaymentLinkId
  mode: Mode
  name: string
  items: RequestedItem[]
  currency: Currency
  pricingMode: PricingMode
  customization: CheckoutSettings['customization']
  /** An archived link sells nothing until it is taken out of the archive. */
  status: 'active' | 'archived'
  createdAtMs: number
  updatedAtMs: number
}

/** What is left out stays as it is. */
export type PaymentLinkChange = Partial<
  Pick<PaymentLink, 'name' | 'items' | 'currency' | 'pricingMode' | 'customization' | 'status'>
>
