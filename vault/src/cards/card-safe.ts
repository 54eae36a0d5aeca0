import { createSecretKey } from 'node:crypto'
import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type { Random } from '@tessera/lib/random'
import { hmacSha256 } from '../crypto/derivation.ts'
import type { EpochKeys } from '../crypto/epoch-keys.ts'
import type { MerchantKeys } from '../crypto/merchant-keys.ts'
import { type Binding, keyVersionOf, open, seal } from '../crypto/sealed-box.ts'

export interface Owner {
  merchantId: string
  mode: Mode
}

/** A card in clear. Number and CVC are buffers of ASCII digits that `wipeCard` zeroes. */
export interface OpenCard {
  number: Buffer
  cvc: Buffer | null
  face: CardFace
}

export function wipeCard(card: OpenCard | null): void {
  card?.number.fill(0)
  card?.cvc?.fill(0)
}

/** The card behind a hold, sealed. The CVC is there only where this very use took it out of the database. */
export interface HeldCard {
  face: CardFace
  source:
    | { kind: 'token'; token: string; sealedNumber: Buffer | null; sealedCvc: Buffer | null }
    | { kind: 'card'; cardId: string; sealedNumber: Buffer | null; wrappedKey: Buffer | null }
}

/** Where sealed values are made and opened. Every plaintext that it returns is the caller's to wipe. */
export interface CardSafe {
  sealForToken(
    owner: Owner,
    token: string,
    card: { number: Buffer; cvc: Buffer | null },
  ): Promise<{ sealedNumber: Buffer; sealedCvc: Buffer | null }>
  /** Under a data key of its own, which the merchant's card key wraps. */
  sealForSaving(owner: Owner, cardId: string, number: Buffer): Promise<{ sealedNumber: Buffer; wrappedKey: Buffer }>
  /** Null when the number, or the key that sealed it, is gone. Throws SealBroken when it was tampered with. */
  openHeld(owner: Owner, held: HeldCard): Promise<OpenCard | null>
  /** Keyed hash of the whole number (PCI DSS 3.5.1.1). It stays inside the vault. */
  fingerprint(owner: Owner, number: Buffer): Promise<{ keyVersion: number; mac: Buffer }>
}

const dataKeyVersion = 1

export function createCardSafe(parts: { epochKeys: EpochKeys; merchantKeys: MerchantKeys; random: Random }): CardSafe {
  const { epochKeys, merchantKeys, random } = parts
  const tokenNumber = (owner: Owner, token: string): Binding => ({ ...owner, table: 'tokens', recordId: token })
  const tokenCvc = (owner: Owner, token: string): Binding => ({ ...owner, table: 'cvcs', recordId: token })
  const cardNumber = (owner: Owner, cardId: string): Binding => ({ ...owner, table: 'cards.number', recordId: cardId })
  const cardKey = (owner: Owner, cardId: string): Binding => ({ ...owner, table: 'cards.key', recordId: cardId })

  async function openToken(owner: Owner, token: string, sealedNumber: Buffer, sealedCvc: Buffer | null) {
    const numberKey = await epochKeys.version('number', keyVersionOf(sealedNumber))
    const cvcKey = sealedCvc === null ? null : await epochKeys.version('cvc', keyVersionOf(sealedCvc))
    if (numberKey === null || (sealedCvc !== null && cvcKey === null)) return null
    const number = open(numberKey, tokenNumber(owner, token), sealedNumber)
    try {
      const cvc = sealedCvc === null || cvcKey === null ? null : open(cvcKey, tokenCvc(owner, token), sealedCvc)
      return { number, cvc }
    } catch (error) {
      number.fill(0)
      throw error
    }
  }

  async function openSaved(owner: Owner, cardId: string, sealedNumber: Buffer, wrappedKey: Buffer) {
    const merchantKey = await merchantKeys.version(owner.merchantId, owner.mode, 'card', keyVersionOf(wrappedKey))
    const dataKey = open(merchantKey, cardKey(owner, cardId), wrappedKey)
    try {
      const key = { version: dataKeyVersion, key: createSecretKey(dataKey) }
      return { number: open(key, cardNumber(owner, cardId), sealedNumber), cvc: null }
    } finally {
      dataKey.fill(0)
    }
  }

  return {
    async sealForToken(owner, token, { number, cvc }) {
      const numberKey = await epochKeys.current('number')
      const cvcKey = await epochKeys.current('cvc')
      return {
        sealedNumber: seal(numberKey, tokenNumber(owner, token), number, random),
        sealedCvc: cvc === null ? null : seal(cvcKey, tokenCvc(owner, token), cvc, random),
      }
    },
    async sealForSaving(owner, cardId, number) {
      const merchantKey = await merchantKeys.current(owner.merchantId, owner.mode, 'card')
      const dataKey = random.bytes(32)
      try {
        const key = { version: dataKeyVersion, key: createSecretKey(dataKey) }
        return {
          sealedNumber: seal(key, cardNumber(owner, cardId), number, random),
          wrappedKey: seal(merchantKey, cardKey(owner, cardId), dataKey, random),
        }
      } finally {
        dataKey.fill(0)
      }
    },
    async openHeld(owner, { face, source }) {
      if (source.sealedNumber === null) return null
      const opened =
        source.kind === 'token'
          ? await openToken(owner, source.token, source.sealedNumber, source.sealedCvc)
          : source.wrappedKey === null
            ? null
            : await openSaved(owner, source.cardId, source.sealedNumber, source.wrappedKey)
      return opened === null ? null : { ...opened, face }
    },
    async fingerprint(owner, number) {
      const key = await merchantKeys.current(owner.merchantId, owner.mode, 'fingerprint')
      const version = Buffer.alloc(4)
      version.writeUInt32BE(key.version)
      return { keyVersion: key.version, mac: hmacSha256(key.key, version, number) }
    },
  }
}
