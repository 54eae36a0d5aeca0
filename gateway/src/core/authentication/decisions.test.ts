import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import { type Decision, Draft, recordAfter } from '../payments/decision.ts'
import { newOperation } from '../payments/operation.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import { aChallenge, aResult, aSession, awaitsShopper } from '../testing/authentications.ts'
import { aHeldCard, anOrder } from '../testing/orders.ts'
import { testContext } from '../testing/payments.ts'
import type { Authentication } from './authentication.ts'
import { dropHeld, giveUpAuthentication, leavesTime, noteAuthentication } from './begin.ts'
import {
  decideCancellation,
  decideChallenge,
  decideMethodDone,
  decideRequest,
  decideResult,
  decideReturn,
  flowOf,
} from './decisions.ts'
import type { AuthenticationState } from './states.ts'

const context = testContext()
const { nowMs } = context
const minuteMs = 60_000
const asked = { version: '2.2.0', methodCompletion: 'Y' } as const
const told = { liabilityShift: true, issuerText: null }
const elsewhere = { kind: 'decoupled', challenge: aChallenge, untilMs: nowMs + 20 * minuteMs } as const
const inBrowser = { kind: 'challenge', challenge: aChallenge } as const

type Decide = (record: PaymentRecord, authentication: Authentication) => { decision: Decision } | null
/** Each step with a state in which it may happen. */
const steps: Record<string, { from: AuthenticationState; decide: Decide }> = {
  'the hidden page ends': { from: 'created', decide: (r, a) => decideMethodDone(r, a, 'called_back', context) },
  'the issuer is asked': { from: 'ready', decide: (r, a) => decideRequest(r, a, asked, context) },
  'the browser comes back': { from: 'challenge', decide: (r, a) => decideReturn(r, a, context) },
  'the shopper gives up': { from: 'challenge', decide: (r, a) => decideCancellation(r, a, context) },
  'the issuer wants to ask': {
    from: 'requested',
    decide: (r, a) => decideChallenge(r, a, inBrowser, 'Hello', context),
  },
  'the issuer says how it ended': { from: 'challenge', decide: (r, a) => decideResult(r, a, aResult(), told, context) },
}
const ofIssuer = ['the issuer wants to ask', 'the issuer says how it ended']

function inState(state: AuthenticationState, changes: Parameters<typeof awaitsShopper>[1] = {}) {
  return awaitsShopper(context, { ...changes, authentication: { state, ...changes.authentication } })
}
function decided(outcome: { decision: Decision } | null): Decision {
  if (outcome === null) throw new Error('nothing was decided')
  return outcome.decision
}

describe('an authentication begins', () => {
  it('with a session of its own, and waits as long as the session lives', () => {
    const { record, authentication } = awaitsShopper(context)
    expect(record.payment).toMatchObject({ state: 'requires_action', dueAtMs: nowMs + aSession.lifetimeMs })
    expect(record.payment.authentication).toMatchObject({
      sessionId: aSession.sessionId,
      state: 'created',
      liabilityShift: false,
      amountMinor: record.payment.amountMinor,
    })
    expect(authentication).toMatchObject({ sessionDigest: 'digest', requestedBy: null, result: null })
  })

  it('and no longer than the card is held, with a minute left to send it', () => {
    const { record } = awaitsShopper(context, { held: { expiresAtMs: nowMs + 10 * minuteMs } })
    expect(record.payment.dueAtMs).toBe(nowMs + 9 * minuteMs)
    expect([minuteMs - 1, minuteMs, minuteMs + 1].map((ms) => leavesTime(nowMs + ms, nowMs))).toEqual([
      false,
      false,
      true,
    ])
  })
})

describe.each(Object.entries(steps))('where %s', (what, { from, decide }) => {
  const strangers: [string, (record: PaymentRecord) => Partial<PaymentRecord['payment']>][] = [
    ['the payment has gone on', () => ({ state: 'canceled' })],
    [
      'the payment speaks of another authentication',
      ({ payment }) => ({
        authentication: payment.authentication && { ...payment.authentication, authenticationId: trustedId('other') },
      }),
    ],
    ['the payment speaks of none', () => ({ authentication: null })],
    ['another amount is to be paid', ({ payment }) => ({ amountMinor: (payment.amountMinor + 1) as AmountMinor })],
  ]
  it.each(strangers)('and %s, the payment stays as it is', (_why, change) => {
    const { record, authentication } = inState(from)
    const payment = { ...record.payment, ...change(record) }
    const outcome = decide({ ...record, payment }, authentication)
    if (!ofIssuer.includes(what)) return expect(outcome).toBeNull()
    // What the issuer said is kept.
    const { version, updatedAtMs, ...after } = decided(outcome).payment
    expect(after).toEqual((({ version: _v, updatedAtMs: _u, ...rest }) => rest)(payment))
    expect([version, updatedAtMs]).toEqual([payment.version + 1, nowMs])
    expect(decided(outcome).authentications).toHaveLength(1)
    expect(decided(outcome).operations).toEqual([])
  })

  it('and the authentication is over, nothing is decided', () => {
    const { record, authentication } = inState('authenticated')
    expect(decide(record, authentication)).toBeNull()
  })
})

