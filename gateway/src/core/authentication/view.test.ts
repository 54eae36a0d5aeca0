import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { Payment } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'
import type { Participation } from '../ports/three-d-secure-provider.ts'
import { aChallenge, aSession, awaitsShopper } from '../testing/authentications.ts'
import { anOrder } from '../testing/orders.ts'
import { testContext } from '../testing/payments.ts'
import type { Authentication } from './authentication.ts'
import type { AuthenticationParts } from './carry-out.ts'
import type { AuthenticationState } from './states.ts'
import { viewOf } from './view.ts'

const { sessionId } = aSession
const takesPart = (methodUrl: string | null): Participation => ({ kind: 'takes_part', version: '2.2.0', methodUrl })

interface Given {
  payment?: Partial<Payment>
  authentication?: Partial<Authentication>
  participation?: Participation
  /** Of the merchant; undefined where nobody knows it any more. */
  origins?: readonly string[] | null
}

function view({ payment = {}, authentication = {}, participation = takesPart(null), ...merchant }: Given) {
  const parts = {
    publicUrl: 'https://pay.example',
    provider: {
      participation: async () => participation,
      methodData: (id: string, url: string) => `${id} to ${url}`,
      challengeRequest: (_authentication: unknown, challenge: { acsTransId: string }) =>
        `creq of ${challenge.acsTransId}`,
    },
    directory: {
      merchant: () => (merchant.origins === undefined ? undefined : { name: 'Tea & Co', origins: merchant.origins }),
    },
    returnLinks: { linkFor: async (_payment: unknown, outcome: string) => `https://shop.example/${outcome}` },
  } as unknown as AuthenticationParts
  const { record, authentication: begun } = awaitsShopper(testContext(), { authentication })
  return viewOf(
    parts,
    { record: { ...record, payment: { ...record.payment, ...payment } }, authentication: begun },
    sessionId,
  )
}

describe('while the issuer has not decided', () => {
  const waiting = (what: string, pollAfterMs: number) => ({ step: 'waiting', for: what, pollAfterMs })
  it.each<[AuthenticationState, unknown]>([
    ['created', { step: 'collect' }],
    ['ready', { step: 'collect' }],
    ['requested', waiting('answer', 1_000)],
    [
      'challenge',
      { step: 'challenge', url: aChallenge.acsUrl, creq: 'creq of acs', sessionData: null, windowSize: '03' },
    ],
    ['returned', waiting('answer', 1_000)],
    ['decoupled', waiting('issuer', 2_000)],
  ])('an authentication that is %s tells the page what to do', async (state, next) => {
    expect((await view({ authentication: { state, challenge: aChallenge } })).next).toEqual(next)
  })

  it('a challenge that nobody knows is a bug', async () => {
    await expect(view({ authentication: { state: 'challenge', challenge: null } })).rejects.toThrow('is not known')
  })

  it.each<[string, Participation, Partial<Payment>, unknown]>([
    [
      'begins with the issuer’s hidden page, where it has one',
      takesPart('https://acs.example/method'),
      {},
      {
        step: 'method',
        url: 'https://acs.example/method',
        data: `${aSession.authenticationId} to https://pay.example/authenticate/${sessionId}/method`,
        timeoutMs: 10_000,
      },
    ],
    ['begins with the browser where there is none', takesPart(null), {}, { step: 'collect' }],
    ['begins with the browser where the issuer takes no part', { kind: 'takes_no_part' }, {}, { step: 'collect' }],
    [
      'begins with the browser where the card is gone',
      takesPart('https://acs.example/x'),
      { card: null },
      { step: 'collect' },
    ],
  ])('the page %s', async (_what, participation, payment, next) => {
    expect((await view({ participation, payment })).next).toEqual(next)
  })

  it('what is charged is waited for', async () => {
    expect((await view({ payment: { state: 'processing' } })).next).toEqual(waiting('charge', 1_000))
  })
})

describe('in the end', () => {
  const ends: [PaymentState, string, string][] = [
    ['created', 'failed', 'failed'],
    ['requires_confirmation', 'succeeded', 'succeeded'],
    ['authorized', 'succeeded', 'succeeded'],
    ['captured', 'succeeded', 'succeeded'],
    ['failed', 'failed', 'failed'],
    ['canceled', 'canceled', 'failed'],
    ['expired', 'failed', 'failed'],
  ]
  it.each(ends)('a payment that is %s has %s, and leads back to the shop', async (state, outcome, link) => {
    const done = { step: 'done', outcome, redirectTo: `https://shop.example/${link}` }
    expect((await view({ payment: { state } })).next).toEqual(done)
  })

  it.each<[string, Partial<Payment>, boolean]>([
    ['paid on our page', { paymentType: 'single' }, true],
    ['of an order that is paid on our page', { paymentType: 'single', order: anOrder(), checkout: {} as never }, true],
    ['of an order on the shop’s own page', { paymentType: 'single', order: anOrder() }, false],
    ['that the server made', { checkout: {} as never }, false],
  ])('a payment %s leads there', async (_what, payment, isOurPage) => {
    const { next, paymentId } = await view({ payment: { ...payment, state: 'failed' } })
    const ours = `https://pay.example/pay/req_${paymentId}`
    expect(next).toMatchObject({ redirectTo: isOurPage ? ours : 'https://shop.example/failed' })
  })
})

describe('the page', () => {
  it('shows what is paid, by what, and to whom, and nothing more of the card', async () => {
    const shown = await view({ origins: null, authentication: { issuerText: 'Hello' } })
    expect(shown).toMatchObject({ sessionId, merchantName: 'Tea & Co', amountMinor: 10_000, issuerText: 'Hello' })
    expect(shown.card).toEqual({ brand: 'visa', last4: '4242' })
    expect(await view({ payment: { card: null } })).toMatchObject({ card: null, merchantName: '' })
  })

  it('leads back to where a failure leads, else to where everything does', async () => {
    const [failureUrl, returnUrl] = ['https://shop.example/no', 'https://shop.example/back']
    expect((await view({ payment: { failureUrl, returnUrl } })).shopUrl).toBe(failureUrl)
    expect((await view({ payment: { returnUrl } })).shopUrl).toBe(returnUrl)
    expect((await view({})).shopUrl).toBeNull()
  })

  it.each([
    ['the sites that the merchant registered', ['https://shop.example'], 'live', ['https://shop.example']],
    ['nobody where none was registered', null, 'live', []],
    [
      'the developer’s own machine as well, in test mode',
      null,
      'test',
      ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*'],
    ],
  ] as const)('may be framed by %s', async (_what, origins, mode, framedBy) => {
    expect((await view({ origins, payment: { mode } })).framedBy).toEqual(framedBy)
  })

  it('of a session that is over leads to the one that the payment asks for now', async () => {
    const later = trustedId<never>('later000000000000000000000')
    const { record } = awaitsShopper(testContext())
    const authentication = record.payment.authentication && { ...record.payment.authentication, sessionId: later }
    expect((await view({ payment: { authentication } })).sessionId).toBe(later)
    expect((await view({ payment: { authentication: null } })).sessionId).toBe(sessionId)
  })
})
