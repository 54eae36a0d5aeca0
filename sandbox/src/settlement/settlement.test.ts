import { outcomeTestNumber } from '@tessera/contracts/test-cards'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  authorization,
  type RunningSandbox,
  runSandbox,
  startOfTimeMs,
  testDelays,
} from '../testing/running-sandbox.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await runSandbox()
})
afterEach(() => sandbox.stop())

const { settleAfterMs, payOutAfterMs, disputeAfterMs, disputeLastsMs } = testDelays
type Row = Record<string, unknown>

const post = (path: string, body: unknown, account?: string) => sandbox.call('POST', path, body, account)
const sell = (reference: string, more: Parameters<typeof authorization>[1] = {}, account?: string) =>
  post('/v1/authorizations', authorization(reference, { capture: true, ...more }), account)
const refund = (of: string, reference: string, amount: number) =>
  post(`/v1/authorizations/${of}/refunds`, { reference, amount_minor: amount })
async function report(after = 0, limit = 500, account?: string): Promise<Row[]> {
  const { status, json } = await sandbox.call('GET', `/v1/reports?after=${after}&limit=${limit}`, undefined, account)
  expect(status).toBe(200)
  expect(json).toMatchObject({ account: account ?? 'mer_1', after })
  return json.entries as Row[]
}
const briefly = (entries: Row[]) => entries.map((entry) => `${entry.kind} ${entry.reference} ${entry.amount_minor}`)
const ledgerOf = async (reference: string) =>
  (await sandbox.ledger()).find((each) => each.reference === reference) as Row & { dispute: Row }
const timeAt = (ms: number) => new Date(startOfTimeMs + ms).toISOString()

