import type { AmountMinor } from './amount.ts'
import type { Currency } from './currencies.ts'

/**
 * The smallest amounts that may be charged, in minor units, by currency; compared with what is actually charged. The three
 * are those of the public contracts. A currency without an entry has the smallest positive amount as its minimum.
 */
const minimums: Readonly<Record<string, number>> = { eur: 150, gbp: 100, usd: 200 }

export function minimumOf(currency: Currency): AmountMinor {
  return (minimums[currency] ?? 1) as AmountMinor
}
