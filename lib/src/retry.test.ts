import { expect, test } from 'vitest'
import { ManualClock } from './clock.ts'
import { seededRandom } from './random.ts'
import { type RetryOptions, retry } from './retry.ts'
import { ManualTimers } from './timers.ts'

function options(overrides: Partial<RetryOptions> = {}): RetryOptions & { timers: ManualTimers } {
  const clock = new ManualClock(0)
  return {
    attempts: 5,
    firstPauseMs: 100,
    maxPauseMs: 400,
    deadlineMs: 10_000,
    isRetryable: (error) => error === 'again',
    clock,
    random: seededRandom(3),
    ...overrides,
    timers: new ManualTimers(clock),
  }
}

test('the first success is the result, and runs are numbered from 1', async () => {
  const o = options()
  const result = retry(async (attempt) => {
    if (attempt < 3) throw 'again'
    return attempt
  }, o)
  await o.timers.advance(1_000)
  expect(await result).toBe(3)
})

test('an error that is not retryable is thrown at once', async () => {
  let runs = 0
  const o = options()
  await expect(
    retry(async () => {
      runs++
      throw 'never'
    }, o),
  ).rejects.toBe('never')
  expect([runs, o.timers.waiting]).toEqual([1, 0])
})

test('the last error is thrown after the last attempt', async () => {
  let runs = 0
  const o = options({ isRetryable: () => true })
  const result = Promise.allSettled([
    retry(async () => {
      throw `error ${++runs}`
    }, o),
  ])
  await o.timers.advance(60_000)
  expect(await result).toEqual([{ status: 'rejected', reason: 'error 5' }])
})

test('pauses grow, are never longer than the longest, and differ by chance', async () => {
  const o = options({ attempts: 7 })
  const startsMs: number[] = []
  const result = Promise.allSettled([
    retry(async () => {
      startsMs.push(o.clock.monotonicMs())
      throw 'again'
    }, o),
  ])
  await o.timers.advance(60_000)
  await result
  const pausesMs = startsMs.slice(1).map((startMs, index) => startMs - (startsMs[index] as number))
  expect(pausesMs).toHaveLength(6)
  for (const [index, pauseMs] of pausesMs.entries()) {
    const fullMs = Math.min(400, 100 * 2 ** index)
    expect(pauseMs).toBeGreaterThanOrEqual(fullMs / 2)
    expect(pauseMs).toBeLessThanOrEqual(fullMs)
  }
  expect(new Set(pausesMs.slice(2)).size).toBeGreaterThan(1)
})

test('no run begins after the deadline', async () => {
  const o = options({ attempts: 1000, deadlineMs: 1_000 })
  const startsMs: number[] = []
  const result = Promise.allSettled([
    retry(async () => {
      startsMs.push(o.clock.monotonicMs())
      throw 'again'
    }, o),
  ])
  await o.timers.advance(60_000)
  expect(await result).toEqual([{ status: 'rejected', reason: 'again' }])
  expect(startsMs.length).toBeGreaterThan(2)
  expect(startsMs.length).toBeLessThan(12)
  expect(Math.max(...startsMs)).toBeLessThanOrEqual(1_000)
})
