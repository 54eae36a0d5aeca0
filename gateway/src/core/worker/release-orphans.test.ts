import { expect, it } from 'vitest'
import type { WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { claimsPerPage, releaseOrphans } from './release-orphans.ts'

/** A vault with so many claims, a hundred in each millisecond; payments know all but the named ones. */
function scripted(count: number, orphans: readonly string[]) {
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
      findUnknownAttempts: async (asked) => asked.filter(({ attemptId }) => orphans.includes(attemptId)),
    } as Partial<WorkStore> as WorkStore,
  }
  return { parts, released }
}

it('a claim that no payment knows is given back, and one that waits for its payment stays', async () => {
  const { parts, released } = scripted(3, ['att_1'])
  await releaseOrphans(parts)
  expect(released).toEqual(['att_1 unused'])
})

it('is found behind any number of claims that wait for their confirmation', async () => {
  const count = 7 * claimsPerPage + 30
  const { parts, released } = scripted(count, [`att_${count - 1}`])
  await releaseOrphans(parts)
  expect(released).toEqual([`att_${count - 1} unused`])
})