describe('on its way', () => {
  it.each([
    ['called_back', 'Y'],
    ['timed_out', 'N'],
  ] as const)('a hidden page that %s counts as %s', (how, methodCompletion) => {
    const { record, authentication } = inState('created')
    const { payment, authentications } = decided(decideMethodDone(record, authentication, how, context))
    expect(authentications).toMatchObject([{ state: 'ready', methodCompletion }])
    expect(payment.authentication?.state).toBe('ready')
    expect(payment.dueAtMs).toBe(record.payment.dueAtMs)
  })

  it('whoever records the request has a name of its own, and a minute', () => {
    const { record, authentication } = inState('ready')
    const { payment, authentications } = decided(decideRequest(record, authentication, asked, context))
    expect(authentications).toMatchObject([
      { ...asked, state: 'requested', requestedBy: expect.stringMatching(/^run_/) },
    ])
    expect(payment.authentication).toMatchObject({ state: 'requested', version: '2.2.0' })
    expect(payment.dueAtMs).toBe(nowMs + minuteMs)
  })

  it.each([
    ['in the browser for eleven minutes', inBrowser, 60, 11, 'challenge'],
    ['elsewhere for as long as it was given', elsewhere, 60, 20, 'decoupled'],
    ['elsewhere never longer than the card is held', elsewhere, 15, 14, 'decoupled'],
  ] as const)('the issuer asks the shopper %s', (_what, wish, heldMinutes, minutes, state) => {
    const { record, authentication } = inState('requested', { held: { expiresAtMs: nowMs + heldMinutes * minuteMs } })
    const { payment, authentications } = decided(decideChallenge(record, authentication, wish, 'Hello', context))
    expect(authentications).toMatchObject([{ state, challenge: aChallenge, issuerText: 'Hello' }])
    expect(payment.authentication).toMatchObject({ state, flow: state })
    expect(payment.dueAtMs).toBe(nowMs + minutes * minuteMs)
  })

  it('a browser that is back waits a minute and a half for the result', () => {
    const { record, authentication } = inState('challenge')
    const { payment, authentications } = decided(decideReturn(record, authentication, context))
    expect(authentications).toMatchObject([{ state: 'returned' }])
    expect(payment.authentication?.state).toBe('returned')
    expect(payment.dueAtMs).toBe(nowMs + 90_000)
  })
})

