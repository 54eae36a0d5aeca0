import type { WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'

/** A gateway that claimed a card has recorded its attempt long before, unless it died. */
const claimsOlderThanMs = 30_000
export const claimsPerPage = 500
const pagesMax = 40

/**
 * Claims that were not sent and will not be. One that no payment knows (its gateway died before it was recorded) is given back, so that
 * the token can be used. One whose attempt ended without having been sent (the vault died in between, and with it went the release) is
 * ended, so that its CVC does not wait for the hold's own deadline. Claims that wait for a confirmation are looked at and left; they may be
 * many, and stand before the others.
 */
export async function releaseClaims({ vault, work }: { vault: Vault; work: WorkStore }): Promise<void> {
  let claimedFromMs = 0
  for (let page = 0; page < pagesMax; page += 1) {
    const { claims } = await vault.unsentClaims({ olderThanMs: claimsOlderThanMs, claimedFromMs, limit: claimsPerPage })
    if (claims.length === 0) return
    const toRelease = await work.findClaimsToRelease(claims)
    const reasons = new Map(toRelease.map(({ attemptId, reason }) => [attemptId, reason]))
    for (const { merchantId, mode, attemptId } of claims) {
      const reason = reasons.get(attemptId)
      if (reason !== undefined) vault.release({ merchantId, mode, attemptId, reason })
    }
    if (claims.length < claimsPerPage) return
    claimedFromMs = claims.at(-1)?.claimedAtMs ?? claimedFromMs
  }
}
