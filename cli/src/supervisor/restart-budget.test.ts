import { ManualClock } from '@tessera/lib/clock'
import { expect, test } from 'vitest'
import { RestartBudget } from './restart-budget.ts'

const minuteMs = 60_000

test('pauses grow from 100 ms to 5 s, and the eleventh restart within a minute is refused', () => {
  const budget = new RestartBudget(new ManualClock(0))
  const taken = Array.from({ length: 11 }, () => budget.take())
  expect(taken.map((one) => (one === 'exhausted' ? one : one.pauseMs))).toEqual([
    100,
    200,
    400,
    800,
    1_600,
    3_200,
    5_000,
    5_000,
    5_000,
    5_000,
    'exhausted',
  ])
})

test('a process that held for a minute starts over', () => {
  const clock = new ManualClock(0)
  const budget = new RestartBudget(clock)
  for (let n = 0; n < 10; n++) budget.take()
  clock.advance(minuteMs)
  expect(budget.take()).toEqual({ pauseMs: 100 })
})

test('ten deaths spread over more than a minute do not exhaust it', () => {
  const clock = new ManualClock(0)
  const budget = new RestartBudget(clock)
  for (let n = 0; n < 30; n++) {
    expect(budget.take()).not.toBe('exhausted')
    clock.advance(minuteMs / 9)
  }
})
