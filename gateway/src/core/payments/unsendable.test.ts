import { ManualClock } from '@tessera/lib/clock'
import { expect, it } from 'vitest'
import { createUnsendable } from './unsendable.ts'

it('time runs from the first that was heard of an operation, by the clock that never jumps', () => {
  const clock = new ManualClock(50_000)
  const unsendable = createUnsendable(clock)
  expect(unsendable.knownForMs('a')).toBe(0)
  clock.advance(7)
  expect(unsendable.knownForMs('b')).toBe(0)
  expect(unsendable.knownForMs('a')).toBe(7)
  clock.set(9_000_000)
  expect(unsendable.knownForMs('a')).toBe(7)
})

it('the oldest is forgotten for want of room, and only begins again', () => {
  const clock = new ManualClock(50_000)
  const unsendable = createUnsendable(clock)
  for (let made = 0; made < 20_000; made += 1) unsendable.knownForMs(`op_${made}`)
  clock.advance(3)
  expect(unsendable.knownForMs('op_0')).toBe(3)
  expect(unsendable.knownForMs('one more')).toBe(0)
  expect(unsendable.knownForMs('op_1')).toBe(3)
  expect(unsendable.knownForMs('op_0')).toBe(0)
})
