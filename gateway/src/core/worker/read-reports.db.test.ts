import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PaymentRecord } from '../payments/payment.ts'
import { createReportTrack, type ReportTrack, ScriptedReports } from '../testing/report-track.ts'
import { createReportReader } from './read-reports.ts'

let track: ReportTrack
let reports: ScriptedReports
let reader: ReturnType<typeof createReportReader>

beforeAll(async () => {
  track = await createReportTrack()
})
afterAll(() => track.stop())
beforeEach(async () => {
  // Accounts of other tests are not due meanwhile.
  await track.query('delete from report_cursors')
  await track.query('delete from connectors')
  reports = new ScriptedReports()
  reader = createReportReader({ ...track.parts, reports })
  track.logged.length = 0
})

const many = async (count: number, scope: Parameters<ReportTrack['sale']>[0]) =>
  Promise.all(Array.from({ length: count }, () => track.sale(scope)))
const report = (records: PaymentRecord[], ...kinds: Parameters<ScriptedReports['add']>[0][]) => {
  for (const kind of kinds) for (const record of records) reports.add(kind, record, 10_000)
}
/** All that was booked for a merchant, by account. */
async function balances({ merchantId }: { merchantId: string }): Promise<Record<string, number>> {
  const rows = await track.query(
    'select account, sum(amount_minor) as balance from ledger_entries where merchant_id = $1 group by account',
    [merchantId],
  )
  return Object.fromEntries(rows.map((row) => [row.account, Number(row.balance)]))
}
const eventCount = async ({ merchantId }: { merchantId: string }, type: string) =>
  (await track.query('select 1 from events where merchant_id = $1 and type = $2', [merchantId, type])).length
async function readAll(): Promise<void> {
  await reader.addAccounts()
  await track.query('update report_cursors set due_at = 0, lease_until = 0')
  await reader.run()
}

describe('a report', () => {
  it('of hundreds of payments is read page by page, and every payment is settled and paid out once', async () => {
    const scope = await track.merchant()
    report(await many(230, scope), 'settled', 'paid_out')
    await readAll()
    expect(await track.cursor(scope)).toMatchObject({ position: 460 })
    expect(reports.asked.map((each) => each.position)).toEqual([0, 200, 400])
    expect(await balances(scope)).toEqual({
      acquirer_receivable: 0,
      acquirer_settled: 0,
      merchant_balance: 2_300_000,
      merchant_payable: -2_300_000,
    })
    const [sums] = await track.query(
      'select sum(settled_minor) as settled, sum(paid_out_minor) as paid from payments where merchant_id = $1',
      [scope.merchantId],
    )
    expect([Number(sums.settled), Number(sums.paid)]).toEqual([2_300_000, 2_300_000])
    expect([await eventCount(scope, 'payment.settled'), await eventCount(scope, 'payment.paid_out')]).toEqual([
      230, 230,
    ])
  })

  it('that is read again from its beginning changes nothing', async () => {
    const scope = await track.merchant()
    const records = await many(5, scope)
    report(records, 'settled', 'dispute_opened', 'paid_out', 'dispute_lost')
    await readAll()
    const before = await Promise.all(records.map(track.found))
    expect(before[0]?.payment.dispute).toMatchObject({ state: 'lost' })
    await track.query('update report_cursors set position = 0')
    await readAll()
    expect(await Promise.all(records.map(track.found))).toEqual(before)
    expect(await eventCount(scope, 'payment.chargeback')).toBe(5)
  })

  it.each(['commit-decisions', 'release-report-cursor', 'claim-report-cursors'])(
    'is recorded once although the reply to %s is lost',
    async (statement) => {
      const scope = await track.merchant()
      report(await many(8, scope), 'settled', 'paid_out')
      await reader.addAccounts()
      const lost = track.proxy.lost
      track.proxy.loseNextReplyTo(statement)
      await reader.run().catch(() => undefined)
      await readAll()
      await readAll()
      expect(track.proxy.lost).toBeGreaterThan(lost)
      expect(await track.cursor(scope)).toMatchObject({ position: 16 })
      expect(await eventCount(scope, 'payment.settled')).toBe(8)
      expect(await balances(scope)).toMatchObject({
        acquirer_receivable: 0,
        acquirer_settled: 0,
        merchant_balance: 80_000,
      })
    },
  )

  it('stops before what has no outcome here yet, records what is behind it, and goes on once that is known', async () => {
    const scope = await track.merchant()
    const [first, last] = [await track.sale(scope), await track.sale(scope)]
    const open = await track.sale(scope, null)
    report([first, open, last], 'settled')
    await readAll()
    expect(await track.cursor(scope)).toMatchObject({ position: 1 })
    expect((await track.found(last)).payment.amounts.settledMinor).toBe(10_000)
    const [attempt] = open.operations
    if (attempt === undefined) throw new Error('a sale has an attempt')
    await track.commit(open, attempt, track.approval)
    await readAll()
    expect(await track.cursor(scope)).toMatchObject({ position: 3 })
    expect((await track.found(open)).payment.amounts.settledMinor).toBe(10_000)
    expect(await eventCount(scope, 'payment.settled')).toBe(3)
  })

  it('passes over what is not ours and what contradicts the books, and says so', async () => {
    const [scope, other] = [await track.merchant(), await track.merchant()]
    const [ours, foreign] = [await track.sale(scope), await track.sale(other)]
    reports.add('settled', { ...foreign, payment: { ...foreign.payment, merchantId: scope.merchantId } }, 10_000)
    reports.add('settled', ours, 9_999)
    reports.add('settled', ours, 10_000)
    await readAll()
    expect(await track.cursor(scope)).toMatchObject({ position: 3 })
    expect((await track.found(ours)).payment.amounts.settledMinor).toBe(10_000)
    expect((await track.found(foreign)).payment.amounts.settledMinor).toBe(0)
    expect(track.logged.join()).toContain('report of a payment that is not ours')
    expect(track.logged.join()).toContain('it says 9999 and not 10000')
  })

  it('decides again where the payment changes at the same moment', async () => {
    const scope = await track.merchant()
    const record = await track.sale(scope)
    report([record], 'settled', 'paid_out')
    await reader.addAccounts()
    const bump = track.query('update payments set version = version + 1 where payment_id = $1', [
      record.payment.paymentId,
    ])
    await Promise.all([reader.run(), bump])
    expect((await track.found(record)).payment.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 10_000 })
  })
})

