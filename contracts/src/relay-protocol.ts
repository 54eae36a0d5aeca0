import type { CardFace } from './vault-protocol.ts'

/**
 * What the vault says to the gateway: `POST /api/server/payment` as a merchant sent it, without its card. The request carries the
 * merchant's key as it came and, in place of the card, members of the body that mean nothing without the signature.
 */
export const serverPaymentPath = '/api/server/payment'

/** Of the request: the signature of `internal-signature.ts` over the body, good for one use. */
export const relaySignatureHeader = 'x-tessera-relay'

export const relayMembers = {
  /** The single-use token that stands for the card. */
  cardToken: 'card_token',
  /** Keyed digest of number and expiry, never of the CVC: the same for the same card of one merchant, whatever its token. */
  cardDigest: 'card_digest',
  /** The claim of the token, made together with it: a call less for each payment. */
  cardClaim: 'card_claim',
  /** Instead of all three: what is wrong with the card, so that it is told together with all else that is wrong. */
  cardFaults: 'card_faults',
} as const

/** As the vault would answer a claim of the token by this attempt, which is the vault's choice. */
export interface RelayedClaim {
  attemptId: string
  /** Not `card`: under that name the gateway takes nothing. */
  face: CardFace
  holdExpiresAtMs: number
}

export interface RelayedFault {
  /** `card`, or `card.` and one of its fields. */
  param: string
  message: string
}

/**
 * Of the answer, for the vault alone. `unused`: no payment took the token, which the vault then discards. `refused`: the
 * signature was not accepted, and nothing was done.
 */
export const relayVerdictHeader = 'x-tessera-token'
export type RelayVerdict = 'unused' | 'refused'

/** How much longer the vault may make a body than the merchant sent it. */
export const relayAddsBytesMax = 4_096
