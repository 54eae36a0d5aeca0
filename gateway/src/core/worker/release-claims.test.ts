import { expect, it } from 'vitest'
import type { ClaimToRelease, WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { claimsPerPage, releaseClaims } from './release-claims.ts'

/** A vault with so many claims, a hundred in each millisecond; payments wait for all but the named ones. */
function scripted(count: number, over: Record<string, ClaimToRelease['reason']>) {
  const claims = Array.from({ length: count }, (_, index) => ({
    merchantId: 'mer_1',
    mode: 'test' as const,
    attemptId: `att_${index}`,
    claimedAtMs: Math.floor(index / 100),
  }))
  const released: string[] = []
  const parts = {
    vault: {
      unsentClaims: async ({ claimedFromMs, limit }) => ({
        claims: claims.filter(({ claimedAtMs }) => claimedAtMs >= claimedFromMs).slice(0, limit),
      }),
      release: ({ attemptId, reason }) => released.push(`${attemptId} ${reason}`),
    } as Partial<Vault> as Vault,
    work: {
      findClaimsToRelease: async (asked) =>
        asked.flatMap(({ merchantId, attemptId }) => {
          const reason = over[attemptId]
          return reason === undefined ? [] : [{ merchantId, attemptId, reason }]
        }),
    } as Partial<WorkStore> as WorkStore,
  }
  return { parts, released }
}

it('a claim that no payment knows is given back, one whose attempt is over ends, and one that waits stays', async () => {
  const { parts, released } = scripted(3, { att_1: 'unused', att_2: 'ended' })
  await releaseClaims(parts)
  expect(released).toEqual(['att_1 unused', 'att_2 ended'])
})

it('is found behind any number of claims that wait for their confirmation', async () => {
  const count = 7 * claimsPerPage + 30
  const { parts, released } = scripted(count, { [`att_${count - 1}`]: 'unused' })
  await releaseClaims(parts)
  expect(released).toEqual([`att_${count - 1} unused`])
})
