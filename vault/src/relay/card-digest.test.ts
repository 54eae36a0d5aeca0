import { createSecretKey } from 'node:crypto'
import { expect, it } from 'vitest'
import type { OpenCard } from '../cards/card-safe.ts'
import { createCardDigest } from './card-digest.ts'

const digest = createCardDigest(createSecretKey(Buffer.alloc(32, 1)))
const owner = { merchantId: 'mer_1', mode: 'test' } as const
function card(number = '4242424242424242', expMonth = 1, expYear = 2034, cvc = '123'): OpenCard {
  const face = { bin: '', last4: '', brand: 'visa', expMonth, expYear, cardholderName: null } as const
  return { number: Buffer.from(number), cvc: Buffer.from(cvc), face }
}

it('is the same for the same card, whatever its security code', () => {
  expect(digest(owner, card())).toBe(digest(owner, card('4242424242424242', 1, 2034, '999')))
  expect(digest(owner, card())).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

it('differs with number, expiry, merchant, mode and key', () => {
  const digests = [
    digest(owner, card()),
    digest(owner, card('4000056655665556')),
    digest(owner, card(undefined, 12)),
    digest(owner, card(undefined, 1, 2035)),
    digest({ ...owner, merchantId: 'mer_2' }, card()),
    digest({ ...owner, mode: 'live' }, card()),
    createCardDigest(createSecretKey(Buffer.alloc(32, 2)))(owner, card()),
  ]
  expect(new Set(digests).size).toBe(digests.length)
})
