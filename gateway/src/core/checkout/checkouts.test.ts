import { describe, expect, it } from 'vitest'
import type { AuthenticationParts } from '../authentication/carry-out.ts'
import type { ThreeDSecure } from '../authentication/three-d-secure.ts'
import { customerOfEmail } from '../customers/customer-of-email.ts'
import { trustedId } from '../ids.ts'
import type { PaymentLink } from '../links/payment-link.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import { attemptOfToken } from '../payments/claim-card.ts'
import { failureOf } from '../payments/failure.ts'
import type { Payment } from '../payments/payment.ts'
import { aSession } from '../testing/authentications.ts'
import { callerOf } from '../testing/callers.ts'
import { approvedNow, memoryEngine, theCard } from '../testing/memory-engine.ts'
import { anOrder } from '../testing/orders.ts'
import { aPayment } from '../testing/payments.ts'
import { nameOf } from './buyer.ts'
import { createCheckouts } from './checkouts.ts'

const eur = findCurrency('eur') as Currency
const { merchant } = callerOf('mer_1')
const checkout = { customization: null, cancelUrl: null, linkId: null }
const ann = { email: 'ann@shop.example', firstName: 'Ann', lastName: 'Lee', country: 'DE', postalCode: null }
const link: PaymentLink = {
  merchantId: merchant.merchantId,
  linkId: trustedId('lnk_1'),
  mode: 'test',
  name: 'Tea',
  items: [{ name: 'Tea', unitPriceMinor: 500, quantity: 2 }],
  currency: eur,
  pricingMode: 'tax_exclusive',
  customization: null,
  status: 'active',
  createdAtMs: 1,
  updatedAtMs: 1,
}
const visit = { visitId: 'v1', fingerprint: 'f' }

/** A payment that waits for its shopper, on our page unless a test says otherwise. */
function world(
  changes: Partial<Payment> = {},
  given: { merchants?: (typeof merchant)[]; withThreeDSecure?: boolean } = {},
) {
  const engine = memoryEngine()
  const payment = aPayment('created', {
    paymentType: 'single',
    card: null,
    captureMethod: 'automatic',
    dueAtMs: engine.clock.now() + 60_000,
    ...changes,
  })
  engine.store.put({ payment, operations: [] })
  const expected: unknown[] = []
  const charging = new Set<Promise<unknown>>()
  const { merchants = [merchant] } = given
  const threeDSecure: Partial<ThreeDSecure> = { newSession: () => aSession, takesPart: async () => true }
  const parts = {
    ...engine.parts,
    ...(given.withThreeDSecure ? { threeDSecure } : {}),
    store: Object.assign(engine.parts.store, {
      findHosted: async (id: string) => engine.store.records.get(id),
    }),
    directory: {
      ...engine.parts.directory,
      merchant: (id: string) => merchants.find(({ merchantId }) => merchantId === id),
    },
    charging,
    returnLinks: { linkFor: async (_payment: unknown, outcome: string) => `https://shop.example/${outcome}` },
    links: { findPublic: async (id: string) => (id === link.linkId ? link : undefined) },
    receipts: { expect: async (of: Payment, nowMs: number) => void expected.push([of.paymentId, nowMs]) },
  } as unknown as Parameters<typeof createCheckouts>[0] & Pick<AuthenticationParts, 'charging'>
  const checkouts = createCheckouts(parts)
  const opened = () => ({
    record: engine.store.records.get(payment.paymentId) ?? { payment, operations: [] },
    merchant,
  })
  const pay = (token = 'tok_1', more: { amountMinor?: number | null; savesCard?: boolean } = {}) =>
    checkouts.pay(opened(), { token, amountMinor: null, savesCard: false, ...more })
  const now = () => opened().record
  return { ...engine, checkouts, opened, pay, now, expected, charging, payment, parts }
}

