import type { Clock } from '@tessera/lib/clock'

export interface WindowMap<Value> {
  /** The value of this key, made when there is none whose window is open. */
  at(key: string): Value
  find(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  /** Oldest first. */
  values(): Value[]
  readonly size: number
}

/**
 * Values that are forgotten a window after they came to be. Of more than `max` the oldest go first, so that a flood of keys costs
 * memory for nothing but what is fresh.
 */
export function createWindowMap<Value>(o: {
  max: number
  windowMs: number
  make: () => Value
  clock: Clock
}): WindowMap<Value> {
  // In the order of their making, which is the order of their ends.
  const kept = new Map<string, { value: Value; untilMs: number }>()

  function dropOld(nowMs: number): void {
    for (const [key, { untilMs }] of kept) {
      if (untilMs > nowMs && kept.size <= o.max) return
      kept.delete(key)
    }
  }
  function set(key: string, value: Value): void {
    const nowMs = o.clock.monotonicMs()
    kept.delete(key)
    kept.set(key, { value, untilMs: nowMs + o.windowMs })
    dropOld(nowMs)
  }
  function find(key: string): Value | undefined {
    const found = kept.get(key)
    return found !== undefined && found.untilMs > o.clock.monotonicMs() ? found.value : undefined
  }
  return {
    find,
    set,
    at(key) {
      const found = find(key)
      if (found !== undefined) return found
      const value = o.make()
      set(key, value)
      return value
    },
    delete: (key) => void kept.delete(key),
    values() {
      dropOld(o.clock.monotonicMs())
      return [...kept.values()].map(({ value }) => value)
    },
    get size() {
      dropOld(o.clock.monotonicMs())
      return kept.size
    },
  }
}
