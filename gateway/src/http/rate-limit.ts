import type { Clock } from '@tessera/lib/clock'

export interface RateLimit {
  perSecond: number
  /** The most that may be spent at once after a pause. */
  burst: number
}

interface Bucket {
  left: number
  atMs: number
}

/** More than any deployment has keys; a full map is emptied, which only gives everybody a full bucket again. */
const bucketsMax = 100_000

/** A token bucket per key, in this process: several gateways behind a balancer each grant the whole rate. */
export function createRateLimiter(limit: RateLimit, clock: Clock) {
  const buckets = new Map<string, Bucket>()
  return {
    /** 0 when the request may go on, else the whole seconds after which one may. */
    take(key: string): number {
      const nowMs = clock.monotonicMs()
      const bucket = buckets.get(key)
      if (bucket === undefined) {
        if (buckets.size >= bucketsMax) buckets.clear()
        buckets.set(key, { left: limit.burst - 1, atMs: nowMs })
        return 0
      }
      bucket.left = Math.min(limit.burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * limit.perSecond)
      bucket.atMs = nowMs
      if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / limit.perSecond))
      bucket.left -= 1
      return 0
    },
  }
}
