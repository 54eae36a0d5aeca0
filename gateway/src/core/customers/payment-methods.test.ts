import { ManualClock } from '@tessera/lib/clock'
import { expect, it } from 'vitest'
import { type PaymentMethodId, trustedId } from '../ids.ts'
import type { PaymentStore, Scope } from '../ports/payment-store.ts'
import { callerOf } from '../testing/callers.ts'
import type { PaymentMethod } from './payment-method.ts'
import { createPaymentMethods } from './payment-methods.ts'

const caller = callerOf('mer_1')
const id = trustedId<PaymentMethodId>('pmi_1')
const saved = { merchantId: 'mer_1', mode: 'test', paymentMethodId: id, customerId: 'ann' } as unknown as PaymentMethod

/** One saved card, of Ann's, and what was written of it. */
function wallet(clock: ManualClock) {
  const written: unknown[] = []
  const isHere = ({ merchantId, mode }: Scope, name: string) =>
    merchantId === saved.merchantId && mode === saved.mode && name === id
  const store: Partial<PaymentStore> = {
    listPaymentMethods: async ({ merchantId, mode }, customerId) =>
      merchantId === saved.merchantId && mode === saved.mode && customerId === saved.customerId ? [saved] : [],
    setPaymentMethodStatus: async (scope, name, change) => {
      if (!isHere(scope, name)) return undefined
      written.push(change)
      return { ...saved, status: change.status, blockedReason: change.blockedReason }
    },
    deletePaymentMethod: async (scope, name, nowMs) => {
      if (!isHere(scope, name)) return undefined
      written.push(`deleted at ${nowMs}`)
      return saved
    },
  }
  return { methods: createPaymentMethods({ store: store as PaymentStore, clock }), written }
}

it('a saved card is blocked with a reason, and unblocked without one', async () => {
  const clock = new ManualClock(5)
  const { methods, written } = wallet(clock)
  const blocked = await methods.block(caller, id, 'lost')
  expect(blocked).toMatchObject({ ok: true, value: { status: 'blocked', blockedReason: 'lost' } })
  clock.advance(1)
  expect(await methods.unblock(caller, id)).toMatchObject({ value: { status: 'active', blockedReason: null } })
  clock.advance(1)
  expect(await methods.delete(caller, id)).toEqual({ ok: true, value: saved })
  expect(written).toEqual([
    { status: 'blocked', blockedReason: 'lost', nowMs: 5 },
    { status: 'active', blockedReason: null, nowMs: 6 },
    'deleted at 7',
  ])
})

it('nobody else sees or changes it: neither another merchant nor the other mode', async () => {
  const { methods, written } = wallet(new ManualClock(5))
  const missing = { ok: false, refusal: { refusal: 'not_found', what: 'payment_method' } }
  expect(await methods.list(caller, trustedId('ann'))).toEqual([saved])
  expect(await methods.list(caller, trustedId('bea'))).toEqual([])
  for (const stranger of [callerOf('mer_2'), callerOf('mer_1', 'live')]) {
    expect(await methods.list(stranger, trustedId('ann'))).toEqual([])
    expect(await methods.block(stranger, id, 'mine')).toEqual(missing)
    expect(await methods.unblock(stranger, id)).toEqual(missing)
    expect(await methods.delete(stranger, id)).toEqual(missing)
  }
  expect(written).toEqual([])
})
