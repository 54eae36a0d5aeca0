import { expect, test } from 'vitest'
import { secureRandom, seededRandom } from './random.ts'

test('secure bytes do not repeat across refills of the pool', () => {
  const seen = new Set<string>()
  for (let index = 0; index < 5_000; index++) seen.add(secureRandom.bytes(16).toString('hex'))
  expect(seen.size).toBe(5_000)
})

test('bytes handed out belong to the caller: wiping them changes no others', () => {
  const kept = secureRandom.bytes(32)
  const copy = Buffer.from(kept)
  for (let index = 0; index < 1_000; index++) secureRandom.bytes(32).fill(0)
  expect(kept.equals(copy)).toBe(true)
})

test.each([0, 1, 256, 257, 10_000])('%i bytes are as many as asked for', (length) => {
  expect(secureRandom.bytes(length).length).toBe(length)
  expect(seededRandom(1).bytes(length).length).toBe(length)
})

test('every byte value comes up about equally often', () => {
  const counts = new Array<number>(256).fill(0)
  for (let index = 0; index < 1_000; index++) {
    for (const byte of secureRandom.bytes(256)) counts[byte] = (counts[byte] as number) + 1
  }
  // 1000 expected each, standard deviation about 32: eight of those either way does not happen by chance.
  expect(Math.min(...counts)).toBeGreaterThan(750)
  expect(Math.max(...counts)).toBeLessThan(1_250)
})

test.each([
  { name: 'secure', random: secureRandom },
  { name: 'seeded', random: seededRandom(11) },
])('$name units lie in [0, 1) and spread over it', ({ random }) => {
  const units = Array.from({ length: 10_000 }, () => random.unit())
  expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true)
  const mean = units.reduce((sum, unit) => sum + unit, 0) / units.length
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03)
})

test('one seed gives one sequence, another seed another', () => {
  expect(seededRandom(5).bytes(64)).toEqual(seededRandom(5).bytes(64))
  expect(seededRandom(5).bytes(64)).not.toEqual(seededRandom(6).bytes(64))
})
