import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { derivedId } from './derived-id.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

test('the id is the first 130 bits of a digest of the parts, in Crockford base32', () => {
  const digest = BigInt(`0x${hash('sha256', '["m_1","test","a"]', 'hex')}`)
  const expected = Array.from({ length: 26 }, (_, place) =>
    alphabet.charAt(Number((digest >> BigInt(256 - 5 * (place + 1))) & 31n)),
  ).join('')
  expect(derivedId('m_1', 'test', 'a')).toBe(expected)
})

test('parts cut at other places, or in another order, give another id', () => {
  const ids = [
    derivedId('ab', 'c'),
    derivedId('a', 'bc'),
    derivedId('abc'),
    derivedId('c', 'ab'),
    derivedId('a","b', 'c'),
  ]
  expect(new Set([...ids, derivedId('a', 'b', 'c')]).size).toBe(6)
})
