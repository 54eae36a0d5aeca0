import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aCommand } from '../testing/commands.ts'
import {
  approved,
  aRequest,
  createRaceTrack,
  freshScript,
  type RaceScript,
  type RaceTrack,
  raceCaller,
  told,
} from '../testing/race-track.ts'
import { failureOf } from './failure.ts'
import type { OperationOutcome } from './outcome.ts'

/**
 * Races between a request, the worker and the database, over the real store. The acquirer says what a test lets it say,
 * when the test lets it; the vault tells whether a step can still be sent.
 */
let script: RaceScript
let track: RaceTrack

beforeAll(async () => {
  track = await createRaceTrack(() => script)
})
afterAll(() => track.stop())
beforeEach(() => {
  script = freshScript()
})

const declined: Extract<OperationOutcome, { kind: 'declined' }> = {
  kind: 'declined',
  failure: failureOf('do_not_honor', '05'),
}
const create = (captureMethod: 'automatic' | 'manual' = 'automatic', key: string | null = track.ids.random()) =>
  told(track.payments.create(raceCaller, aCommand({ captureMethod }), aRequest(key)))

/** A payment that the acquirer has answered; the next request to it waits again. */
async function aPayment(captureMethod: 'automatic' | 'manual') {
  script.answer.resolve(approved(captureMethod === 'automatic'))
  const { paymentId } = await create(captureMethod)
  script.answer = Promise.withResolvers()
  return paymentId
}

describe('an answer that arrives after the worker decided', () => {
  it('and found the same is recorded once, and the caller is told the truth', async () => {
    const answer = create()
    script.inquiry = approved(true)
    const paymentId = await track.workerDecides()
    script.answer.resolve(approved(true))
    expect(await answer).toEqual({ paymentId, state: 'captured' })
    expect(await track.booksOf(paymentId)).toMatchObject({
      operations: ['authorize approved'],
      events: ['payment.succeeded'],
      earnedMinor: 1_762,
      hasGaps: false,
    })
  })

  it('that nothing had happened is an approval to give back: the payment stays failed, and the caller is told so', async () => {
    const answer = create()
    const paymentId = await track.workerGivesUp()
    expect((await track.found(paymentId)).payment.state).toBe('failed')
    script.answer.resolve(approved(true))
    expect(await answer).toEqual({ paymentId, state: 'failed' })
    const reversal = (await track.found(paymentId)).operations.find((operation) => operation.kind === 'reversal')
    expect(reversal).toMatchObject({ state: 'sending', amountMinor: 1_762 })
    expect(reversal?.dueAtMs).toBeLessThanOrEqual(track.clock.now())
    await track.resolve(paymentId, reversal?.operationId)
    expect(await track.booksOf(paymentId)).toMatchObject({
      state: 'failed',
      amounts: { authorizedMinor: 1_762, reversedMinor: 1_762, reversingMinor: 0, capturedMinor: 0 },
      events: ['payment.pending', 'payment.failed'],
      earnedMinor: 0,
    })
  })

  it('and found it declined changes nothing', async () => {
    const answer = create()
    script.inquiry = declined
    const paymentId = await track.workerDecides()
    script.answer.resolve(declined)
    expect(await answer).toEqual({ paymentId, state: 'failed' })
    expect(await track.booksOf(paymentId)).toMatchObject({
      operations: ['authorize declined'],
      events: ['payment.failed'],
    })
  })

  it('about a capture is booked once', async () => {
    const paymentId = await aPayment('manual')
    const command = { money: null, final: true }
    const answer = told(track.payments.capture(raceCaller, paymentId, command, aRequest(track.ids.random())))
    script.inquiry = approved(false)
    await track.workerDecides()
    script.answer.resolve(approved(false))
    expect(await answer).toEqual({ paymentId, state: 'captured' })
    expect(await track.booksOf(paymentId)).toMatchObject({
      amounts: { capturedMinor: 1_762, capturingMinor: 0 },
      events: ['payment.authorized', 'payment.succeeded'],
      earnedMinor: 1_762,
      hasGaps: false,
    })
  })
})

