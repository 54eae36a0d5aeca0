export interface Latency {
  p50: number
  p99: number
  max: number
}

export function latencyOf(samplesMs: readonly number[]): Latency {
  const sorted = [...samplesMs].sort((left, right) => left - right)
  return { p50: rounded(at(sorted, 0.5)), p99: rounded(at(sorted, 0.99)), max: rounded(at(sorted, 1)) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

/** Nearest rank. */
function at(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
