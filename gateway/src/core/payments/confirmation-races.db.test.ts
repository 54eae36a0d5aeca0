import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PaymentId } from '../ids.ts'
import type { Result } from '../refusals.ts'
import { anOrderCommand } from '../testing/commands.ts'
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
import type { Answered } from './payments.ts'

/** Races around a card that waits for its confirmation, over the real store. */
let script: RaceScript
let track: RaceTrack

beforeAll(async () => {
  track = await createRaceTrack(() => script)
})
afterAll(() => track.stop())
beforeEach(() => {
  script = freshScript()
})

const create = (key: string | null = null) => track.payments.create(raceCaller, anOrderCommand(), aRequest(key))
const confirm = (paymentId: PaymentId, key: string | null = null) =>
  track.payments.confirm(raceCaller, paymentId, aRequest(key))
const voided = (paymentId: PaymentId) => track.payments.void(raceCaller, paymentId, { reason: null }, aRequest(null))
const update = (paymentId: PaymentId, unitPriceMinor: number) =>
  track.payments.update(
    raceCaller,
    paymentId,
    { order: { items: [{ name: 'Teapot', unitPriceMinor, quantity: 1 }] } },
    aRequest(null),
  )
const stateIn = (answered: Result<Answered>) =>
  answered.ok ? answered.value.answer.body.split(' ')[1] : answered.refusal.refusal
const heldAttempt = async (paymentId: PaymentId) => (await track.found(paymentId)).payment.held?.attemptId

async function aWaitingPayment(): Promise<PaymentId> {
  const { paymentId, state } = await told(create())
  expect(state).toBe('requires_confirmation')
  return paymentId
}

describe('a payment that waits for its confirmation', () => {
  it('sends nothing until it is confirmed; then it charges net and tax at once', async () => {
    const paymentId = await aWaitingPayment()
    const attemptId = await heldAttempt(paymentId)
    expect(script.sent).toEqual([])
    script.answer.resolve(approved(true))
    expect(stateIn(await confirm(paymentId))).toBe('captured')
    expect(script.sent).toEqual(['authorize'])
    const { payment, operations } = await track.found(paymentId)
    expect(operations.map(({ operationId }) => operationId)).toEqual([attemptId])
    expect(payment.timeline.map(({ stage }) => stage)).toEqual([
      'created',
      'requires_confirmation',
      'processing',
      'captured',
    ])
    expect(await track.booksOf(paymentId)).toMatchObject({
      amounts: { capturedMinor: 11_900 },
      events: ['payment.succeeded'],
      earnedMinor: 11_900,
      hasGaps: false,
    })
  })

  it('created twice with one key is one payment, whose card stays held', async () => {
    const key = track.ids.random()
    const [first, second] = await Promise.all([told(create(key)), told(create(key))])
    expect(second).toEqual(first)
    expect(await told(create(key))).toEqual(first)
    expect(script.released).toEqual([])
    script.answer.resolve(approved(true))
    expect(stateIn(await confirm(first.paymentId))).toBe('captured')
    expect(await told(create(key))).toEqual(first)
    expect(script.released.filter((each) => each.endsWith('unused'))).toEqual([])
  })

  it('expires uncharged, lets go of the card, and cannot be confirmed any more', async () => {
    const paymentId = await aWaitingPayment()
    const attemptId = await heldAttempt(paymentId)
    track.clock.advance(60 * 60_000)
    expect(stateIn(await confirm(paymentId))).toBe('invalid_state')
    await track.expire(paymentId)
    expect(script.released).toEqual([`${attemptId} ended`])
    expect(stateIn(await confirm(paymentId))).toBe('invalid_state')
    expect(script.sent).toEqual([])
    expect(await track.booksOf(paymentId)).toMatchObject({ state: 'expired', events: ['payment.canceled'] })
  })

  it('is voided uncharged, and lets go of the card', async () => {
    const paymentId = await aWaitingPayment()
    const attemptId = await heldAttempt(paymentId)
    expect(stateIn(await voided(paymentId))).toBe('canceled')
    expect(script.released).toEqual([`${attemptId} ended`])
    expect(stateIn(await confirm(paymentId))).toBe('invalid_state')
    expect(script.sent).toEqual([])
  })
})