describe('a request that the vault sends late', () => {
  it('is not given up while it can still arrive: not found counts only after the fence and the acquirer’s window', async () => {
    const answer = create()
    const paymentId = await track.workerDecides()
    const [attempt] = (await track.found(paymentId)).operations
    expect(attempt).toMatchObject({ state: 'unknown', inquiries: 0 })
    track.clock.advance(14_000)
    expect(await track.resolve(paymentId, attempt?.operationId)).toBe('processing')
    script.answer.resolve(approved(true))
    expect(await answer).toEqual({ paymentId, state: 'captured' })
    track.clock.advance(60_000)
    expect(await track.resolve(paymentId, attempt?.operationId)).toBe('captured')
    expect(await track.booksOf(paymentId)).toMatchObject({
      events: ['payment.pending', 'payment.succeeded'],
      earnedMinor: 1_762,
    })
  })
})

describe('a commit whose reply is lost', () => {
  for (const [what, statement] of [
    ['of the outcome (B)', 'commit-decisions'],
    ['of the attempt (A)', 'insert-payments'],
  ] as const) {
    for (const key of ['a key', null]) {
      it(`${what} counts once, with ${key ?? 'no key'}`, async () => {
        const before = track.proxy.lost
        track.proxy.loseNextReplyTo(statement)
        const answer = create('automatic', key && track.ids.random())
        const { payment } = await track.underWay()
        script.answer.resolve(approved(true))
        expect(await answer).toEqual({ paymentId: payment.paymentId, state: 'captured' })
        expect(track.proxy.lost).toBe(before + 1)
        expect(script.sent).toEqual(['authorize'])
        expect(await track.booksOf(payment.paymentId)).toMatchObject({
          operations: ['authorize approved'],
          events: ['payment.succeeded'],
          earnedMinor: 1_762,
          hasGaps: false,
        })
      })
    }
  }

  for (const moment of ['reservation', 'outcome']) {
    it(`of a refund’s ${moment} refunds once, and a repeated request gets the same answer`, async () => {
      const paymentId = await aPayment('automatic')
      const before = track.proxy.lost
      const request = aRequest(track.ids.random())
      const refund = () =>
        track.payments.refund(
          raceCaller,
          paymentId,
          { money: { amountText: '5.00' }, currency: null, reason: null },
          request,
        )
      if (moment === 'reservation') track.proxy.loseNextReplyTo('commit-decisions')
      const answer = refund()
      await track.underWay()
      if (moment === 'outcome') track.proxy.loseNextReplyTo('commit-decisions')
      script.answer.resolve(approved(false))
      const [first, second] = [await answer, await refund()]
      expect(second).toMatchObject({ ok: true, value: { replayed: true } })
      expect(second.ok && second.value.answer).toEqual(first.ok && first.value.answer)
      expect(track.proxy.lost).toBe(before + 1)
      expect(script.sent).toEqual(['authorize', 'refund'])
      expect(await track.booksOf(paymentId)).toMatchObject({
        amounts: { refundedMinor: 500, refundingMinor: 0 },
        events: ['payment.succeeded', 'payment.refunded'],
        earnedMinor: 1_262,
      })
    })
  }

  it('of a void is answered as it was recorded', async () => {
    const answer = create()
    const { payment } = await track.underWay()
    track.proxy.loseNextReplyTo('commit-decisions')
    const request = aRequest(track.ids.random())
    const voided = told(track.payments.void(raceCaller, payment.paymentId, { reason: null }, request))
    expect((await voided).state).toBe('canceled')
    script.answer.resolve(declined)
    expect((await answer).state).toBe('canceled')
    expect(await track.booksOf(payment.paymentId)).toMatchObject({ state: 'canceled', events: ['payment.canceled'] })
  })
})
