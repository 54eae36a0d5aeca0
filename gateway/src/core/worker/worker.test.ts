import { ManualTimers } from '@tessera/lib/timers'
import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { OpenOperations, WorkStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { createWorker, type WorkerParts } from './worker.ts'

const scope = { merchantId: 'mer_1', mode: 'test' } as never
const dayMs = 24 * 3_600_000

/** A worker of which each call to the store is noted with its time; what it finds is the test's. */
function scripted(work: Partial<WorkStore> = {}) {
  const engine = memoryEngine()
  const timers = new ManualTimers(engine.clock)
  const startMs = engine.clock.now()
  const asked: Record<string, { atMs: number; with: unknown[] }[]> = {}
  const note = (name: string, ...given: unknown[]) => {
    asked[name] = [...(asked[name] ?? []), { atMs: engine.clock.now() - startMs, with: given }]
  }
  const calls = {
    claimDueOperations: [],
    findDuePayments: [],
    claimCardSettlements: [],
    countOpenOperations: [],
    placeEvents: 0,
    purge: 0,
    postponeOperation: undefined,
  }
  const noted = Object.entries(calls).map(([name, nothing]) => [
    name,
    async (...given: unknown[]) => {
      note(name, ...given)
      return (work as Record<string, (...given: unknown[]) => unknown>)[name]?.(...given) ?? nothing
    },
  ])
  const observed: OpenOperations[][] = []
  const parts = {
    ...engine.parts,
    timers,
    work: Object.fromEntries(noted) as WorkStore,
    observe: (open: OpenOperations[]) => observed.push(open),
    reports: { connectors: ['sandbox'] },
    reportStore: {
      claim: async (...given: unknown[]) => {
        note('reports', ...given)
        return []
      },
      addAccounts: async (...given: unknown[]) => note('accounts', ...given),
    },
    vault: {
      ...engine.parts.vault,
      unsentClaims: async () => {
        note('claims')
        return { claims: [] }
      },
    } as Partial<Vault> as Vault,
  } as unknown as WorkerParts
  const times = (name: string) => (asked[name] ?? []).map(({ atMs }) => atMs)
  return { ...engine, timers, parts, asked, times, observed, worker: createWorker(parts), startMs }
}

async function runFor(world: ReturnType<typeof scripted>, ms: number) {
  world.worker.start()
  await world.timers.advance(ms)
  await world.worker.stop()
}

describe('a worker', () => {
  it('does each of its chores at once, and again after its own pause', async () => {
    const world = scripted()
    await runFor(world, 999)
    const { times } = world
    expect(times('claimDueOperations')).toEqual([0, 250, 500, 750])
    expect(times('reports')).toEqual([0, 250, 500, 750])
    expect(times('claimCardSettlements')).toEqual([0, 500])
    expect(times('placeEvents')).toEqual([0, 500])
    for (const name of ['findDuePayments', 'accounts', 'claims', 'countOpenOperations', 'purge']) {
      expect(times(name)).toEqual([0])
    }
    expect(world.observed).toEqual([[]])
  })

  it('asks for what is due by now, leased for longer than its work takes, a round at a time', async () => {
    const world = scripted()
    await runFor(world, 1)
    const { asked, startMs } = world
    expect(asked.claimDueOperations?.[0]?.with).toEqual([startMs, 40_000, 32])
    expect(asked.findDuePayments?.[0]?.with).toEqual([startMs, 32])
    expect(asked.claimCardSettlements?.[0]?.with).toEqual([startMs, 40_000, 32])
    expect(asked.purge?.[0]?.with).toEqual([startMs - 30 * dayMs, 500])
    expect(asked.accounts?.[0]?.with).toEqual([['sandbox'], startMs])
  })

  it('goes on at once where a round was full, and pauses where it was not', async () => {
    const world = scripted({ placeEvents: async () => (world.times('placeEvents').length < 4 ? 32 : 31) })
    await runFor(world, 400)
    expect(world.times('placeEvents')).toEqual([0, 1, 2, 3])
  })

  it('comes back ever more slowly to a chore that fails, up to ten seconds, and as before once it succeeds', async () => {
    let isAway = true
    const world = scripted({
      placeEvents: async () => {
        if (isAway) throw new Error('away')
        return 0
      },
    })
    world.worker.start()
    await world.timers.advance(70_000)
    const times = world.times('placeEvents')
    const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000])
    expect(world.logged.filter((line) => line.includes('places in the event feed'))).toHaveLength(10)
    isAway = false
    await world.timers.advance(11_000)
    const after = world.times('placeEvents').slice(-2)
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBe(500)
    await world.worker.stop()
  })

  it('never comes back sooner to a chore because it fails', async () => {
    const world = scripted({
      purge: async () => {
        throw new Error('away')
      },
    })
    await runFor(world, 130_000)
    expect(world.times('purge')).toEqual([0, 60_000, 120_000])
  })

  it('ends when it is told to, after the round under way', async () => {
    const round = Promise.withResolvers<number>()
    const world = scripted({ placeEvents: () => round.promise })
    world.worker.start()
    await world.timers.advance(10)
    let isOver = false
    const stopped = world.worker.stop().then(() => {
      isOver = true
    })
    await world.timers.advance(10_000)
    expect(isOver).toBe(false)
    round.resolve(0)
    await stopped
    await world.timers.advance(10_000)
    expect(world.times('placeEvents')).toEqual([0])
    expect(world.timers.waiting).toBe(0)
  })
})

describe('what is due', () => {
  it('is settled on the payment as it stands', async () => {
    const authorized = aRecord(aPayment('authorized', { dueAtMs: 1 }), testContext())
    const { paymentId } = authorized.payment
    const world = scripted({ findDuePayments: async () => [{ scope, paymentId }] })
    world.script.outcome = { ...approvedNow, captured: false }
    world.store.put(authorized)
    await runFor(world, 1)
    const { payment, operations } = world.store.records.get(paymentId) ?? {}
    expect(payment?.state).toBe('expired')
    expect(operations?.at(-1)).toMatchObject({ kind: 'reversal', state: 'approved' })
  })

  it('of a payment that is gone is passed over', async () => {
    const gone = { scope, paymentId: trustedId<never>('gone'), operationId: trustedId<never>('att_1') }
    const world = scripted({ claimDueOperations: async () => [gone], findDuePayments: async () => [gone] })
    await runFor(world, 1)
    expect(world.logged).toEqual([])
    expect(world.asked.postponeOperation).toBeUndefined()
  })

  it('and cannot be settled now waits three seconds, and holds up nothing else', async () => {
    const broken = aRecord(aPayment('processing'), testContext())
    const { paymentId } = broken.payment
    const operationId = trustedId<never>('att_unknown')
    const world = scripted({
      claimDueOperations: async () =>
        world.times('claimDueOperations').length === 1 ? [{ scope, paymentId, operationId }] : [],
    })
    world.store.put(broken)
    await runFor(world, 300)
    expect(world.asked.postponeOperation).toEqual([
      { atMs: 0, with: [scope, paymentId, operationId, world.startMs + 3_000] },
    ])
    expect(world.logged).toHaveLength(1)
    expect(world.logged[0]).toContain('row left for the next round')
    expect(world.times('claimDueOperations')).toEqual([0, 250])
  })
})
