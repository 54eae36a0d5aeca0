import type { KeyObject } from 'node:crypto'
import type { OpenCard, Owner } from '../cards/card-safe.ts'
import { derivedKey, hmacSha256 } from '../crypto/derivation.ts'

/**
 * Tells the gateway whether a repeated request is about the same card: a keyed hash of the whole number (PCI DSS 3.5.1.1) with
 * the expiry date, different at each merchant and mode. The CVC is no part of it: it must not outlive the authorization in any
 * form (PCI DSS 3.3.1).
 */
export type CardDigest = (owner: Owner, card: OpenCard) => string

export function createCardDigest(key: KeyObject): CardDigest {
  const digestKey = derivedKey(key, 'tessera card digest 1')
  return ({ merchantId, mode }, { number, face }) => {
    // Each part before the number ends where its length says, so that no two cards give the same bytes.
    const head = Buffer.from(`${merchantId.length} ${merchantId} ${mode} ${face.expMonth} ${face.expYear} `)
    return hmacSha256(digestKey, head, number).toString('base64url')
  }
}
