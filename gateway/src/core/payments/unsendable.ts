import type { Clock } from '@tessera/lib/clock'

/**
 * Since when this process has known of operations that they can no longer be sent, by its own monotonic clock. Wall clocks differ
 * between machines and are corrected while a request is on its way: measured with them, an acquirer's window could be over
 * before it began, and a payment be called failed that is captured a moment later.
 */
export interface Unsendable {
  /** How long it has been known, in ms; 0 where this is the first that is heard of it. */
  knownForMs(operationId: string): number
}

const rememberedMax = 20_000

/** What is forgotten, with a restart or for want of room, only begins its window again. */
export function createUnsendable(clock: Clock): Unsendable {
  const since = new Map<string, number>()
  return {
    knownForMs(operationId) {
      const nowMs = clock.monotonicMs()
      const sinceMs = since.get(operationId)
      if (sinceMs !== undefined) return nowMs - sinceMs
      const [oldest] = since.keys()
      if (oldest !== undefined && since.size >= rememberedMax) since.delete(oldest)
      since.set(operationId, nowMs)
      return 0
    },
  }
}
