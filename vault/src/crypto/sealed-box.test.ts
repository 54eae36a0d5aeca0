import { createSecretKey, randomBytes } from 'node:crypto'
import { secureRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { SealBroken } from './aes-gcm.ts'
import { type Binding, keyVersionOf, open, seal } from './sealed-box.ts'

const key = { version: 7, key: createSecretKey(randomBytes(32)) }
const binding: Binding = { table: 'tokens', mode: 'test', merchantId: 'mer_1', recordId: 'tok_1' }
const number = Buffer.from('4242424242424242')

describe('a sealed value', () => {
  it('opens in its place, and says which key opens it', () => {
    const sealed = seal(key, binding, number, secureRandom)
    expect(open(key, binding, sealed)).toEqual(number)
    expect(keyVersionOf(sealed)).toBe(7)
    expect(sealed.includes(number)).toBe(false)
  })

  it('looks different each time', () => {
    expect(seal(key, binding, number, secureRandom)).not.toEqual(seal(key, binding, number, secureRandom))
  })

  it.each([
    ['table', { table: 'cvcs' }],
    ['mode', { mode: 'live' }],
    ['merchant', { merchantId: 'mer_2' }],
    ['record', { recordId: 'tok_2' }],
    ['shifted parts', { merchantId: 'mer_1t', recordId: 'ok_1' }],
  ] as const)('does not open under another %s', (_what, change) => {
    const sealed = seal(key, binding, number, secureRandom)
    expect(() => open(key, { ...binding, ...change }, sealed)).toThrow(SealBroken)
  })

  it('does not open under another key, or another version of its key', () => {
    const sealed = seal(key, binding, number, secureRandom)
    expect(() => open({ version: 7, key: createSecretKey(randomBytes(32)) }, binding, sealed)).toThrow(SealBroken)
    expect(() => open({ ...key, version: 8 }, binding, sealed)).toThrow(SealBroken)
  })

  it('does not open when a single bit is turned, wherever it is', () => {
    const sealed = seal(key, binding, number, secureRandom)
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed)
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => open(key, binding, altered), `bit ${bit}`).toThrow(SealBroken)
    }
  })

  it('does not open when it is cut short', () => {
    const sealed = seal(key, binding, number, secureRandom)
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => open(key, binding, sealed.subarray(0, length))).toThrow(SealBroken)
    }
  })
})
