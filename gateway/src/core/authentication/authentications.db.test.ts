import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import { aRequest, raceCaller } from '../testing/race-track.ts'
import {
  challenge,
  createShopperTrack,
  freshShopperScript,
  frictionless,
  proof,
  type ShopperScript,
  type ShopperTrack,
} from '../testing/shopper-track.ts'

/** Shoppers, issuers, merchants and deadlines at once, over the real store. */
let script: ShopperScript
let track: ShopperTrack

beforeAll(async () => {
  track = await createShopperTrack(() => script)
})
afterAll(() => track.stop())
beforeEach(() => {
  script = freshShopperScript()
})

const accepted = { status: 200, body: 'accepted' }
const stateOf = async (paymentId: Parameters<ShopperTrack['found']>[0]) => (await track.found(paymentId)).payment.state
const theVoid = (paymentId: Parameters<ShopperTrack['found']>[0]) =>
  track.payments.void(raceCaller, paymentId, { reason: null }, aRequest(null))

describe('a challenge that is passed', () => {
  it('is charged by whoever records the result, with the issuer’s proof, and the page leads back to the shop', async () => {
    const { paymentId, sessionId, authenticationId } = await track.begin()
    expect((await track.authentications.open(sessionId))?.next).toEqual({ step: 'collect' })
    expect((await track.authenticate(sessionId))?.next).toMatchObject({ step: 'challenge', creq: 'creq' })
    expect(await track.report(authenticationId)).toEqual(accepted)
    await track.settled()
    expect(script.sent).toHaveLength(1)
    expect(script.sent[0]?.network.cavv).toBe(proof.cavv)
    expect(script.sent[0]?.operation.authentication).toMatchObject({
      authenticationId,
      eci: '05',
      dsTransId: proof.dsTransId,
      version: '2.2.0',
      liabilityShift: true,
      exemption: null,
    })
    const { payment } = await track.found(paymentId)
    expect(payment).toMatchObject({ state: 'captured', held: null, dueAtMs: null })
    expect(payment.authentication).toMatchObject({ state: 'authenticated', flow: 'challenge', sessionId: null })
    expect(await track.events(paymentId)).toEqual(['payment.created', 'payment.requires_action', 'payment.succeeded'])
    const view = await track.authentications.challengeReturned(sessionId, authenticationId)
    expect(view?.next).toEqual({ step: 'done', outcome: 'succeeded', redirectTo: 'https://shop.example/succeeded' })
  })

  it('leaves the proof nowhere in clear', async () => {
    const { paymentId, authenticationId } = await track.challenged()
    await track.report(authenticationId)
    await track.settled()
    const rows = await track.rowsOf(paymentId)
    expect(rows).toContain([...proof.cavv].toReversed().join(''))
    expect(rows).not.toContain(proof.cavv)
  })

  it('goes on where the browser never comes back, and waits for the result where it comes too early', async () => {
    const early = await track.challenged()
    const returning = track.authentications.challengeReturned(early.sessionId, early.authenticationId)
    await track.report(early.authenticationId)
    expect((await returning)?.next).toMatchObject({ step: 'done', outcome: 'succeeded' })
    expect(script.sent).toHaveLength(1)
  })

  it('is charged once for two results at once, two of them one after the other, and two tabs', async () => {
    const { paymentId, sessionId, authenticationId } = await track.challenged()
    const answers = await Promise.all([
      track.report(authenticationId),
      track.report(authenticationId),
      track.authentications.challengeReturned(sessionId, authenticationId),
      track.authentications.challengeReturned(sessionId, authenticationId),
    ])
    expect(answers.slice(0, 2)).toEqual([accepted, accepted])
    expect(await track.report(authenticationId)).toEqual(accepted)
    await track.settled()
    expect(script.sent).toHaveLength(1)
    expect((await track.found(paymentId)).payment.amounts.capturedMinor).toBe(1_762)
  })

  it('is charged once where the reply to its commit is lost', async () => {
    const { paymentId, authenticationId } = await track.challenged()
    track.proxy.loseNextReplyTo('commit-decisions-rare')
    expect(await track.report(authenticationId)).toEqual(accepted)
    await track.settled()
    expect(track.proxy.lost).toBeGreaterThan(0)
    expect(script.sent).toHaveLength(1)
    expect(await stateOf(paymentId)).toBe('captured')
  })
})

