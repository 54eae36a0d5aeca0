import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { ReportEntry } from '../ports/connector.ts'
import type { DueReport } from '../ports/report-store.ts'
import { memoryEngine } from '../testing/memory-engine.ts'
import { usd } from '../testing/payments.ts'
import { createReportReader } from './read-reports.ts'

const account = (name: string, mode: 'test' | 'live' = 'test'): DueReport => ({
  scope: { merchantId: trustedId(name), mode },
  connectorId: trustedId('conn_1'),
  connector: 'sandbox',
  position: 100,
  leaseUntilMs: 1,
})
/** Of payments that are not ours: they are passed over, which is all that these tests need. */
const entry = (sequence: number): ReportEntry => ({
  sequence,
  kind: 'settled',
  reference: 'att_x',
  authorizationReference: 'att_x',
  amountMinor: 1,
  currency: usd,
  atMs: 1,
  dispute: null,
})

/** Accounts that are due in turn; of each, pages as the test gives them. */
function world(due: DueReport[]) {
  const { parts, clock, logged } = memoryEngine()
  const pages: (ReportEntry[] | Error)[] = []
  const released: [string, { position: number; pauseMs: number }][] = []
  const claims: unknown[] = []
  const asked: [number, number][] = []
  Object.assign(parts.store, { findByOperation: async () => undefined })
  const reader = createReportReader({
    ...parts,
    reports: {
      connectors: ['sandbox'],
      read: async (_due, position, limit) => {
        asked.push([position, limit])
        const page = pages.shift() ?? []
        if (page instanceof Error) throw page
        return page
      },
    },
    reportStore: {
      addAccounts: async (connectors, nowMs) => void claims.push([connectors, nowMs - clock.now()]),
      claim: async (nowMs, leaseMs, limit) => {
        claims.push([nowMs - clock.now(), leaseMs, limit])
        return due
      },
      release: async ({ scope }, { position, dueAtMs }) => {
        released.push([`${scope.merchantId} ${scope.mode}`, { position, pauseMs: dueAtMs - clock.now() }])
      },
    },
  })
  const pauses = () => released.map(([, { pauseMs }]) => pauseMs)
  return { reader, pages, released, claims, asked, pauses, logged }
}
const full = (from: number) => Array.from({ length: 200 }, (_, index) => entry(from + index))

describe('an account', () => {
  it('with nothing new is read ever more seldom, up to five seconds, and at once again when there is something', async () => {
    const { reader, pages, pauses } = world([account('mer_1')])
    for (let visit = 0; visit < 4; visit += 1) await reader.run()
    pages.push([entry(101)])
    await reader.run()
    await reader.run()
    expect(pauses()).toEqual([2_000, 4_000, 5_000, 5_000, 1_000, 2_000])
  })

  it('that fails is read ever more seldom, up to a minute, and as before when it answers', async () => {
    const { reader, pages, pauses, logged } = world([account('mer_1')])
    pages.push(...Array.from({ length: 8 }, () => new Error('away')))
    for (let visit = 0; visit < 9; visit += 1) await reader.run()
    expect(pauses()).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 2_000])
    expect(logged).toHaveLength(8)
    expect(logged.map((line) => JSON.parse(line).count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('has a mood of its own, apart from those of other accounts and modes', async () => {
    const { reader, pages, released } = world([account('mer_1'), account('mer_2'), account('mer_1', 'live')])
    pages.push(new Error('away'))
    await reader.run()
    await reader.run()
    expect(Object.fromEntries(released.slice(3))).toEqual({
      'mer_1 test': { position: 100, pauseMs: 2_000 },
      'mer_2 test': { position: 100, pauseMs: 4_000 },
      'mer_1 live': { position: 100, pauseMs: 4_000 },
    })
  })

  it('is read page after page while they are full, five at most, and its position is written last', async () => {
    const { reader, pages, released, asked } = world([account('mer_1')])
    pages.push(full(101), full(301), [entry(501)])
    await reader.run()
    expect(asked).toEqual([100, 300, 500].map((position) => [position, 200]))
    expect(released).toEqual([['mer_1 test', { position: 501, pauseMs: 1_000 }]])
    pages.push(...[101, 301, 501, 701, 901, 1_101].map(full))
    await reader.run()
    expect(released.at(-1)).toEqual(['mer_1 test', { position: 1_100, pauseMs: 1_000 }])
  })

  it('whose last page was just full is busy', async () => {
    const { reader, pages, pauses } = world([account('mer_1')])
    pages.push(full(101))
    await reader.run()
    expect(pauses()).toEqual([1_000])
  })

  it('that fails half way keeps what was recorded', async () => {
    const { reader, pages, released } = world([account('mer_1')])
    pages.push(full(101), new Error('away'))
    await reader.run()
    expect(released).toEqual([['mer_1 test', { position: 300, pauseMs: 2_000 }]])
  })
})

describe('a round', () => {
  it('takes eight accounts for a minute, and says whether there may be more', async () => {
    const eight = Array.from({ length: 8 }, (_, index) => account(`mer_${index}`))
    const { reader, claims } = world(eight)
    expect(await reader.run()).toEqual({ read: 8, isFull: true })
    expect(claims).toEqual([[0, 60_000, 8]])
    expect(await world(eight.slice(1)).reader.run()).toEqual({ read: 7, isFull: false })
  })

  it('begins with accounts at the connectors that have a report', async () => {
    const { reader, claims } = world([])
    await reader.addAccounts()
    expect(claims).toEqual([[['sandbox'], 0]])
  })
})
