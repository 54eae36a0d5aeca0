import { expect, test } from 'vitest'
import { ManualClock, OffsetClock, systemClock } from './clock.ts'

test('an offset moves wall time and leaves running durations alone', () => {
  const inner = new ManualClock(1_000)
  const clock = new OffsetClock(inner)
  clock.advance(3_600_000)
  clock.advance(500)
  expect([clock.now(), clock.monotonicMs(), clock.offsetMs]).toEqual([3_601_500, 0, 3_600_500])
  inner.advance(10)
  expect([clock.now(), clock.monotonicMs()]).toEqual([3_601_510, 10])
  clock.offsetMs = 0
  expect(clock.now()).toBe(1_010)
})

test('a manual clock corrected backwards still has monotonic time that never goes back', () => {
  const clock = new ManualClock(5_000)
  clock.advance(100)
  clock.set(1_000)
  expect([clock.now(), clock.monotonicMs()]).toEqual([1_000, 100])
})

test('the system clock tells epoch milliseconds as whole numbers', () => {
  expect(Number.isSafeInteger(systemClock.now())).toBe(true)
  expect(systemClock.now()).toBeGreaterThan(Date.UTC(2024, 0, 1))
})
