import { expect, it } from 'vitest'
import { OriginsInvalid, readOrigins } from './origins.ts'

it.each([
  [['https://shop.example'], ['https://shop.example']],
  [['https://Shop.Example:443', 'https://shop.example'], ['https://shop.example']],
  [
    ['https://shop.example:8443', 'http://localhost:3000'],
    ['https://shop.example:8443', 'http://localhost:3000'],
  ],
  [
    ['http://127.0.0.1:3000', 'http://[::1]:3000'],
    ['http://127.0.0.1:3000', 'http://[::1]:3000'],
  ],
  [['http://localhost'], ['http://localhost']],
  [[], null],
])('%o are kept as browsers spell them', (given, kept) => {
  expect(readOrigins(given)).toEqual(kept)
})

it.each([
  'shop.example',
  'http://shop.example',
  'http://localhost.shop.example',
  'http://mylocalhost:3000',
  'ftp://localhost',
  'https://shop.example/pay',
  'https://user@shop.example',
  'https://shop.example?x',
  'https://*.shop.example',
  'https://a;b.example',
  'https://a,b.example',
  'javascript:alert(1)',
  'null',
  '',
])('%s is refused', (text) => {
  expect(() => readOrigins([text])).toThrow(OriginsInvalid)
  expect(() => readOrigins([text])).toThrow(`${text} is no origin`)
})

it('a merchant has fifty of them at most', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `https://shop${index}.example`)
  expect(readOrigins(many(50))).toHaveLength(50)
  expect(() => readOrigins(many(51))).toThrow('at most 50')
  expect(() => readOrigins(many(51))).toThrow(OriginsInvalid)
})