describe('a shopper who pays', () => {
  it('is charged once, and told how it ended', async () => {
    const { pay, now, sent, charging, payment } = world()
    const paid = await pay()
    expect(paid).toMatchObject({ ok: true, value: { payment: { state: 'captured', card: theCard, dueAtMs: null } } })
    expect(paid.ok && paid.value).toEqual(now())
    expect(sent).toHaveLength(1)
    expect(sent[0]?.operation.operationId).toBe(attemptOfToken(payment, payment.paymentId, 'tok_1'))
    await Promise.all(charging)
    expect(charging.size).toBe(0)
  })

  it('with the same card twice, one after the other or at once, pays once', async () => {
    const { pay, sent, released } = world()
    const [first, second] = await Promise.all([pay(), pay()])
    expect([first.ok, second.ok]).toEqual([true, true])
    expect((await pay()).ok).toBe(true)
    expect(sent).toHaveLength(1)
    expect(released.filter(({ reason }) => reason === 'unused')).toEqual([])
  })

  it('with two cards at once pays with one, and the other can be used again', async () => {
    const { pay, sent, released, payment } = world()
    const both = await Promise.all([pay('tok_1'), pay('tok_2')])
    expect(both.map(({ ok }) => ok)).toEqual([true, false])
    expect(both[1]).toMatchObject({ refusal: { refusal: 'invalid_state', action: 'pay' } })
    expect(sent).toHaveLength(1)
    const attemptId = attemptOfToken(payment, payment.paymentId, 'tok_2')
    expect(released).toContainEqual({ merchantId: 'mer_1', mode: 'test', attemptId, reason: 'unused' })
  })

  it('and is declined may try another card', async () => {
    const { pay, now, script } = world()
    script.outcome = { kind: 'declined', failure: failureOf('do_not_honor') }
    expect(await pay('tok_1')).toMatchObject({ ok: true, value: { payment: { state: 'created' } } })
    expect(now().payment.failure?.code).toBe('do_not_honor')
    script.outcome = approvedNow
    expect(await pay('tok_2')).toMatchObject({ ok: true, value: { payment: { state: 'captured', failure: null } } })
    expect(now().operations).toHaveLength(2)
  })

  it('is told to come back where the acquirer takes its time', async () => {
    const { pay, parts, script } = world()
    const answer = Promise.withResolvers<{ outcome: typeof script.outcome; acquirerMs: number }>()
    parts.acquirer.send = () => answer.promise
    expect(await pay()).toMatchObject({ ok: true, value: { payment: { state: 'processing' } } })
    answer.resolve({ outcome: script.outcome, acquirerMs: 1 })
  })

  it('of what is not theirs to pay any more is refused, and the card is not claimed', async () => {
    const refusals: [Partial<Payment>, { amountMinor?: number }][] = [
      [{ paymentType: 'token' }, {}],
      [{ state: 'failed' }, {}],
      [{ dueAtMs: 0 }, {}],
      [{}, { amountMinor: 9_999 }],
    ]
    for (const [changes, more] of refusals) {
      const { pay, parts } = world(changes)
      parts.vault.claim = () => Promise.reject(new Error('nobody claims'))
      expect(await pay('tok_1', more)).toMatchObject({
        ok: false,
        refusal: { refusal: 'invalid_state', action: 'pay' },
      })
    }
    expect((await world().pay('tok_1', { amountMinor: 10_000 })).ok).toBe(true)
  })

  it('with a token that another payment used is refused as such', async () => {
    const { pay, parts } = world()
    const scope = { merchantId: 'mer_1', mode: 'test' } as const
    const source = { kind: 'token', token: 'tok_1' } as const
    await parts.vault.claim({ ...scope, attemptId: 'att_other', source, withFingerprint: false })
    expect(await pay()).toEqual({ ok: false, refusal: { refusal: 'token_already_used' } })
  })

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('has the card kept where the merchant asks (%s) and they agree (%s)', async (saveCard, savesCard, isKept) => {
    const { pay, now } = world({ saveCard, customerId: trustedId('cus_1') })
    await pay('tok_1', { savesCard })
    expect(now().operations[0]?.saves !== null).toBe(isKept)
  })

  it('has to authenticate first where the merchant’s policy says so', async () => {
    const shop = { ...merchant, threeDSecure: { ...merchant.threeDSecure, policy: 'always' as const } }
    const { checkouts, opened, sent, now } = world({}, { withThreeDSecure: true })
    const card = { token: 'tok_1', amountMinor: null, savesCard: false }
    const paid = await checkouts.pay({ ...opened(), merchant: shop }, card)
    expect(paid).toMatchObject({ ok: true, value: { payment: { state: 'requires_action' } } })
    expect(now().payment.held).not.toBeNull()
    expect(sent).toEqual([])
    // The same card again finds where it waits.
    expect(await checkouts.pay({ ...opened(), merchant: shop }, card)).toEqual({ ok: true, value: now() })
  })

  it('cannot pay a merchant who is switched off', async () => {
    const { checkouts, opened, sent } = world()
    const off = { ...merchant, status: 'inactive' as const }
    const paid = await checkouts.pay(
      { ...opened(), merchant: off },
      { token: 't', amountMinor: null, savesCard: false },
    )
    expect(paid).toMatchObject({ ok: false, refusal: { refusal: 'invalid_state' } })
    expect(sent).toEqual([])
  })

  it.each<[string, Partial<Payment>, boolean]>([
    ['on our page, with an address', { email: 'a@b.example' }, true],
    ['without an address', {}, false],
    ['on the shop’s own page', { email: 'a@b.example', order: anOrder(), checkout: null }, false],
    ['that is under way', { email: 'a@b.example', state: 'processing' }, false],
  ])('a payment %s gets a receipt looked for before the card is tried', async (_what, changes, isExpected) => {
    const { pay, expected, payment, clock } = world(changes)
    const atMs = clock.now()
    await pay()
    expect(expected).toEqual(isExpected ? [[payment.paymentId, atMs]] : [])
  })
})

