import type { Currency } from '../money/currencies.ts'
import type { TaxDecision, TaxResult } from './tax-decision.ts'

export interface UnpricedItem {
  name: string
  unitPriceMinor: number
  quantity: number
}

export interface PricedItem extends UnpricedItem {
  /** net + tax is what this line costs the shopper. */
  netMinor: number
  taxMinor: number
}

export interface PricedOrder {
  items: PricedItem[]
  netMinor: number
  taxMinor: number
  /** Sum of price × quantity as given. */
  pricedMinor: number
}

export declare function priceOrder(
  items: readonly UnpricedItem[],
  pricingMode: 'tax_exclusive' | 'tax_inclusive',
  decision: TaxDecision | null,
  options: { currency: Currency; roundPerLine: boolean },
): TaxResult<PricedOrder>