describe('the result', () => {
  it('of a shopper who authenticated sends the attempt of the held card', () => {
    const { record, authentication } = inState('challenge')
    const outcome = decideResult(record, authentication, aResult(), told, context)
    expect(outcome?.operation).toMatchObject({
      operationId: 'att_held',
      kind: 'authorize',
      begunBy: expect.stringMatching(/^run_/),
      authentication: { eci: '05', dsTransId: 'ds', liabilityShift: true, state: 'authenticated' },
    })
    const { payment, operations, authentications } = decided(outcome)
    expect(operations).toHaveLength(1)
    expect(payment).toMatchObject({ state: 'processing', held: null, dueAtMs: null })
    expect(payment.authentication).toMatchObject({ state: 'authenticated', flow: 'challenge', sessionId: null })
    expect(authentications).toMatchObject([{ state: 'authenticated', result: { proof: 'sealed' } }])
  })

  it('without a card to send is a bug', () => {
    const { record, authentication } = inState('challenge')
    const cardless = { ...record, payment: { ...record.payment, held: null } }
    expect(() => decideResult(cardless, authentication, aResult(), told, context)).toThrow('without a card')
  })

  it('of an order waits for the merchant, until a minute before the card is let go of', () => {
    const { record, authentication } = inState('challenge', { payment: { order: anOrder() } })
    const outcome = decideResult(record, authentication, aResult(), told, context)
    expect(outcome?.operation).toBeNull()
    const { payment, events } = decided(outcome)
    expect(payment).toMatchObject({ state: 'requires_confirmation', dueAtMs: nowMs + 59 * minuteMs })
    expect(payment.held).not.toBeNull()
    expect(events.map(({ type }) => type)).toEqual(['payment.requires_confirmation'])
  })

  it.each([
    ['that the shopper pays on our page is sent at once', 'single', undefined, true],
    ['that the merchant had confirmed before is sent at once', 'token', 'run_1', true],
    ['whose declined attempt nobody had confirmed waits', 'token', null, false],
  ] as const)('of an order %s', (_what, paymentType, begunBy, isSent) => {
    const { record, authentication } = inState('challenge', { payment: { order: anOrder(), paymentType } })
    const operations = begunBy === undefined ? [] : [newOperation(record.payment, 'authorize', 1, context, { begunBy })]
    const outcome = decideResult({ ...record, operations }, authentication, aResult(), told, context)
    expect(outcome?.operation !== null).toBe(isSent)
  })

  it('of a shopper who did not ends the payment with the issuer’s code, and lets go of the card', () => {
    const { record, authentication } = inState('challenge')
    const no = aResult({ transStatus: 'N', reason: '01', proof: null })
    const { payment, events } = decided(decideResult(record, authentication, no, told, context))
    expect(payment).toMatchObject({ state: 'failed', held: null, dueAtMs: null })
    expect(payment.failure).toMatchObject({ code: 'authentication_failed', rawCode: 'N01' })
    expect(events).toMatchObject([{ type: 'payment.failed', snapshot: { failure: { rawCode: 'N01' } } }])
    const silent = decideResult(record, authentication, { ...no, reason: null }, told, context)
    expect(decided(silent).payment.failure?.rawCode).toBe('N')
  })

  it('of a shopper who did not, on a checkout, leaves the payment open for another card', () => {
    const { record, authentication } = inState('challenge', { payment: { paymentType: 'initial' } })
    const no = aResult({ transStatus: 'N', proof: null })
    const { payment, events } = decided(decideResult(record, authentication, no, told, context))
    expect(payment).toMatchObject({ state: 'created', held: null, dueAtMs: payment.createdAtMs + 24 * 60 * minuteMs })
    expect(payment.failure?.code).toBe('authentication_failed')
    expect(events).toEqual([])
  })

  it.each([
    ['what it says itself', 'New', 'New'],
    ['what was said before, where it says nothing', null, 'Old'],
  ])('keeps for the shopper %s', (_what, issuerText, kept) => {
    const { record, authentication } = inState('challenge', { authentication: { issuerText: 'Old' } })
    const more = { liabilityShift: true, issuerText }
    const { authentications } = decided(decideResult(record, authentication, aResult(), more, context))
    expect(authentications[0]?.issuerText).toBe(kept)
  })
})

it('a shopper who gives up ends the payment, and what the issuer says later has no effect', () => {
  const { record, authentication } = inState('challenge')
  const { decision } = decideCancellation(record, authentication, context) ?? {}
  if (decision === undefined) throw new Error('nothing was decided')
  expect(decision.payment).toMatchObject({ state: 'failed', held: null, failure: { rawCode: null } })
  expect(decision.payment.failure?.code).toBe('authentication_abandoned')
  expect(decision.payment.authentication).toMatchObject({ state: 'abandoned', sessionId: null })
  expect(decision.authentications).toMatchObject([{ state: 'abandoned' }])
  const after = recordAfter(record, decision)
  expect(decideResult(after, after.authentication as Authentication, aResult(), told, context)).toBeNull()
})

describe('giving up', () => {
  it('an authentication that is over closes its session alone', () => {
    const { record, authentication } = inState('authenticated')
    const draft = new Draft(record.payment, context)
    giveUpAuthentication(draft, authentication)
    expect(draft.decision().authentications).toEqual([])
    expect(draft.payment.authentication?.sessionId).toBeNull()
  })

  it('where there is none changes nothing; to note something of none is a bug', () => {
    const { record } = inState('created')
    const draft = new Draft({ ...record.payment, authentication: null }, context)
    giveUpAuthentication(draft, undefined)
    expect(draft.payment.authentication).toBeNull()
    expect(() => noteAuthentication(draft, { state: 'ready' })).toThrow('no authentication to speak of')
  })

  const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
  it.each([
    ['that was saved with an attempt that came to nothing is erased', { cvcSpent: true as const, saves }, ['card_1']],
    ['that was never sent was never saved', { saves }, []],
    ['that is not to be saved needs no erasing', { cvcSpent: true as const, saves: null }, []],
  ])('a card %s', (_what, changes, settled) => {
    const { record } = inState('created')
    const draft = new Draft({ ...record.payment, held: aHeldCard(changes) }, context)
    dropHeld(draft)
    expect(draft.payment.held).toBeNull()
    expect(draft.decision().settleCards).toEqual(settled)
  })
})

it('the flow of a result follows from where the shopper was when it came', () => {
  const states: AuthenticationState[] = ['requested', 'challenge', 'returned', 'decoupled']
  expect(states.map((state) => flowOf({ state }))).toEqual(['frictionless', 'challenge', 'challenge', 'decoupled'])
})
