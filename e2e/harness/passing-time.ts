import type { Product } from './product.ts'
import { until } from './until.ts'

/** What an acquirer has to report is read after this long at the latest; one that is in doubt is asked again about as soon. */
const stepMs = 5_000

/**
 * Waits for what the product does by itself after a pause. The pauses are the product's own and not what the test is about:
 * with every look in vain its clock is moved on.
 */
export function whileTimePasses<T>(
  product: Product,
  look: () => Promise<T>,
  options: { withinMs: number; what: string },
): Promise<NonNullable<T>> {
  return until(
    async () => {
      const found = await look()
      if (!found) await product.advanceClock(stepMs)
      return found
    },
    { ...options, everyMs: 100 },
  )
}