describe('the issuer is asked once', () => {
  it('however often the browser brings its data, and the second tab is told to wait or goes on', async () => {
    const { sessionId } = await track.begin()
    const views = await Promise.all([1, 2, 3].map(() => track.authenticate(sessionId)))
    expect(script.asked).toHaveLength(1)
    for (const view of views) expect(['challenge', 'waiting']).toContain(view?.next.step)
    expect((await track.authenticate(sessionId))?.next.step).toBe('challenge')
    expect(script.asked).toHaveLength(1)
  })

  it('for the amount of the payment, with the hold of its card', async () => {
    const { sessionId, authenticationId } = await track.challenged()
    const { sessionId: known } = (await track.authentications.open(sessionId)) ?? {}
    expect(known).toBe(sessionId)
    expect(script.asked[0]).toMatchObject({
      authentication: { authenticationId, amountMinor: 1_762, challengeMandated: false, required: true },
      returnUrl: `https://pay.example/authenticate/${sessionId}/returned`,
      version: '2.2.0',
      methodCompletion: 'U',
    })
    expect(script.asked[0]?.holdId).toMatch(/^att_/)
    expect(script.asked[0]?.decoupledMinutes).toBeGreaterThan(50)
    expect(script.asked[0]?.decoupledMinutes).toBeLessThan(59)
  })

  it.each([
    ['called back', ['called_back'], 'Y'],
    ['called back, and time passed as well', ['called_back', 'timed_out'], 'Y'],
    ['did not call back in its ten seconds', ['timed_out'], 'N'],
    ['called back too late', ['timed_out', 'called_back'], 'N'],
    ['was not waited for', [], 'N'],
  ] as const)('and told what became of its hidden page, that %s', async (_what, ends, told) => {
    script.methodUrl = 'https://acs.example/method'
    const { sessionId } = await track.begin()
    expect((await track.authentications.open(sessionId))?.next).toMatchObject({ step: 'method', timeoutMs: 10_000 })
    for (const how of ends) {
      expect((await track.authentications.methodDone({ sessionId }, how))?.next).toEqual({ step: 'collect' })
    }
    await track.authenticate(sessionId)
    expect(script.asked.map(({ methodCompletion }) => methodCompletion)).toEqual([told])
  })

  it('and charged at once where nothing is left to be asked', async () => {
    script.issuer = frictionless
    const { paymentId, sessionId } = await track.begin()
    expect((await track.authenticate(sessionId))?.next).toMatchObject({ step: 'done', outcome: 'succeeded' })
    expect((await track.found(paymentId)).payment.authentication).toMatchObject({ flow: 'frictionless', eci: '05' })
    expect(script.sent[0]?.network.cavv).toBe(proof.cavv)
  })
})

describe('nothing is charged', () => {
  const unauthenticated = [
    ['N', 'not_authenticated'],
    ['R', 'rejected'],
    ['U', 'unavailable'],
  ] as const
  it.each(unauthenticated)('where the issuer says %s', async (transStatus, state) => {
    const { paymentId, authenticationId } = await track.challenged()
    await track.report(authenticationId, { transStatus, reason: '01', eci: null, cavv: null })
    const { payment } = await track.found(paymentId)
    expect(payment).toMatchObject({ state: 'failed', held: null, failure: { code: 'authentication_failed' } })
    expect(payment.failure?.rawCode).toBe(`${transStatus}01`)
    expect(payment.authentication).toMatchObject({ state, liabilityShift: false })
    expect(script.sent).toEqual([])
    expect(script.released).toHaveLength(1)
  })

  it('where the shopper gives up, or does not come in time', async () => {
    const given = await track.challenged()
    expect((await track.authentications.cancel(given.sessionId))?.next).toMatchObject({
      step: 'done',
      outcome: 'failed',
    })
    const late = await track.begin()
    track.clock.advance(14 * 60_000)
    await track.expire(late.paymentId)
    expect(await stateOf(late.paymentId)).toBe('requires_action')
    track.clock.advance(60_000)
    await track.expire(late.paymentId)
    for (const { paymentId, authenticationId } of [given, late]) {
      const { payment, authentication } = await track.found(paymentId)
      expect(payment).toMatchObject({ state: 'failed', failure: { code: 'authentication_abandoned' } })
      expect(authentication?.state).toBe('abandoned')
      expect(await track.report(authenticationId)).toMatchObject({ status: 200 })
      expect(await stateOf(paymentId)).toBe('failed')
    }
    expect(script.sent).toEqual([])
  })

  it('for a result that comes after the payment was voided', async () => {
    const { paymentId, sessionId, authenticationId } = await track.challenged()
    expect((await theVoid(paymentId)).ok).toBe(true)
    expect(await track.report(authenticationId)).toEqual(accepted)
    expect((await track.authentications.challengeReturned(sessionId, authenticationId))?.next).toEqual({
      step: 'done',
      outcome: 'canceled',
      redirectTo: 'https://shop.example/failed',
    })
    expect(await stateOf(paymentId)).toBe('canceled')
    expect(script.sent).toEqual([])
  })

  it('for a result that another payment’s session brings back', async () => {
    const mine = await track.challenged()
    const foreign = await track.challenged()
    await track.authentications.challengeReturned(mine.sessionId, foreign.authenticationId)
    expect((await track.found(mine.paymentId)).authentication?.state).toBe('challenge')
    await track.report(foreign.authenticationId)
    await track.settled()
    expect([await stateOf(mine.paymentId), await stateOf(foreign.paymentId)]).toEqual(['requires_action', 'captured'])
  })
})

