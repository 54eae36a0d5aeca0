/**
 * The proof of work that `POST /v1/tokens` asks for under suspicion, and at no other time.
 *
 * The first answer is status 429 with `{"error": {"code": "challenge_required", …, "challenge": TokenChallenge}}`. The caller finds a
 * whole number for which `isSolvedBy` holds and repeats the very same request once, with the header `challengeAnswerHeader: <text>.<number>`.
 * A challenge is good for one token, of one key, until it expires. An answer that is spent, stale, or too easy for what the vault
 * thinks by then is answered with another challenge.
 */

/** As it stands in the answer. */
export interface TokenChallenge {
  /** SHA-256 of the UTF-8 text `<text>.<number>`, the number in decimal digits without a sign or leading zeros. */
  algorithm: 'sha256'
  /** Opaque; only base64url characters. */
  text: string
  /** So many bits at the front of the digest must be zero; on average 2^bits numbers are tried. */
  bits: number
  /** ISO 8601. */
  expires_at: string
}

/** Lower case; CORS preflight allows it. */
export const challengeAnswerHeader = 'tessera-challenge-answer'
export const challengeRequiredCode = 'challenge_required'
/** A challenge that was asked for asks for no less and no more than this. */
export const challengeBits = { least: 14, most: 20 } as const
export const challengeLifetimeMs = 5 * 60_000
/**
 * In test mode a card with this name on it is always asked for a challenge (of `challengeBits.least`), so that an integration
 * can be tried.
 */
export const challengedTestName = 'CHALLENGE'

/** Whether a digest begins with so many zero bits. */
export function isSolvedBy(digest: Uint8Array, bits: number): boolean {
  const whole = bits >> 3
  for (let index = 0; index < whole; index += 1) if (digest[index] !== 0) return false
  const rest = bits & 7
  return rest === 0 || (digest[whole] as number) >> (8 - rest) === 0
}
