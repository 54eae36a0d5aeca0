import { createHmac } from 'node:crypto'
import { ManualClock } from '@tessera/lib/clock'
import { expect, it } from 'vitest'
import type { Payment } from '../../core/payments/payment.ts'
import { anOrder } from '../../core/testing/orders.ts'
import { aPayment } from '../../core/testing/payments.ts'
import { createReturnLinks } from './return-links.ts'

const nowMs = Date.parse('2026-11-21T10:33:00.123Z')
const secret = 'rss_of-mer_1'
const links = createReturnLinks({
  secrets: { secretOf: async (merchantId) => `rss_of-${merchantId}` },
  clock: new ManualClock(nowMs),
})
const linkFor = (changes: Partial<Payment>, outcome: 'succeeded' | 'failed') =>
  links.linkFor(aPayment('captured', changes), outcome)
const signatureOf = (text: string) => createHmac('sha256', secret).update(text).digest('hex')

it('the shop of a v1 payment gets status, payment, time and a signature over the three', async () => {
  const link = new URL((await linkFor({ returnUrl: 'https://shop.example/return' }, 'succeeded')) ?? '')
  expect(link.origin + link.pathname).toBe('https://shop.example/return')
  expect(Object.fromEntries(link.searchParams)).toEqual({
    status: 'succeeded',
    payment_id: 'tx_01jd0000000000000000000000',
    timestamp: '2026-11-21T10:33:00.123Z',
    signature: signatureOf('tx_01jd0000000000000000000000.succeeded.2026-11-21T10:33:00.123Z'),
  })
})

it.each([
  ['https://shop.example/return', 'https://shop.example/return?status=failed&'],
  ['https://shop.example', 'https://shop.example?status=failed&'],
  ['https://shop.example/r?a=1&a=%20+x&u=ä', 'https://shop.example/r?a=1&a=%20+x&u=ä&status=failed&'],
  ['https://shop.example/r?', 'https://shop.example/r?status=failed&'],
  ['https://shop.example/r?a=1&', 'https://shop.example/r?a=1&status=failed&'],
])('the query of %s is kept as it is', async (returnUrl, beginning) => {
  expect((await linkFor({ returnUrl }, 'failed'))?.startsWith(beginning)).toBe(true)
})

it('an inflow payment leads to the address of its outcome, under its own spelling of the id', async () => {
  const urls = { order: anOrder(), returnUrl: 'https://shop.example/yes', failureUrl: 'https://shop.example/no?x=1' }
  const yes = new URL((await linkFor(urls, 'succeeded')) ?? '')
  expect(yes.href.startsWith('https://shop.example/yes?paymentId=pay_01jd0000000000000000000000&timestamp=')).toBe(true)
  expect(yes.searchParams.has('status')).toBe(false)
  const no = new URL((await linkFor(urls, 'failed')) ?? '')
  expect(no.href.startsWith('https://shop.example/no?x=1&paymentId=pay_')).toBe(true)
  expect(no.searchParams.get('signature')).toBe(
    signatureOf('pay_01jd0000000000000000000000.failed.2026-11-21T10:33:00.123Z'),
  )
})

it('a failed inflow payment without an address for it is not sent to the one that means success', async () => {
  expect(
    await linkFor({ order: anOrder(), returnUrl: 'https://shop.example/yes', failureUrl: null }, 'failed'),
  ).toBeNull()
})

it('without an address there is no link', async () => {
  expect(await linkFor({ returnUrl: null }, 'succeeded')).toBeNull()
})
