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
  [[], null],
])('%o are kept as browsers spell them', (given, kept) => {
  expect(readOrigins(given)).toEqual(kept)
})

it.each([
  'shop.example',
  'http://shop.example',
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
})
