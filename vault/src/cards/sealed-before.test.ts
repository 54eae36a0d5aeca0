import { createSecretKey } from 'node:crypto'
import { secureRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { createCardSafe } from './card-safe.ts'

/** What the first release has sealed; see `crypto/sealed-before.test.ts`. */
const sealed = {
  tokenNumber: 'AQAAAAW49Ova7T6GiM3prtoFlfbvHVmD8kGJt2KMSKcSxHyoYw+YM8BoH8pKiaPL1g==',
  tokenCvc: 'AQAAAAY90FR8kQQa4Wym8fLZTIQkno9mthwL4KXJv3xWBEiv',
  cardNumber: 'AQAAAAFwgz9ubG/Ydj2DmbVx0X/r0YQijRpGU6qnfxid50Bdcsiwe8VzaJkb1eYNaA==',
  cardKey: 'AQAAAAESHexeJ95Ow+pMTxopKBgcD0/rJzLzWs/hutRSymJxds2gqLsaR5+AeseXBt5Ij57Tg2J4rv6U86fYSp4=',
  fingerprint: 'YPWheSnMiELEBrMt+krLO0xZNWuKLJX1Ikr/BgPHJ5c=',
}
const bytesOf = (place: keyof typeof sealed) => Buffer.from(sealed[place], 'base64')
const keyOf = (byte: number, version: number) => ({ version, key: createSecretKey(Buffer.alloc(32, byte)) })

const merchantKey = async () => keyOf(2, 1)
const epochKey = async (purpose: 'number' | 'cvc') => (purpose === 'number' ? keyOf(3, 5) : keyOf(4, 6))
const safe = createCardSafe({
  merchantKeys: { current: merchantKey, version: merchantKey },
  epochKeys: { current: epochKey, version: epochKey, turn: async () => undefined },
  random: secureRandom,
})
const owner = { merchantId: 'mer_1', mode: 'live' } as const
const face = { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2039, cardholderName: null } as const
const number = Buffer.from('4242424242424242')

test('a token of the first release opens, with its CVC', async () => {
  const source = { kind: 'token', token: 'tok_1', sealedNumber: bytesOf('tokenNumber') } as const
  const card = await safe.openHeld(owner, { face, source: { ...source, sealedCvc: bytesOf('tokenCvc') } })
  expect(card).toEqual({ number, cvc: Buffer.from('737'), face })
})

test('a saved card of the first release opens', async () => {
  const source = { kind: 'card', cardId: 'pmi_1', sealedNumber: bytesOf('cardNumber') } as const
  const card = await safe.openHeld(owner, { face, source: { ...source, wrappedKey: bytesOf('cardKey') } })
  expect(card).toEqual({ number, cvc: null, face })
})

test('a card has the fingerprint that it had under the first release', async () => {
  expect(await safe.fingerprint(owner, number)).toEqual({ keyVersion: 1, mac: bytesOf('fingerprint') })
})
