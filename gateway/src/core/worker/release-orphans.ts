import type { WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'

/** A gateway that claimed a card has recorded its attempt long before, unless it died. */
const claimsOlderThanMs = 30_000
export const claimsPerPage = 500
const pagesMax = 40

/**
 * A claim that no payment knows (its gateway died before it was recorded) is given back, so that the token can be used. Claims
 * that wait for a confirmation are looked at and left; they may be many, and stand before the others.
 */
export async function releaseOrphans({ vault, work }: { vault: Vault; work: WorkStore }): Promise<void> {
  let claimedFromMs = 0
  for (let page = 0; page < pagesMax; page += 1) {
    const { claims } = await vault.unsentClaims({ olderThanMs: claimsOlderThanMs, claimedFromMs, limit: claimsPerPage })
    if (claims.length === 0) return
    const unknown = await work.findUnknownAttempts(claims)
    const orphans = new Set(unknown.map((each) => each.attemptId))
    for (const { merchantId, mode, attemptId } of claims) {
      if (orphans.has(attemptId)) vault.release({ merchantId, mode, attemptId, reason: 'unused' })
    }
    if (claims.length < claimsPerPage) return
    claimedFromMs = claims.at(-1)?.claimedAtMs ?? claimedFromMs
  }
}
