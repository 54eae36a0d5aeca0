import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type OperationId, type PaymentId, trustedId } from '../ids.ts'
import { anOrderCommand } from '../testing/commands.ts'
import { approved, aRequest, raceCaller } from '../testing/race-track.ts'
import {
  createShopperTrack,
  freshShopperScript,
  frictionless,
  proof,
  type ShopperScript,
  type ShopperTrack,
  softDecline,
} from '../testing/shopper-track.ts'

/** When a payment is charged that waited for its shopper: at once, a second time, or when its merchant confirms. */
let script: ShopperScript
let track: ShopperTrack

beforeAll(async () => {
  track = await createShopperTrack(() => script)
})
afterAll(() => track.stop())
beforeEach(() => {
  script = freshShopperScript()
})

const stateOf = async (paymentId: PaymentId) => (await track.found(paymentId)).payment.state

describe('a soft decline', () => {
  const automatic = { authenticationWish: null }

  it('makes the shopper authenticate, with a challenge, and is tried once more with the same hold', async () => {
    script.acquirer = [softDecline, approved(true)]
    const { paymentId, sessionId, authenticationId } = await track.begin(automatic)
    const first = (await track.found(paymentId)).operations[0]
    await track.authenticate(sessionId)
    expect(script.asked[0]).toMatchObject({
      authentication: { challengeMandated: true, required: true },
      holdId: first?.operationId,
    })
    await track.report(authenticationId)
    await track.settled()
    const { payment, operations } = await track.found(paymentId)
    expect(payment.state).toBe('captured')
    expect(operations.map(({ state, holdId }) => [state, holdId])).toEqual([
      ['declined', null],
      ['approved', first?.operationId],
    ])
    expect(operations[1]?.operationId).not.toBe(first?.operationId)
    expect(script.released).toEqual([`${first?.operationId} ended`])
    expect(await track.events(paymentId)).toEqual(['payment.created', 'payment.requires_action', 'payment.succeeded'])
  })

  it('happens once to a payment: the second one is its end', async () => {
    script.acquirer = [softDecline, softDecline]
    const { paymentId, authenticationId } = await track.challenged(automatic)
    await track.report(authenticationId)
    await track.settled()
    expect((await track.found(paymentId)).payment).toMatchObject({
      state: 'failed',
      failure: { code: 'authentication_required' },
    })
    expect(script.sent).toHaveLength(2)
  })

  it('of an authenticated payment asks once more, with a challenge', async () => {
    script.issuer = frictionless
    script.acquirer = [softDecline, approved(true)]
    const { paymentId, sessionId, authenticationId } = await track.begin()
    await track.authenticate(sessionId)
    await track.settled()
    expect(await stateOf(paymentId)).toBe('requires_action')
    const again = await track.session(paymentId)
    expect(again.authenticationId).not.toBe(authenticationId)
    expect((await track.authentications.open(sessionId))?.sessionId).toBe(again.sessionId)
    await track.authenticate(again.sessionId)
    await track.settled()
    expect(await stateOf(paymentId)).toBe('captured')
    expect(script.asked.map(({ authentication }) => authentication.challengeMandated)).toEqual([false, true])
  })

  it('is the end where no shopper is there, or the merchant wants none asked', async () => {
    script.acquirer = [softDecline]
    const wish = { threeDSecure: 'skip' as const, shopper: null }
    for (const change of [{ initiator: 'merchant' as const }, { authenticationWish: wish }]) {
      await expect(track.begin({ ...automatic, ...change })).rejects.toThrow('no open session')
    }
  })

  it('found out by the worker leads to the shopper as well', async () => {
    script.acquirer = [{ kind: 'unknown', fenced: true }]
    await expect(track.begin(automatic)).rejects.toThrow('no open session')
    const attempt = script.sent[0]?.operation
    const paymentId = attempt?.paymentId as PaymentId
    script.inquiry = softDecline
    await track.resolve(paymentId, attempt?.operationId as OperationId)
    expect((await track.found(paymentId)).payment).toMatchObject({ state: 'requires_action', held: { cvcSpent: true } })
    expect((await track.session(paymentId)).sessionId).toHaveLength(26)
  })

  it('keeps the card that is to be saved until the payment has ended', async () => {
    script.acquirer = [softDecline, approved(true)]
    const saving = { ...automatic, saveCard: true, customerId: trustedId<never>('cus_1') }
    const { paymentId, authenticationId } = await track.challenged(saving)
    const { operations } = await track.found(paymentId)
    await track.report(authenticationId)
    await track.settled()
    const after = await track.found(paymentId)
    expect(after.payment.paymentMethodId).toMatch(/^pmi_/)
    expect(after.operations[1]?.saves).toEqual(operations[0]?.saves)
    expect(await track.events(paymentId)).toContain('payment_method.saved')
  })
})

