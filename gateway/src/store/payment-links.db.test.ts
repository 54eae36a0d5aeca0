import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { createPaymentLinks, type NewPaymentLink, type PaymentLinks } from '../core/links/payment-links.ts'
import { callerOf } from '../core/testing/callers.ts'
import { usd } from '../core/testing/payments.ts'
import { type Database, openDatabase } from './database.ts'
import { createPaymentLinkStore } from './payment-links.ts'

const clock = new ManualClock(1_800_000_000_000)
let test: TestDatabase
let database: Database
let links: PaymentLinks

const caller = callerOf('mer_1')

const aLink: NewPaymentLink = {
  name: 'Tea',
  items: [{ name: 'Tea', unitPriceMinor: 500, quantity: 2 }],
  currency: usd,
  pricingMode: 'tax_exclusive',
  customization: { bgColor: '#fff', fontColor: null, logoUrl: null, merchantName: 'Tea & Co' },
  status: 'active',
}

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'payment-links' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock, level: 'silent' }))
  await database.cold.query(
    `insert into merchants (merchant_id, name, status, s2s_enabled, return_signing_secret, created_at, updated_at)
     values ('mer_1', 'a', 'active', true, '', 0, 0), ('mer_2', 'b', 'active', true, '', 0, 0)`,
  )
  links = createPaymentLinks({
    store: createPaymentLinkStore(database.cold),
    clock,
    ids: createIds(clock, secureRandom),
  })
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

async function created(changes: Partial<NewPaymentLink> = {}) {
  clock.advance(1)
  const made = await links.create(caller, { ...aLink, ...changes })
  if (!made.ok) throw new Error(JSON.stringify(made.refusal))
  return made.value
}

it('a link is read back as it was made', async () => {
  const link = await created()
  expect(link).toMatchObject(aLink)
  expect(await links.find(caller, link.linkId)).toEqual({ ok: true, value: link })
})

it('a change leaves what it does not name, and can take the customization away', async () => {
  const link = await created()
  clock.advance(5)
  const renamed = await links.update(caller, link.linkId, { name: 'Coffee', status: 'archived' })
  expect(renamed).toEqual({
    ok: true,
    value: { ...link, name: 'Coffee', status: 'archived', updatedAtMs: clock.now() },
  })
  const plain = await links.update(caller, link.linkId, { customization: null, status: 'active' })
  expect(plain).toMatchObject({ value: { name: 'Coffee', customization: null, status: 'active' } })
})

it('nobody else sees or changes it: neither another merchant nor the other mode', async () => {
  const { linkId } = await created()
  const missing = { ok: false, refusal: { refusal: 'not_found', what: 'payment_link' } }
  for (const stranger of [callerOf('mer_2'), callerOf('mer_1', 'live')]) {
    expect(await links.find(stranger, linkId)).toEqual(missing)
    expect(await links.update(stranger, linkId, { name: 'mine' })).toEqual(missing)
    expect((await links.listPage(stranger, { page: 1, limit: 100 })).links).toEqual([])
  }
})

it('the list shows newest first, page by page, and how many there are', async () => {
  const newest = [await created(), await created(), await created()].toReversed()
  const first = await links.listPage(caller, { page: 1, limit: 2 })
  expect(first.links).toEqual(newest.slice(0, 2))
  const second = await links.listPage(caller, { page: 2, limit: 2 })
  expect(second.links[0]).toEqual(newest[2])
  expect(second.total).toBe(first.total)
  expect((await links.listPage(caller, { page: 99, limit: 2 })).links).toEqual([])
})

it('a link that nobody could pay is not made', async () => {
  const items = [{ name: 'Gold', unitPriceMinor: 99_999_999_999, quantity: 2 }]
  expect(await links.create(caller, { ...aLink, items })).toMatchObject({
    refusal: { refusal: 'amount_above_maximum' },
  })
  const { linkId } = await created()
  expect(await links.update(caller, linkId, { items })).toMatchObject({ ok: false })
})
