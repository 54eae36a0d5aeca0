import { expect, test } from 'vitest'
import { secureRandom } from './random.ts'
import { newUuid } from './uuid.ts'

test('a UUID has its version and variant, and the rest is random', () => {
  const made = Array.from({ length: 200 }, () => newUuid(secureRandom))
  for (const uuid of made) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(made).size).toBe(200)
})

test('bits that are all set stand nowhere but where the random ones are', () => {
  const ones = { bytes: (length: number) => Buffer.alloc(length, 0xff), unit: () => 0 }
  expect(newUuid(ones)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
})