describe('an order', () => {
  const automatically = { ...anOrderCommand(), confirmation: 'automatic' as const, authenticationWish: null }
  const required = { threeDSecure: 'required' as const, shopper: null }
  const cheaper = { order: { items: [{ name: 'Cup', unitPriceMinor: 5_000, quantity: 1 }] } }

  it('waits for the merchant after the shopper has authenticated, and is charged with the proof when it is confirmed', async () => {
    const { paymentId, sessionId, authenticationId } = await track.challenged({
      ...anOrderCommand(),
      authenticationWish: required,
    })
    await track.report(authenticationId)
    expect(await stateOf(paymentId)).toBe('requires_confirmation')
    expect((await track.authentications.open(sessionId))?.next).toMatchObject({ step: 'done', outcome: 'succeeded' })
    expect(script.sent).toEqual([])
    expect((await track.payments.confirm(raceCaller, paymentId, aRequest(null))).ok).toBe(true)
    expect(await stateOf(paymentId)).toBe('captured')
    expect(script.sent[0]?.network.cavv).toBe(proof.cavv)
  })

  it('that was confirmed already is charged when the shopper has authenticated', async () => {
    script.acquirer = [softDecline, approved(true)]
    const command = { ...anOrderCommand(), authenticationWish: null }
    await expect(track.begin(command)).rejects.toThrow('no open session')
    const created = await track.payments.create(raceCaller, command, aRequest(null))
    if (!created.ok) throw new Error('refused')
    const paymentId = trustedId<never>(created.value.answer.body.split(' ')[0] ?? '')
    await track.payments.confirm(raceCaller, paymentId, aRequest(null))
    const { sessionId, authenticationId } = await track.session(paymentId)
    await track.authenticate(sessionId)
    await track.report(authenticationId)
    await track.settled()
    expect(await stateOf(paymentId)).toBe('captured')
  })

  it('that asked for no confirmation waits for one where the shopper had to authenticate', async () => {
    script.acquirer = [softDecline, approved(true)]
    const { paymentId, authenticationId } = await track.challenged(automatically)
    await track.report(authenticationId)
    expect(await stateOf(paymentId)).toBe('requires_confirmation')
    await track.payments.confirm(raceCaller, paymentId, aRequest(null))
    expect(await stateOf(paymentId)).toBe('captured')
  })

  it('whose amount changes is authenticated anew, and what the issuer said of the old amount has no effect', async () => {
    const begun = await track.challenged({ ...anOrderCommand(), authenticationWish: required })
    expect((await track.payments.update(raceCaller, begun.paymentId, cheaper, aRequest(null))).ok).toBe(true)
    const again = await track.session(begun.paymentId)
    expect(again.authenticationId).not.toBe(begun.authenticationId)
    await track.report(begun.authenticationId)
    expect(await stateOf(begun.paymentId)).toBe('requires_action')
    await track.authenticate(again.sessionId)
    expect(script.asked.map(({ authentication }) => authentication.amountMinor)).toEqual([11_900, 5_950])
    await track.report(again.authenticationId)
    expect(await stateOf(begun.paymentId)).toBe('requires_confirmation')

    await track.payments.update(raceCaller, begun.paymentId, { name: 'Ann' }, aRequest(null))
    expect(await stateOf(begun.paymentId)).toBe('requires_confirmation')
    await track.payments.update(
      raceCaller,
      begun.paymentId,
      { order: { items: anOrderCommand().order?.items ?? [] } },
      aRequest(null),
    )
    expect(await stateOf(begun.paymentId)).toBe('requires_action')
    expect((await track.payments.confirm(raceCaller, begun.paymentId, aRequest(null))).ok).toBe(false)
    expect(script.sent).toEqual([])
  })
})

it('an authorization that its process did not live to send is settled by the worker, and nothing is charged', async () => {
  script.acquirer = [new Promise(() => undefined)]
  const { paymentId, authenticationId } = await track.challenged()
  await track.report(authenticationId)
  const attempt = (await track.found(paymentId)).operations[0]
  expect(attempt?.state).toBe('sending')
  await track.resolve(paymentId, attempt?.operationId as OperationId)
  expect(await stateOf(paymentId)).toBe('processing')
  script.unsendableForMs = 15_000
  await track.resolve(paymentId, attempt?.operationId as OperationId)
  expect((await track.found(paymentId)).payment).toMatchObject({
    state: 'failed',
    failure: { code: 'processing_error' },
  })
})