describe('a shopper who says who they are', () => {
  const order = anOrder({ buyer: null, tax: null, taxMinor: 0 })

  it('has the order priced anew, with the tax of their country, and is known from then on', async () => {
    const { checkouts, opened, now, payment } = world({ order, checkout, currency: eur })
    const told = await checkouts.setBuyer(opened(), ann)
    expect(told).toEqual({ ok: true, value: now() })
    expect(now().payment).toMatchObject({
      amountMinor: 11_900,
      email: ann.email,
      name: 'Ann Lee',
      customerId: customerOfEmail(payment, ann.email),
      order: { taxMinor: 1_900, buyer: { country: 'DE', isBusiness: false, taxId: null, firstName: 'Ann' } },
    })
  })

  it('is who the merchant said, where the merchant said so', async () => {
    const customerId = trustedId<never>('cus_1')
    const known = { email: 'known@shop.example', customerId, name: 'Bea' }
    const { checkouts, opened, now } = world({ order, checkout, currency: eur, ...known })
    await checkouts.setBuyer(opened(), { ...ann, firstName: null, lastName: null })
    expect(now().payment).toMatchObject(known)
  })

  it('in the very moment of another change is heard all the same', async () => {
    const { checkouts, opened, now, store, payment } = world({ order, checkout, currency: eur })
    let isFirst = true
    store.meanwhile = () => {
      if (isFirst) store.touch(payment.paymentId, { metadata: { a: 1 } })
      isFirst = false
    }
    expect((await checkouts.setBuyer(opened(), ann)).ok).toBe(true)
    expect(now().payment).toMatchObject({ metadata: { a: 1 }, email: ann.email })
  })

  it.each<[string, Partial<Payment>, string]>([
    ['without an order', { order: null }, 'not_supported'],
    ['that is under way', { order, state: 'processing' }, 'invalid_state'],
    ['that is not hosted', { order, paymentType: 'token' }, 'invalid_state'],
  ])('changes nothing of a payment %s', async (_what, changes, refusal) => {
    const { checkouts, opened, store } = world({ currency: eur, ...changes })
    expect(await checkouts.setBuyer(opened(), ann)).toMatchObject({ ok: false, refusal: { refusal } })
    expect(store.commits).toEqual([])
  })

  it('from a country that nobody knows is refused', async () => {
    const { checkouts, opened, store } = world({ order, checkout, currency: eur })
    expect((await checkouts.setBuyer(opened(), { ...ann, country: 'XX' })).ok).toBe(false)
    expect(store.commits).toEqual([])
  })

  it('has a name of what they gave', () => {
    expect([nameOf('Ann', 'Lee'), nameOf(null, 'Lee'), nameOf('Ann', null), nameOf(null, null), nameOf('')]).toEqual([
      'Ann Lee',
      'Lee',
      'Ann',
      null,
      null,
    ])
  })
})