describe('an account', () => {
  it('begins to be read once its connector has a report, and not otherwise', async () => {
    const [known, unknown] = [await track.merchant(), await track.merchant('live', 'other')]
    await reader.addAccounts()
    await reader.addAccounts()
    expect(await track.cursor(known)).toMatchObject({ position: 0 })
    expect(await track.cursor(unknown)).toBeUndefined()
    expect(await reader.run()).toEqual({ read: 1, isFull: false })
  })

  it('is read by one worker at a time', async () => {
    await track.merchant()
    await reader.addAccounts()
    const gate = Promise.withResolvers<void>()
    reports.before = () => gate.promise
    const second = createReportReader({ ...track.parts, reports })
    const first = reader.run()
    while (reports.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await second.run()).toEqual({ read: 0, isFull: false })
    gate.resolve()
    await first
    expect(reports.asked).toHaveLength(1)
  })

  it('whose worker died is read again when its lease is over; a worker that comes back late takes nothing back', async () => {
    const scope = await track.merchant()
    await reader.addAccounts()
    const [dead] = await track.parts.reportStore.claim(track.clock.now(), 60_000, 8)
    if (dead === undefined) throw new Error('nothing was claimed')
    expect((await reader.run()).read).toBe(0)
    track.clock.advance(60_001)
    report(await many(2, scope), 'settled')
    expect((await reader.run()).read).toBe(1)
    await track.parts.reportStore.release(dead, { position: 0, dueAtMs: track.clock.now() + 3_600_000 })
    expect(await track.cursor(scope)).toEqual({ position: 2, dueInMs: 1_000 })
  })

  it('is asked again after a second while there is news, and after up to five when there is none', async () => {
    const scope = await track.merchant()
    report([await track.sale(scope)], 'settled')
    const pauses: (number | undefined)[] = []
    for (let round = 0; round < 5; round += 1) {
      await readAll()
      pauses.push((await track.cursor(scope))?.dueInMs)
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000])
  })

  it('that fails is left alone for longer and longer, up to a minute, while others are read', async () => {
    const [failing, fine] = [await track.merchant(), await track.merchant()]
    report([await track.sale(fine)], 'settled')
    reports.before = async () => {
      if (reports.asked.at(-1)?.merchantId === failing.merchantId) throw new Error('no answer')
    }
    const pauses: (number | undefined)[] = []
    for (let round = 0; round < 8; round += 1) {
      await readAll()
      pauses.push((await track.cursor(failing))?.dueInMs)
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(await track.cursor(fine)).toMatchObject({ position: 1 })
    reports.before = async () => {}
    await readAll()
    expect((await track.cursor(failing))?.dueInMs).toBe(2_000)
  })
})
