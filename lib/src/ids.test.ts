import { expect, test } from 'vitest'
import { ManualClock } from './clock.ts'
import { createIds } from './ids.ts'
import { type Random, secureRandom, seededRandom } from './random.ts'

const shape = /^[0-9a-hjkmnp-tv-z]{26}$/
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Plain big-number base32, as a second opinion. */
function encode(value: bigint): string {
  let text = ''
  for (let index = 0; index < 26; index++) {
    text = alphabet.charAt(Number(value & 31n)) + text
    value >>= 5n
  }
  return text
}

function fixed(bytes: Buffer): Random {
  return { bytes: (length) => Buffer.from(bytes.subarray(0, length)), unit: () => 0 }
}

test('a time-ordered id is 48 bits of time, a zero bit and then 79 random bits, in Crockford base32', () => {
  const random = seededRandom(9)
  for (const nowMs of [0, 1, 1_048_575, 1_048_576, 1_763_712_000_123, 2 ** 48 - 1]) {
    const bytes = random.bytes(10)
    bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0)
    const id = createIds(new ManualClock(nowMs), fixed(bytes)).timeOrdered()
    expect(id).toBe(encode((BigInt(nowMs) << 80n) | BigInt(`0x${bytes.toString('hex')}`)))
  }
})

test('ids of a later millisecond sort after all ids of an earlier one', () => {
  const clock = new ManualClock(1_763_712_000_000)
  const ids = createIds(clock, secureRandom)
  let previous = ids.timeOrdered()
  for (let index = 0; index < 2_000; index++) {
    clock.advance(index % 3 === 0 ? 1 : 1_000)
    const next = ids.timeOrdered()
    expect(next > previous).toBe(true)
    previous = next
  }
})

test('a random id uses all 130 bits and none of the time', () => {
  const clock = new ManualClock(0)
  const ids = createIds(clock, fixed(Buffer.alloc(17, 0xff)))
  expect(ids.random()).toBe('z'.repeat(26))
  clock.advance(1_000_000)
  expect(ids.random()).toBe('z'.repeat(26))
  const seen = Array.from({ length: 2_000 }, () => createIds(clock, secureRandom).random())
  expect(new Set(seen).size).toBe(2_000)
  for (let place = 0; place < 26; place++) {
    expect(new Set(seen.map((id) => id.charAt(place))).size).toBe(32)
  }
})

test('both kinds have the one shape that columns and prefixes are made for', () => {
  const ids = createIds(new ManualClock(1_763_712_000_000), secureRandom)
  for (let index = 0; index < 500; index++) {
    expect(ids.timeOrdered()).toMatch(shape)
    expect(ids.random()).toMatch(shape)
  }
})

test('ids of one millisecond sort in the order of making', () => {
  const ids = createIds(new ManualClock(1_800_000_000_000), secureRandom)
  const made = Array.from({ length: 2_000 }, () => ids.timeOrdered())
  expect([...made].sort()).toEqual(made)
  expect(new Set(made).size).toBe(2_000)
})
