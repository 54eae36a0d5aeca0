import { describe, expect, it } from 'vitest'
import type { PaymentAuthentication } from '../authentication/authentication.ts'
import { trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import { aFlow, callerOf } from '../testing/callers.ts'
import { aHeldCard, anOrder } from '../testing/orders.ts'
import { aPayment, testContext, usd } from '../testing/payments.ts'
import { checkoutDeadlineMs, isHosted, isPaidOnOurPage, payPagePath } from './hosted.ts'
import { attemptOfHeld, awaitConfirmation, beginAttempt, createdEvent, newPayment } from './new-payment.ts'
import type { CheckoutSettings, Payment, PaymentType } from './payment.ts'
import type { CreatePayment } from './payments.ts'

const context = testContext()
const { nowMs } = context
const hourMs = 3_600_000
const card = {
  bin: '555555',
  last4: '4444',
  brand: 'mastercard' as const,
  expMonth: 1,
  expYear: 2031,
  cardholderName: null,
}
const checkout: CheckoutSettings = { customization: null, cancelUrl: null, linkId: 'lnk_1' }
const token = { kind: 'token' as const, token: 'tok_1' }

const aCommand = (changes: Partial<CreatePayment> = {}): CreatePayment => ({
  money: null,
  order: null,
  confirmation: 'automatic',
  captureMethod: null,
  flowId: null,
  source: token,
  initiator: 'merchant',
  externalId: 'order-1',
  productName: 'Tea',
  metadata: { a: 1 },
  customerId: trustedId('ann'),
  name: 'Ann',
  email: 'ann@shop.example',
  tel: '+49',
  returnUrl: 'https://shop.example/back',
  failureUrl: 'https://shop.example/no',
  checkout,
  saveCard: false,
  authenticationWish: { threeDSecure: 'skip', shopper: null },
  broughtResult: null,
  ...changes,
})
const made = (changes: Partial<CreatePayment> = {}): Payment =>
  newPayment(
    {
      caller: callerOf('mer_9', 'live'),
      flow: aFlow({ captureMethod: 'manual', connector: 'other' }),
      command: aCommand(changes),
      terms: { currency: usd, amountMinor: 500 as AmountMinor, order: null },
      paymentMethodId: trustedId('pmi_1'),
    },
    trustedId('pay_1'),
    nowMs,
  )

describe('a new payment', () => {
  it('is what was asked for, of its merchant, and nothing of it has happened', () => {
    const { money: _m, source: _s, broughtResult: _b, captureMethod: _c, flowId: _f, ...asked } = aCommand()
    expect(made()).toEqual({
      ...asked,
      merchantId: 'mer_9',
      paymentId: 'pay_1',
      mode: 'live',
      version: 1,
      state: 'created',
      currency: 'usd',
      amountMinor: 500,
      amounts: expect.objectContaining({ authorizedMinor: 0, capturedMinor: 0, disputedMinor: 0 }),
      held: null,
      authentication: null,
      captureMethod: 'manual',
      paymentType: 'token',
      flowId: 'flow_default',
      connectorId: 'conn_1',
      connector: 'other',
      paymentMethodId: 'pmi_1',
      card: null,
      failure: null,
      dispute: null,
      timeline: [{ stage: 'created', atMs: nowMs }],
      captureBeforeMs: null,
      dueAtMs: null,
      lastSequence: 0,
      lastPublicSequence: 0,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    })
  })

  it('is captured as it says itself, else as its flow does', () => {
    expect(made({ captureMethod: 'automatic' }).captureMethod).toBe('automatic')
  })

  const saved = { kind: 'payment_method' as const, paymentMethodId: trustedId<never>('pmi_1') }
  it.each<[PaymentType, Partial<CreatePayment>, boolean]>([
    ['token', { source: token, saveCard: true }, false],
    ['recurring', { source: saved }, false],
    ['recurring', { source: { kind: 'latest_payment_method' } }, false],
    ['initial', { source: null, saveCard: true }, true],
    ['single', { source: null }, true],
  ])('is %s by where its card comes from, and waits a day for one that is to come', (type, changes, waits) => {
    expect(made(changes)).toMatchObject({ paymentType: type, dueAtMs: waits ? nowMs + 24 * hourMs : null })
  })

  it('tells that it was created, as number 0, to nobody outside', () => {
    const payment = made()
    const event = createdEvent({ ...payment, createdAtMs: 5 }, context)
    expect(event).toMatchObject({ type: 'payment.created', sequence: 0, publicSequence: null, createdAtMs: 5 })
    expect(event).toMatchObject({ merchantId: 'mer_9', mode: 'live', eventId: expect.stringMatching(/^evt_/) })
    expect(event.snapshot).toEqual({ payment: { ...payment, createdAtMs: 5 }, operation: null, failure: null })
  })
})

describe('an attempt', () => {
  const begin = (payment: Payment, exemption: 'low_value' | null = null) => {
    const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
    const attempt = { attemptId: trustedId<never>('att_1'), saves, transactionId: 'ntx', card, exemption }
    return { ...beginAttempt(payment, attempt, context), saves }
  }

  it('gives the payment its card, and is sent under the name that the card was claimed for', () => {
    const { payment, operation, saves } = begin(made())
    expect(payment).toMatchObject({ state: 'processing', card })
    expect(payment.timeline.map(({ stage }) => stage)).toEqual(['created', 'processing'])
    expect(operation).toMatchObject({
      operationId: 'att_1',
      kind: 'authorize',
      state: 'sending',
      amountMinor: 500,
      final: false,
      saves,
      networkTransactionId: 'ntx',
      authentication: null,
      begunBy: null,
    })
    expect(begin(made({ captureMethod: 'automatic' })).operation.final).toBe(true)
  })

  const authentication: PaymentAuthentication = {
    authenticationId: trustedId('a'),
    sessionId: trustedId('s'),
    state: 'authenticated',
    version: '2.2.0',
    eci: '05',
    flow: 'challenge',
    dsTransId: 'ds',
    liabilityShift: true,
    amountMinor: 500 as AmountMinor,
  }
  const { sessionId: _s, flow: _f, amountMinor: _a, ...said } = authentication
  const nothing = {
    authenticationId: null,
    state: null,
    version: null,
    eci: null,
    dsTransId: null,
    liabilityShift: false,
  }
  it.each<[string, PaymentAuthentication | null, 'low_value' | null, unknown]>([
    ['what the issuer vouched for', authentication, null, { ...said, exemption: null }],
    ['an exemption beside it', authentication, 'low_value', { ...said, exemption: 'low_value' }],
    [
      'that it was tried, and nothing more, where the issuer did not vouch',
      { ...authentication, state: 'unavailable' },
      'low_value',
      { ...nothing, authenticationId: 'a', state: 'unavailable', version: '2.2.0', exemption: null },
    ],
    ['an exemption alone', null, 'low_value', { ...nothing, exemption: 'low_value' }],
    ['nothing where there is nothing', null, null, null],
  ])('says %s', (_what, given, exemption, expected) => {
    expect(begin({ ...made(), authentication: given }, exemption).operation.authentication).toEqual(expected)
  })

  it('is never sent with the authentication of another amount; one that counts for nothing does no harm', () => {
    const other = { ...authentication, amountMinor: 499 as AmountMinor }
    expect(() => begin({ ...made(), authentication: other })).toThrow('was made for another amount')
    expect(begin({ ...made(), authentication: { ...other, state: 'unavailable' } }).operation.state).toBe('sending')
  })

  it.each([
    ['for the first time has the name that it was claimed for', undefined, 'att_held', null],
    [
      'for the second time has a new one, and uses the hold of the first',
      true as const,
      expect.stringMatching(/^att_0/),
      'att_held',
    ],
  ])('of a held card that is sent %s', (_what, cvcSpent, operationId, holdId) => {
    const held = aHeldCard({ transactionId: 'ntx', expiresAtMs: 77, ...(cvcSpent ? { cvcSpent } : {}) })
    const attempt = attemptOfHeld({ ...made(), authentication }, held, context)
    expect(attempt).toMatchObject({
      operationId,
      holdId,
      holdEndsAtMs: 77,
      final: false,
      networkTransactionId: 'ntx',
      begunBy: expect.stringMatching(/^run_/),
      authentication: { eci: '05', exemption: null },
    })
    expect(attemptOfHeld(made({ captureMethod: 'automatic' }), held, context, 'low_value')).toMatchObject({
      final: true,
      authentication: { exemption: 'low_value' },
    })
  })
})

it.each([
  [hourMs * 2, hourMs - 60_000],
  [hourMs / 2, hourMs / 2 - 60_000],
])('a card that is held for %d ms waits %d ms for the merchant’s confirmation', (heldMs, waitsMs) => {
  const held = aHeldCard({ expiresAtMs: nowMs + heldMs })
  const waiting = awaitConfirmation(made(), card, held, nowMs)
  expect(waiting).toMatchObject({ state: 'requires_confirmation', card, held, dueAtMs: nowMs + waitsMs })
  expect(waiting.timeline.map(({ stage }) => stage)).toEqual(['created', 'requires_confirmation'])
})

describe('a hosted payment', () => {
  it('is one whose shopper brings the card', () => {
    const types: PaymentType[] = ['token', 'recurring', 'single', 'initial']
    expect(types.filter((paymentType) => isHosted({ paymentType }))).toEqual(['single', 'initial'])
  })

  it.each<[string, Partial<Payment>, boolean]>([
    ['without an order', { paymentType: 'single', order: null, checkout: null }, true],
    ['of an order, with a checkout', { paymentType: 'initial', order: anOrder(), checkout }, true],
    ['of an order, on the shop’s own page', { paymentType: 'single', order: anOrder(), checkout: null }, false],
    ['that is not hosted', { paymentType: 'token', order: null, checkout }, false],
  ])('%s is paid on our page: or not', (_what, changes, isOurs) => {
    expect(isPaidOnOurPage(aPayment('created', changes))).toBe(isOurs)
  })

  it('has a page of its own, for a day', () => {
    expect(payPagePath(trustedId('01jd'))).toBe('/pay/req_01jd')
    expect(checkoutDeadlineMs({ createdAtMs: 5 })).toBe(5 + 24 * hourMs)
  })
})
