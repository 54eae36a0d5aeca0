import { describe, expect, it } from 'vitest'
import type { DueCardSettlement, WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { memoryEngine } from '../testing/memory-engine.ts'
import { settleCard } from './settle-card.ts'

const due = (changes: Partial<DueCardSettlement> = {}) =>
  ({
    scope: { merchantId: 'mer_1', mode: 'test' },
    cardId: 'card_1',
    tries: 0,
    referred: true,
    leaseUntilMs: 1,
    ...changes,
  }) as DueCardSettlement

async function settle(card: DueCardSettlement, isAway = false) {
  const { parts, clock, logged } = memoryEngine()
  const asked: unknown[] = []
  const written: unknown[] = []
  const answer = (what: string) => async (request: unknown) => {
    if (isAway) throw new Error('away')
    asked.push([what, request])
    return { outcome: 'active' as const }
  }
  const vault: Partial<Vault> = { activateCard: answer('activate'), eraseCard: answer('erase') }
  const work: Partial<WorkStore> = {
    finishCardSettlement: async (each) => void written.push(['finished', each]),
    postponeCardSettlement: async (each, dueAtMs) => void written.push(['postponed', each, dueAtMs - clock.now()]),
  }
  await settleCard({ ...parts, vault: vault as Vault, work: work as WorkStore }, card)
  return { asked, written, logged }
}
const request = { merchantId: 'mer_1', mode: 'test', cardId: 'card_1' }

describe('a saved card', () => {
  it.each([
    ['that a payment method refers to is activated', true, 'activate'],
    ['that none refers to is erased', false, 'erase'],
  ])('%s, and settled', async (_what, referred, call) => {
    const { asked, written, logged } = await settle(due({ referred }))
    expect(asked).toEqual([[call, request]])
    expect(written).toEqual([['finished', due({ referred })]])
    expect(logged).toEqual([])
  })

  it.each([
    [0, 1_000],
    [3, 8_000],
    [8, 256_000],
    [9, 300_000],
    [60, 300_000],
  ])('whose vault is away after %d tries waits %d ms', async (tries, pauseMs) => {
    const { written, logged } = await settle(due({ tries }), true)
    expect(written).toEqual([['postponed', due({ tries }), pauseMs]])
    expect(logged).toHaveLength(1)
  })
})