describe('a result and something else at the same moment', () => {
  it('a void wins, or gives back what was charged', async () => {
    for (let round = 0; round < 12; round += 1) {
      const { paymentId, authenticationId } = await track.challenged()
      const [voided] = await Promise.all([theVoid(paymentId), track.report(authenticationId)])
      await track.settled()
      const { payment } = await track.found(paymentId)
      const { authorizedMinor, reversedMinor, reversingMinor, capturedMinor } = payment.amounts
      if (voided.ok) {
        expect(payment.state).toBe('canceled')
        expect(authorizedMinor).toBe(reversedMinor + reversingMinor)
        expect(capturedMinor).toBe(0)
      } else {
        expect(payment.state).toBe('captured')
      }
    }
  })

  it('the deadline or the result counts, never both', async () => {
    for (let round = 0; round < 12; round += 1) {
      const { paymentId, authenticationId } = await track.challenged()
      track.clock.advance(12 * 60_000)
      const sentBefore = script.sent.length
      await Promise.all([track.expire(paymentId), track.report(authenticationId)])
      await track.settled()
      const state = await stateOf(paymentId)
      expect([state, script.sent.length - sentBefore]).toEqual(state === 'captured' ? ['captured', 1] : ['failed', 0])
    }
  })
})

describe('what is not the issuer’s word', () => {
  it('is refused, and changes nothing', async () => {
    const { paymentId, authenticationId } = await track.challenged()
    const before = await track.found(paymentId)
    const other = '11111111-2222-4333-8444-555555555555'
    const refusals = [
      [track.report(trustedId(other)), 'unknown_transaction'],
      [track.report(authenticationId, { dsTransId: other }), 'unknown_transaction'],
      [track.report(authenticationId, { acsTransId: other }), 'unknown_transaction'],
      [track.report(authenticationId, { version: '2.1.0' }), 'other_version'],
    ] as const
    for (const [answer, why] of refusals) expect(await answer).toEqual({ status: 200, body: why })
    expect(await track.found(paymentId)).toEqual(before)
  })

  it('includes a result for a session whose issuer was not asked, or has not answered', async () => {
    const asked = Promise.withResolvers<typeof challenge>()
    script.issuer = asked.promise
    const { paymentId, sessionId, authenticationId } = await track.begin()
    expect(await track.report(authenticationId)).toEqual({ status: 200, body: 'unknown_transaction' })
    const authenticating = track.authenticate(sessionId)
    while ((await track.found(paymentId)).authentication?.state !== 'requested') await Promise.resolve()
    expect(await track.report(authenticationId)).toEqual({ status: 200, body: 'too_early' })
    asked.resolve(challenge)
    expect((await authenticating)?.next.step).toBe('challenge')
    expect(await track.report(authenticationId)).toEqual(accepted)
  })

  it('includes a second result that says otherwise', async () => {
    const { paymentId, authenticationId } = await track.challenged()
    await track.report(authenticationId, { transStatus: 'N', reason: '01', eci: null, cavv: null })
    expect(await track.report(authenticationId)).toEqual({ status: 200, body: 'contradicts' })
    expect(await stateOf(paymentId)).toBe('failed')
    expect(script.sent).toEqual([])
  })
})
