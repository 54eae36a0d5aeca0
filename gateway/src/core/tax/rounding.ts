/** n / d to the nearest whole number, half away from zero. Both are not negative, and d is not zero. */
export function roundedQuotient(n: bigint, d: bigint): bigint {
  return (2n * n + d) / (2n * d)
}

/**
 * Splits a total into parts in proportion to weights, by the largest remainder; among equal ones the first gains. No part
 * exceeds its weight where the total does not exceed the sum of the weights.
 */
export function apportion(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n)
  if (sum === 0n) return weights.map(() => 0n)
  const parts = weights.map((weight) => (total * weight) / sum)
  const left = Number(total - parts.reduce((all, part) => all + part, 0n))
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (total * weight) % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of byRemainder.slice(0, left)) parts[index] = (parts[index] as bigint) + 1n
  return parts
}