describe('the report', () => {
  test('tells of each capture that it is settled and then paid out, each once its delay is over', async () => {
    await sell('att_1')
    sandbox.clock.advance(settleAfterMs - 1)
    expect(await report()).toEqual([])
    sandbox.clock.advance(1)
    const settled = {
      sequence: 1,
      kind: 'settled',
      reference: 'att_1',
      authorization: 'att_1',
      amount_minor: 1762,
      currency: 'usd',
      at: timeAt(settleAfterMs),
    }
    expect(await report()).toEqual([settled])
    sandbox.clock.advance(payOutAfterMs)
    expect(await report(1)).toEqual([
      { ...settled, sequence: 2, kind: 'paid_out', at: timeAt(settleAfterMs + payOutAfterMs) },
    ])
    expect(await ledgerOf('att_1')).toMatchObject({ settled_minor: 1762, paid_out_minor: 1762, dispute: null })
  })

  test('goes capture by capture, and leaves out what was only authorized, declined or refused', async () => {
    await post('/v1/authorizations', authorization('att_1'))
    await sell('att_2', { card: { number: '4000000000000002' } })
    for (const [reference, amount] of [
      ['cap_1', 1000],
      ['cap_2', 5000],
      ['cap_3', 700],
    ]) {
      await post('/v1/authorizations/att_1/captures', { reference, amount_minor: amount, final: false })
      sandbox.clock.advance(100)
    }
    sandbox.clock.advance(settleAfterMs)
    expect(briefly(await report())).toEqual(['settled cap_1 1000', 'settled cap_3 700'])
  })

  test('takes refunds off, before and after the settlement of what they refund', async () => {
    await sell('att_1')
    await refund('att_1', 'ref_1', 400)
    sandbox.clock.advance(settleAfterMs)
    expect(briefly(await report())).toEqual(['settled att_1 1762', 'settled ref_1 -400'])
    await refund('att_1', 'ref_2', 62)
    expect(await ledgerOf('att_1')).toMatchObject({ settled_minor: 1362, paid_out_minor: 0, refunded_minor: 462 })
    sandbox.clock.advance(settleAfterMs + payOutAfterMs)
    expect(await ledgerOf('att_1')).toMatchObject({ settled_minor: 1300, paid_out_minor: 1300 })
  })

  test('settles a pending refund when it has succeeded, and never one that failed', async () => {
    await sell('att_1', { card: { number: '4000000000007726' } })
    await refund('att_1', 'ref_1', 5)
    await refund('att_1', 'ref_2', 7)
    sandbox.clock.advance(settleAfterMs)
    expect(briefly(await report())).toEqual(['settled att_1 1762'])
    await post('/sandbox/refunds/ref_1/settle', {})
    await post('/sandbox/refunds/ref_2/settle', { outcome: 'failed' })
    sandbox.clock.advance(settleAfterMs)
    expect(briefly(await report(1))).toEqual(['settled ref_1 -5', 'paid_out att_1 1762'])
  })

  test('never speaks of a sale that was undone in time, and takes back one that was undone too late', async () => {
    await sell('att_1')
    await sell('att_2')
    const undo = (of: string, reference: string) =>
      post(`/v1/authorizations/${of}/reversals`, { reference, amount_minor: 1762 })
    await undo('att_1', 'rev_1')
    sandbox.clock.advance(settleAfterMs)
    await undo('att_2', 'rev_2')
    sandbox.clock.advance(settleAfterMs + payOutAfterMs)
    expect(briefly(await report()).sort()).toEqual([
      'paid_out att_2 1762',
      'paid_out rev_2 -1762',
      'settled att_2 1762',
      'settled rev_2 -1762',
    ])
    expect(await ledgerOf('att_1')).toMatchObject({ settled_minor: 0, captured_minor: 0 })
    expect(await ledgerOf('att_2')).toMatchObject({ settled_minor: 0, paid_out_minor: 0, captured_minor: 0 })
  })

  test('is numbered per account without gaps, and read in pages', async () => {
    for (let index = 0; index < 5; index += 1) {
      await sell(`att_${index}`)
      await sell(`att_${index}`, {}, 'mer_2')
    }
    sandbox.clock.advance(settleAfterMs + payOutAfterMs)
    const pages = [...(await report(0, 4)), ...(await report(4, 4)), ...(await report(8, 4))]
    expect(pages.map((entry) => entry.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(pages).toEqual(await report())
    expect(await report(10)).toEqual([])
    expect(await report(0, 500, 'mer_2')).toHaveLength(10)
    expect(await report(0, 500, 'mer_3')).toEqual([])
  })

  test('stays what it was through a restart, numbers, times and all, and goes on from there', async () => {
    await sell('att_1', { card: { number: '4000000000000259' } })
    await sell('att_2')
    await refund('att_2', 'ref_1', 100)
    sandbox.clock.advance(settleAfterMs + disputeAfterMs)
    const before = await report()
    expect(briefly(before)).toEqual([
      'settled att_1 1762',
      'settled att_2 1762',
      'settled ref_1 -100',
      'dispute_opened att_1 1762',
    ])
    await sandbox.restart()
    expect(await report()).toEqual(before)
    sandbox.clock.advance(disputeLastsMs)
    expect(briefly(await report(4))).toEqual([
      'paid_out att_1 1762',
      'paid_out att_2 1762',
      'paid_out ref_1 -100',
      'dispute_lost att_1 1762',
    ])
  })

  test('tells times in the order of its numbers, however late somebody looks', async () => {
    await sell('att_1')
    sandbox.clock.advance(1_000)
    await sell('att_2')
    sandbox.clock.advance(60_000)
    const times = (await report()).map((entry) => entry.at)
    expect(times).toEqual([3_000, 4_000, 6_000, 7_000].map(timeAt))
  })

  test.each(['', '?after=0', '?after=-1&limit=1', '?after=0&limit=0', '?after=0&limit=501', '?after=x&limit=1'])(
    'refuses the page %j',
    async (query) => {
      const { status, json } = await sandbox.call('GET', `/v1/reports${query}`)
      expect([status, (json.error as Row).code]).toEqual([400, 'invalid_request'])
    },
  )
})

describe('a dispute', () => {
  const untilOpen = settleAfterMs + disputeAfterMs
  const disputes = async () => JSON.parse((await sandbox.call('GET', '/sandbox/disputes?account=mer_1')).body) as Row[]

  test.each([
    ['4000000000000259', 'fraud', 'dispute_lost', 1],
    ['4000000000002685', 'not_received', 'dispute_won', 1],
    ['4000000000001976', 'inquiry', 'dispute_won', 1],
    ['4000000000005423', 'early_fraud_warning', 'dispute_lost', 3],
    [outcomeTestNumber('4001'), 'fraud', 'dispute_lost', 1],
  ])(
    'with card %s is opened for %s once the payment is settled, and ends as %s',
    async (number, reason, end, times) => {
      await sell('att_1', { card: { number } })
      sandbox.clock.advance(settleAfterMs + disputeAfterMs * times)
      const [, opened] = (await report()).filter((entry) => entry.kind !== 'paid_out')
      expect(opened).toMatchObject({ kind: 'dispute_opened', reference: 'att_1', amount_minor: 1762, reason })
      sandbox.clock.advance(disputeLastsMs)
      const last = (await report()).at(-1)
      expect(last).toMatchObject({ kind: end, dispute_id: opened?.dispute_id, amount_minor: 1762 })
      expect(await ledgerOf('att_1')).toMatchObject({ dispute: { id: opened?.dispute_id, state: end.slice(8) } })
    },
  )

  test('keeps refunds out while it is open, and for good when it is lost; a won one lets them in', async () => {
    for (const [reference, outcome] of [
      ['att_1', 'lost'],
      ['att_2', 'won'],
    ] as const) {
      await sell(reference, { card: { number: '4000000000000259' } })
      sandbox.clock.advance(untilOpen)
      expect((await refund(reference, `ref_open_${reference}`, 1)).json).toMatchObject({ code: 'disputed' })
      const open = (await disputes()).find((dispute) => dispute.state === 'open')
      expect((await post(`/sandbox/disputes/${open?.id}`, { outcome })).json).toEqual({ id: open?.id, state: outcome })
      expect((await refund(reference, `ref_${reference}`, 1)).status).toBe(outcome === 'won' ? 200 : 422)
      expect((await post(`/sandbox/disputes/${open?.id}`, { outcome })).status).toBe(404)
    }
    expect((await disputes()).map((dispute) => dispute.state)).toEqual(['lost', 'won'])
  })

  test('is about what was not refunded before, and does not come where all was', async () => {
    await sell('att_1', { card: { number: '4000000000000259' } })
    await sell('att_2', { card: { number: '4000000000000259' } })
    await refund('att_1', 'ref_1', 762)
    await refund('att_2', 'ref_2', 1762)
    sandbox.clock.advance(untilOpen)
    expect(briefly((await report()).filter((entry) => entry.kind === 'dispute_opened'))).toEqual([
      'dispute_opened att_1 1000',
    ])
  })

  test('comes once per authorization, about its first capture', async () => {
    await post('/v1/authorizations', authorization('att_1', { card: { number: '4000000000000259' } }))
    for (const reference of ['cap_1', 'cap_2']) {
      await post('/v1/authorizations/att_1/captures', { reference, amount_minor: 500, final: false })
    }
    sandbox.clock.advance(untilOpen + disputeLastsMs)
    expect(briefly((await report()).filter((entry) => String(entry.kind).startsWith('dispute')))).toEqual([
      'dispute_opened cap_1 500',
      'dispute_lost cap_1 500',
    ])
  })

  test('can be scripted to won or lost only', async () => {
    expect((await post('/sandbox/disputes/dsp_1', { outcome: 'open' })).status).toBe(400)
    expect((await post('/sandbox/disputes/dsp_1', { outcome: 'won' })).status).toBe(404)
  })
})
