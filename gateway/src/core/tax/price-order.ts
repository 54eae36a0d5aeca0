import { largestAmountMinor } from '../money/amount.ts'
import type { Currency } from '../money/currencies.ts'
import type { OrderItem, PricingMode, RequestedItem } from '../payments/order.ts'
import { apportion, roundedQuotient } from './rounding.ts'
import type { TaxDecision, TaxResult } from './tax-decision.ts'

export interface PricedOrder {
  items: OrderItem[]
  netMinor: number
  taxMinor: number
  /** Sum of price × quantity as given. */
  pricedMinor: number
}

type TaxRates = Pick<TaxDecision, 'rateMillionths' | 'reversedRateMillionths'>
interface Split {
  net: bigint
  tax: bigint
}

const million = 1_000_000n
const largest = BigInt(largestAmountMinor)
const untaxed: TaxRates = { rateMillionths: 0, reversedRateMillionths: 0 }

/**
 * Prices an order: rounded once on the sum, half away from zero, and spread over the lines by largest remainder; or line by
 * line, where the merchant chose so. Without a decision (the buyer is not known yet) there is no tax. Prices are safe integers
 * and not negative, quantities at least 1: anything else is a bug of the caller.
 */
export function priceOrder(
  items: readonly RequestedItem[],
  pricingMode: PricingMode,
  decision: TaxDecision | null,
  options: { currency: Currency; roundPerLine: boolean },
): TaxResult<PricedOrder> {
  const prices = items.map(priceOf)
  const rates = decision ?? untaxed
  const lines = options.roundPerLine
    ? prices.map((price) => split(price, pricingMode, rates))
    : spread(split(sum(prices), pricingMode, rates), prices, pricingMode)

  const [priced, net, tax] = [sum(prices), sum(lines.map((line) => line.net)), sum(lines.map((line) => line.tax))]
  if (net + tax > largest) {
    return {
      ok: false,
      refusal: { refusal: 'amount_above_maximum', maximumMinor: largestAmountMinor, currency: options.currency },
    }
  }
  return {
    ok: true,
    value: {
      items: items.map((item, index) => ({ ...item, ...numbersOf(lines[index] as Split) })),
      ...numbersOf({ net, tax }),
      pricedMinor: Number(priced),
    },
  }
}

function priceOf({ unitPriceMinor, quantity }: RequestedItem): bigint {
  if (!Number.isSafeInteger(unitPriceMinor) || unitPriceMinor < 0) throw new Error(`not a price: ${unitPriceMinor}`)
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new Error(`not a quantity: ${quantity}`)
  return BigInt(unitPriceMinor) * BigInt(quantity)
}

/**
 * A price without tax bears it on top. In a price with tax the net is rounded and the tax is the rest, so that the two always
 * make the price. Under reverse charge the tax that such a price contained is not due, and the net alone is charged.
 */
function split(price: bigint, pricingMode: PricingMode, rates: TaxRates): Split {
  const rate = BigInt(rates.rateMillionths)
  if (pricingMode === 'tax_exclusive') return { net: price, tax: roundedQuotient(price * rate, million) }
  const contained = rate + BigInt(rates.reversedRateMillionths)
  const net = roundedQuotient(price * million, million + contained)
  return { net, tax: rate === 0n ? 0n : price - net }
}

function spread(total: Split, prices: readonly bigint[], pricingMode: PricingMode): Split[] {
  const taxes = apportion(total.tax, prices)
  if (pricingMode === 'tax_exclusive')
    return prices.map((price, index) => ({ net: price, tax: taxes[index] as bigint }))
  if (total.tax === 0n) return apportion(total.net, prices).map((net) => ({ net, tax: 0n }))
  return prices.map((price, index) => ({ net: price - (taxes[index] as bigint), tax: taxes[index] as bigint }))
}

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n)
const numbersOf = ({ net, tax }: Split) => ({ netMinor: Number(net), taxMinor: Number(tax) })
