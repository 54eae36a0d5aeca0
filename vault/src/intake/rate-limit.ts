import type { Clock } from '@tessera/lib/clock'

export interface RateLimiter {
  /** 0 when the request may go on, else the whole seconds after which one may. */
  take(key: string): number
}

interface Bucket {
  left: number
  atMs: number
}

/** More than any deployment has keys; a full map is emptied, which only gives everybody a full bucket again. */
const bucketsMax = 100_000

/** A token bucket per key. */
export function createRateLimiter(limit: { perSecond: number; burst: number }, clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>()
  return {
    take(key) {
      const nowMs = clock.monotonicMs()
      let bucket = buckets.get(key)
      if (bucket === undefined) {
        if (buckets.size >= bucketsMax) buckets.clear()
        bucket = { left: limit.burst, atMs: nowMs }
        buckets.set(key, bucket)
      }
      bucket.left = Math.min(limit.burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * limit.perSecond)
      bucket.atMs = nowMs
      if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / limit.perSecond))
      bucket.left -= 1
      return 0
    },
  }
}
