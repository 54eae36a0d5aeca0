import { accept, type Result, refuse } from '../refusals.ts'
import { largestAmountMinor, type Money } from './amount.ts'
import { minimumOf } from './minimums.ts'

/** Compares what would be charged with the smallest and the largest amount of its currency. */
export function checkLimits(money: Money): Result<Money> {
  const minimumMinor = minimumOf(money.currency)
  if (money.amountMinor < minimumMinor) {
    return refuse({ refusal: 'amount_below_minimum', ...money, minimumMinor })
  }
  if (money.amountMinor > largestAmountMinor) {
    return refuse({ refusal: 'amount_above_maximum', maximumMinor: largestAmountMinor, currency: money.currency })
  }
  return accept(money)
}
