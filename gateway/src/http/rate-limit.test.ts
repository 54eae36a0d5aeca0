import { ManualClock } from '@tessera/lib/clock'
import { expect, it } from 'vitest'
import { createRateLimiter } from './rate-limit.ts'

it('grants a burst, then a steady rate, to each key for itself', () => {
  const clock = new ManualClock(0)
  const limiter = createRateLimiter({ perSecond: 10, burst: 20 }, clock)
  const granted = (key: string, tries: number) =>
    Array.from({ length: tries }, () => limiter.take(key)).filter((wait) => wait === 0).length
  expect(granted('a', 50)).toBe(20)
  expect(granted('b', 50)).toBe(20)
  clock.advance(1_000)
  expect(granted('a', 50)).toBe(10)
  clock.advance(60_000)
  expect(granted('a', 50)).toBe(20)
})

it('says after how many whole seconds a request may come again', () => {
  const clock = new ManualClock(0)
  const limiter = createRateLimiter({ perSecond: 0.25, burst: 1 }, clock)
  expect(limiter.take('a')).toBe(0)
  expect(limiter.take('a')).toBe(4)
  clock.advance(3_000)
  expect(limiter.take('a')).toBe(1)
  clock.advance(1_000)
  expect(limiter.take('a')).toBe(0)
})