describe('whoever has the id', () => {
  it('of a payment finds it with its merchant, unless that is gone', async () => {
    const { checkouts, payment, now } = world()
    expect(await checkouts.open(payment.paymentId)).toEqual({ record: now(), merchant })
    expect(await checkouts.open(trustedId('nowhere'))).toBeUndefined()
    expect(await world({}, { merchants: [] }).checkouts.open(payment.paymentId)).toBeUndefined()
  })

  it('and a key of the merchant finds the merchant’s own alone', async () => {
    const { checkouts, payment, now } = world()
    expect(await checkouts.openOwn(callerOf('mer_1'), payment.paymentId)).toEqual({ record: now(), merchant })
    expect(await checkouts.openOwn(callerOf('mer_2'), payment.paymentId)).toBeUndefined()
    expect(await checkouts.openOwn(callerOf('mer_1', 'live'), payment.paymentId)).toBeUndefined()
  })

  it('of a link finds it, unless its merchant is gone or switched off', async () => {
    expect(await world().checkouts.openLink(link.linkId)).toEqual({ link, merchant })
    expect(await world().checkouts.openLink(trustedId('lnk_x'))).toBeUndefined()
    const off = [{ ...merchant, status: 'inactive' as const }]
    expect(await world({}, { merchants: off }).checkouts.openLink(link.linkId)).toBeUndefined()
    expect(await world({}, { merchants: [] }).checkouts.openLink(link.linkId)).toBeUndefined()
  })

  it('is led back to the shop', async () => {
    const { checkouts, opened } = world()
    expect(await checkouts.returnLink(opened(), 'failed')).toBe('https://shop.example/failed')
  })
})

describe('a link', () => {
  it('makes one payment of one visit, priced and taxed for its shopper', async () => {
    const { checkouts, store } = world()
    const first = await checkouts.payLink({ link, merchant }, ann, visit)
    expect(await checkouts.payLink({ link, merchant }, ann, visit)).toEqual(first)
    const other = await checkouts.payLink({ link, merchant }, ann, { ...visit, visitId: 'v2' })
    expect(other).not.toEqual(first)
    const { payment } = (first.ok && store.records.get(first.value)) || {}
    expect(payment).toMatchObject({
      state: 'created',
      merchantId: 'mer_1',
      mode: 'test',
      paymentType: 'single',
      initiator: 'customer',
      captureMethod: 'automatic',
      amountMinor: 1_190,
      productName: 'Tea',
      email: ann.email,
      name: 'Ann Lee',
      customerId: customerOfEmail(link, ann.email),
      saveCard: false,
      checkout: { customization: null, cancelUrl: null, linkId: 'lnk_1' },
      order: { netMinor: 1_000, taxMinor: 190 },
    })
    expect([...store.keys.keys()]).toEqual(['lnk_1/v1', 'lnk_1/v2'])
  })

  it('that cannot be sold to that shopper makes none', async () => {
    const { checkouts, store } = world()
    const made = store.records.size
    expect((await checkouts.payLink({ link, merchant }, { ...ann, country: 'XX' }, visit)).ok).toBe(false)
    expect(store.records.size).toBe(made)
  })
})
