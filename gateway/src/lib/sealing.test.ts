import { seededRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { createSealer, SealBroken, type SealedPlace } from './sealing.ts'

const random = seededRandom(7)
const oldKey = random.bytes(32)
const newKey = random.bytes(32)
const place: SealedPlace = { kind: 'webhook_secret', merchantId: 'mer_1', recordId: 'whe_1' }
const sealer = createSealer({ keys: [oldKey], random })

test('what was sealed opens in its own place', () => {
  const sealed = sealer.seal('whsec_né', place)
  expect(sealed.includes('whsec')).toBe(false)
  expect(sealer.open(sealed, place)).toBe('whsec_né')
})

test.each<SealedPlace>([
  { ...place, kind: 'return_signing_secret' },
  { ...place, merchantId: 'mer_2' },
  { ...place, recordId: 'whe_2' },
  { ...place, merchantId: 'mer_1w', recordId: 'he_1' },
])('what was sealed does not open in another place: %o', (other) => {
  expect(() => sealer.open(sealer.seal('secret', place), other)).toThrow(SealBroken)
})

test('changing any byte keeps it shut', () => {
  const sealed = sealer.seal('secret', place)
  for (let index = 0; index < sealed.length; index++) {
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(index) ^ 1, index)
    expect(() => sealer.open(altered, place)).toThrow(SealBroken)
  }
})

test('cutting it anywhere keeps it shut', () => {
  const sealed = sealer.seal('secret', place)
  for (let length = 0; length < sealed.length; length++) {
    expect(() => sealer.open(sealed.subarray(0, length), place)).toThrow(SealBroken)
  }
})

test('sealing twice never gives the same bytes', () => {
  expect(sealer.seal('secret', place).equals(sealer.seal('secret', place))).toBe(false)
})

test('after a rotation what the old key sealed still opens', () => {
  const rotated = createSealer({ keys: [newKey, oldKey], random })
  expect(rotated.open(sealer.seal('secret', place), place)).toBe('secret')
})

test('after a rotation the new key seals', () => {
  const rotated = createSealer({ keys: [newKey, oldKey], random })
  const newAlone = createSealer({ keys: [newKey], random })
  expect(newAlone.open(rotated.seal('secret', place), place)).toBe('secret')
})

test('a key that was taken away opens nothing', () => {
  const other = createSealer({ keys: [newKey], random })
  expect(() => other.open(sealer.seal('secret', place), place)).toThrow('not configured')
})

test('a key of another length is refused', () => {
  expect(() => createSealer({ keys: [random.bytes(16)], random })).toThrow('32 bytes')
})
