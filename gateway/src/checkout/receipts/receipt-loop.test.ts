import { ManualClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { beforeEach, expect, it } from 'vitest'
import type { Checkout } from '../../core/checkout/checkouts.ts'
import { type MerchantId, type PaymentId, trustedId } from '../../core/ids.ts'
import type { DueReceipt } from '../../core/ports/receipt-store.ts'
import { settleReceipt } from './receipt-loop.ts'
import type { Mail } from './receipt-mail.ts'

const clock = new ManualClock(1_000_000)
const due: DueReceipt = {
  merchantId: trustedId<MerchantId>('mer_1'),
  paymentId: trustedId<PaymentId>('0'.repeat(26)),
  tries: 0,
  createdAtMs: clock.now() - 40_000,
  dueAtMs: 0,
  leaseUntilMs: 0,
}
let events: unknown[]
let mails: Mail[]

beforeEach(() => {
  events = []
  mails = []
})

const checkoutThatIs = (state: string, email: string | null = 'ada@example.com'): Checkout =>
  ({
    merchant: { name: 'Tea House' },
    record: {
      payment: {
        ...{ state, email, mode: 'live', checkout: null, order: null, currency: 'eur', amountMinor: 500 },
        ...{ productName: 'Tea', amounts: { refundedMinor: 0 }, timeline: [], createdAtMs: 0, externalId: 'order 7' },
        ...{ card: { brand: 'visa', last4: '4242' }, paymentId: due.paymentId },
      },
      operations: [],
    },
  }) as unknown as Checkout

const settle = (checkout: Checkout | undefined, o: { fails?: boolean; tries?: number } = {}) =>
  settleReceipt(
    {
      receipts: {
        expect: async () => undefined,
        claim: async () => [],
        finish: async (_due, nowMs) => void events.push(['sent', nowMs]),
        postpone: async (_due, next) => void events.push(['later', next]),
        giveUp: async () => void events.push(['never']),
      },
      checkouts: { open: async () => checkout },
      postbox: {
        async send(_name, mail) {
          if (o.fails) throw new Error('the mail server is away')
          mails.push(mail)
        },
        close: () => undefined,
      },
      clock,
      log: createLogger({ process: 'test', clock, level: 'silent' }),
      publicUrl: 'https://pay.example',
    },
    { ...due, tries: o.tries ?? 0 },
  )

it('a payment that is captured has its receipt sent', async () => {
  await settle(checkoutThatIs('captured'))
  expect(events).toEqual([['sent', clock.now()]])
  expect(mails).toHaveLength(1)
  expect(mails[0]).toMatchObject({ to: 'ada@example.com', subject: 'Receipt from Tea House' })
  const text = mails[0]?.text ?? ''
  for (const part of ['Tea: €5.00', 'Total: €5.00', 'Visa ending in 4242', 'order 7', 'https://pay.example/pay/req_']) {
    expect(text).toContain(part)
  }
})

it.each(['failed', 'canceled', 'expired'])('one that is %s has none', async (state) => {
  await settle(checkoutThatIs(state))
  expect([events, mails]).toEqual([[['never']], []])
})

it('nor has one that is gone, or that nobody told an address of', async () => {
  await settle(undefined)
  await settle(checkoutThatIs('captured', null))
  expect([events, mails]).toEqual([[['never'], ['never']], []])
})

it.each(['created', 'requires_action', 'processing', 'authorized'])(
  'one that is %s is looked at later, more and more seldom',
  async (state) => {
    await settle(checkoutThatIs(state))
    expect(events).toEqual([['later', { dueAtMs: clock.now() + 10_000, tries: 0 }]])
  },
)

it('a mail server that is away is tried again, with growing pauses and an end', async () => {
  await settle(checkoutThatIs('captured'), { fails: true })
  await settle(checkoutThatIs('captured'), { fails: true, tries: 2 })
  await settle(checkoutThatIs('captured'), { fails: true, tries: 13 })
  expect(events).toEqual([
    ['later', { dueAtMs: clock.now() + 5_000, tries: 1 }],
    ['later', { dueAtMs: clock.now() + 20_000, tries: 3 }],
    ['never'],
  ])
})
