import { ManualClock } from '@tessera/lib/clock'
import { expect, test } from 'vitest'
import { createWindowMap } from './window-map.ts'

const windowMs = 30 * 60_000

function world(max = 100) {
  const clock = new ManualClock(1_800_000_000_000)
  return { clock, map: createWindowMap<number[]>({ max, windowMs, make: () => [], clock }) }
}

test('a value is forgotten a window after it came to be, however often it was asked for', () => {
  const { clock, map } = world()
  map.at('a').push(1)
  clock.advance(windowMs - 1)
  map.at('a').push(2)
  expect(map.find('a')).toEqual([1, 2])
  clock.advance(1)
  expect(map.find('a')).toBeUndefined()
  expect(map.at('a')).toEqual([])
})

test('of more than the bound the oldest go first, and what is over takes no room', () => {
  const { clock, map } = world(3)
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, [])
  expect(map.find('a')).toBeUndefined()
  expect([map.size, map.find('d')]).toEqual([3, []])
  clock.advance(windowMs)
  expect(map.size).toBe(0)
})