describe('confirmations at once', () => {
  it('without keys charge once: one is answered, the others are refused', async () => {
    const paymentId = await aWaitingPayment()
    script.answer.resolve(approved(true))
    const answers = (await Promise.all(Array.from({ length: 10 }, () => confirm(paymentId)))).map(stateIn).sort()
    expect(answers).toEqual(['captured', ...Array(9).fill('invalid_state')])
    expect(script.sent).toEqual(['authorize'])
    expect(await track.booksOf(paymentId)).toMatchObject({ events: ['payment.succeeded'], earnedMinor: 11_900 })
  })

  it('with one key charge once and get the same answer', async () => {
    const paymentId = await aWaitingPayment()
    const key = track.ids.random()
    script.answer.resolve(approved(true))
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(paymentId, key)))
    expect(answers.map(stateIn)).toEqual(Array(10).fill('captured'))
    expect(answers.filter((each) => each.ok && !each.value.replayed)).toHaveLength(1)
    expect(script.sent).toEqual(['authorize'])
  })

  it('and a void leave either a charge that goes back, or none', async () => {
    for (const first of ['confirm', 'void']) {
      const paymentId = await aWaitingPayment()
      const calls = { confirm: () => confirm(paymentId), void: () => voided(paymentId) }
      script.answer.resolve(approved(true))
      const begun = first === 'confirm' ? [calls.confirm(), calls.void()] : [calls.void(), calls.confirm()]
      await Promise.all(begun)
      const { payment, operations } = await track.found(paymentId)
      if (payment.state === 'captured') {
        // The void came when all was done, and was refused.
        expect(payment.amounts).toMatchObject({ capturedMinor: 11_900, reversedMinor: 0 })
        continue
      }
      expect(payment.state).toBe('canceled')
      const reversal = operations.find(({ kind }) => kind === 'reversal')
      if (reversal !== undefined && reversal.state !== 'approved') await track.resolve(paymentId, reversal.operationId)
      const { amounts } = (await track.found(paymentId)).payment
      expect(amounts.capturedMinor).toBe(0)
      expect(amounts.reversedMinor).toBe(amounts.authorizedMinor)
    }
  })

  it('and an update charge what the payment then says', async () => {
    const paymentId = await aWaitingPayment()
    script.answer.resolve(approved(true))
    const [confirmed, updated] = await Promise.all([confirm(paymentId), update(paymentId, 5_000)])
    expect(stateIn(confirmed)).toBe('captured')
    const { payment, operations } = await track.found(paymentId)
    expect(payment.amountMinor).toBe(updated.ok ? 5_950 : 11_900)
    expect(operations[0]?.amountMinor).toBe(payment.amountMinor)
    expect(payment.amounts.capturedMinor).toBe(payment.amountMinor)
    expect((payment.order?.netMinor ?? 0) + (payment.order?.taxMinor ?? 0)).toBe(payment.amountMinor)
  })

  it('and updates among each other leave one order whole', async () => {
    const paymentId = await aWaitingPayment()
    const prices = [1_000, 2_000, 3_000, 4_000]
    await Promise.all(prices.map((price) => update(paymentId, price)))
    const { payment } = await track.found(paymentId)
    const price = payment.order?.pricedMinor ?? 0
    expect(prices).toContain(price)
    expect(payment.amountMinor).toBe(price * 1.19)
    expect(payment.order?.items).toMatchObject([{ unitPriceMinor: price, netMinor: price, taxMinor: price * 0.19 }])
  })
})

describe('a confirmation', () => {
  for (const key of ['a key', null]) {
    it(`whose commit went through and whose reply is lost is sent once, with ${key ?? 'no key'}`, async () => {
      const paymentId = await aWaitingPayment()
      const before = track.proxy.lost
      track.proxy.loseNextReplyTo('commit-decisions')
      const answer = confirm(paymentId, key && track.ids.random())
      await track.underWay()
      script.answer.resolve(approved(true))
      expect(stateIn(await answer)).toBe('captured')
      expect(track.proxy.lost).toBe(before + 1)
      expect(script.sent).toEqual(['authorize'])
    })
  }

  it('whose gateway died before it was sent is given up by the worker, uncharged', async () => {
    const paymentId = await aWaitingPayment()
    const answer = confirm(paymentId)
    await track.workerGivesUp()
    expect((await track.found(paymentId)).payment).toMatchObject({ state: 'failed', held: null })
    script.answer.resolve({ kind: 'not_processed' })
    expect(stateIn(await answer)).toBe('failed')
  })
})
