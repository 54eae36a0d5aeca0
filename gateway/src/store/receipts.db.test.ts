import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type MerchantId, type PaymentId, trustedId } from '../core/ids.ts'
import type { DueReceipt, ReceiptStore } from '../core/ports/receipt-store.ts'
import { type Database, openDatabase } from './database.ts'
import { createReceiptStore } from './receipts.ts'

let test: TestDatabase
let database: Database
let receipts: ReceiptStore

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'receipts' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  receipts = createReceiptStore(database.cold)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const leaseMs = 1_000
let payments = 0
const aPayment = () => {
  payments += 1
  return { merchantId: trustedId<MerchantId>('mer_1'), paymentId: trustedId<PaymentId>(`payment-${payments}`) }
}
const claimed = async (nowMs: number) => (await receipts.claim(nowMs, leaseMs, 10)).map(({ paymentId }) => paymentId)

it('a receipt is claimed by one worker at a time, and again when that one is gone', async () => {
  const payment = aPayment()
  await receipts.expect(payment, 100)
  expect(await claimed(99)).toEqual([])
  const both = await Promise.all([claimed(100), claimed(100)])
  expect(both.flat()).toEqual([payment.paymentId])
  expect(await claimed(100 + leaseMs - 1)).toEqual([])
  const [due] = await receipts.claim(100 + leaseMs, leaseMs, 10)
  expect(due).toMatchObject({ ...payment, tries: 0, createdAtMs: 100 })
  if (due) await receipts.finish(due, 100 + leaseMs)
})

it('one that was sent is never due again, whoever expects it', async () => {
  const payment = aPayment()
  await receipts.expect(payment, 1_000)
  const [due] = await receipts.claim(1_000, leaseMs, 10)
  if (due) await receipts.finish(due, 1_001)
  await receipts.expect(payment, 2_000)
  expect(await claimed(1_000_000)).toEqual([])
})

it('one that is put off comes back then, and one that was given up with the next card', async () => {
  const payment = aPayment()
  await receipts.expect(payment, 1_000)
  const [first] = await receipts.claim(1_000, leaseMs, 10)
  if (first) await receipts.postpone(first, { dueAtMs: 9_000, tries: 1 })
  expect(await claimed(8_999)).toEqual([])
  const [second] = await receipts.claim(9_000, leaseMs, 10)
  expect(second?.tries).toBe(1)
  if (second) await receipts.giveUp(second)
  expect(await claimed(1_000_000)).toEqual([])
  await receipts.expect(payment, 1_000_000)
  const [third] = await receipts.claim(1_000_000, leaseMs, 10)
  expect(third?.tries).toBe(0)
  if (third) await receipts.giveUp(third)
})

it('whoever has lost the lease changes nothing', async () => {
  const payment = aPayment()
  await receipts.expect(payment, 1_000)
  const [lost] = await receipts.claim(1_000, leaseMs, 10)
  const [held] = await receipts.claim(5_000, leaseMs, 10)
  if (lost) await receipts.giveUp(lost)
  if (held) await receipts.postpone(held, { dueAtMs: 6_000, tries: 0 })
  expect(await claimed(6_000)).toEqual([payment.paymentId])
})

it.each([
  ['given up', (due: DueReceipt) => receipts.giveUp(due)],
  ['put off', (due: DueReceipt) => receipts.postpone(due, { dueAtMs: 9_000, tries: 3 })],
])('one that is %s while the next card is tried is looked at for that card', async (_how, decide) => {
  const payment = aPayment()
  await receipts.expect(payment, 1_000)
  const [due] = await receipts.claim(1_000, leaseMs, 10)
  await receipts.expect(payment, 1_500)
  if (due) await decide(due)
  expect(await receipts.claim(1_500, leaseMs, 10)).toMatchObject([{ ...payment, tries: 0 }])
})
