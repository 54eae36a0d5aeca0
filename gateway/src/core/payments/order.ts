import type { Currency } from '../money/currencies.ts'
import type { TaxDecision } from '../tax/tax-decision.ts'

/** Whether the prices of an order contain the tax, or bear it on top. */
export type PricingMode = 'tax_exclusive' | 'tax_inclusive'

export interface RequestedItem {
  name: string
  unitPriceMinor: number
  quantity: number
}

/** A line of an order: net + tax is what it costs the shopper. */
export interface OrderItem extends RequestedItem {
  netMinor: number
  taxMinor: number
}

/** Who buys: what decides about tax, and whom a receipt names. */
export interface Buyer {
  /** ISO 3166-1 alpha-2. */
  country: string
  postalCode: string | null
  isBusiness: boolean
  businessName: string | null
  taxId: string | null
  firstName: string | null
  lastName: string | null
}

/** What a dialect asks to be paid, before tax is known. */
export interface OrderRequest {
  currency: Currency
  items: RequestedItem[]
  pricingMode: PricingMode
  /** Null: the hosted checkout asks for it; until then the order bears no tax. */
  buyer: Buyer | null
}

/** What is paid, and how it comes about: frozen in the payment. What is charged is net + tax. */
export interface Order {
  items: OrderItem[]
  pricingMode: PricingMode
  buyer: Buyer | null
  /** Sum of price × quantity as given. */
  pricedMinor: number
  netMinor: number
  taxMinor: number
  tax: TaxDecision | null
}

/** A change to what is paid, before it is. What is left out stays as it is. */
export interface OrderChange {
  items?: RequestedItem[]
  pricingMode?: PricingMode
  buyer?: Partial<Buyer>
}
