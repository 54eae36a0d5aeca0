import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import { describe, expect, it } from 'vitest'
import type { ThreeDSecure } from '../authentication/three-d-secure.ts'
import { trustedId } from '../ids.ts'
import { amountMinor } from '../money/amount.ts'
import { aSession } from '../testing/authentications.ts'
import { callerOf } from '../testing/callers.ts'
import { aCommand } from '../testing/commands.ts'
import { aKeyedRequest, approvedNow, memoryEngine, theCard } from '../testing/memory-engine.ts'
import { usd } from '../testing/payments.ts'
import { attemptOfToken } from './claim-card.ts'
import { createPayment } from './create-payment.ts'
import { failureOf } from './failure.ts'
import type { CreatePayment } from './payments.ts'

/** One payment from its request to its answer, over a store in memory. */
const caller = callerOf('mer_1')

/** With 3-D Secure, everybody's issuer takes part. */
function world(given: { withThreeDSecure?: boolean } = {}) {
  const engine = memoryEngine()
  const threeDSecure: Partial<ThreeDSecure> = {
    isAvailable: (mode) => mode === 'test',
    newSession: () => aSession,
    takesPart: async () => true,
    shiftsLiability: () => true,
  }
  const parts = {
    ...engine.parts,
    ...(given.withThreeDSecure ? { threeDSecure: threeDSecure as ThreeDSecure } : {}),
  }
  const pay = (changes: Partial<CreatePayment> = {}, key: string | null = null, by = caller) =>
    createPayment(parts, by, aCommand(changes), aKeyedRequest(key))
  const made = () => [...engine.store.records.values()]
  return { ...engine, parts, pay, made }
}
const answered = (body: string, replayed = false, acquirerMs = 12) => ({
  ok: true,
  value: { answer: { status: 200, body }, replayed, acquirerMs },
})

describe('a payment', () => {
  it('is recorded before it is sent, and answered as it was settled', async () => {
    const { pay, made, sent, store } = world()
    expect(await pay({}, 'k')).toEqual(answered('captured authorize approved'))
    const [{ payment, operations } = { payment: null, operations: [] }] = made()
    expect(payment).toMatchObject({
      state: 'captured',
      amountMinor: 1_762,
      card: theCard,
      amounts: { capturedMinor: 1_762 },
    })
    expect(operations).toMatchObject([
      { operationId: attemptOfToken(payment as never, 'k', 'tok_1'), state: 'approved' },
    ])
    expect(sent).toMatchObject([{ operation: { state: 'sending' }, network: { transactionId: null, cavv: null } }])
    expect(store.keys.get('k')).toMatchObject({ answer: { body: 'captured authorize approved' } })
  })

  it('that is declined is answered so, and lets go of its card', async () => {
    const { pay, script, released } = world()
    script.outcome = { kind: 'declined', failure: failureOf('do_not_honor') }
    expect(await pay()).toEqual(answered('failed authorize declined'))
    expect(released).toMatchObject([{ reason: 'ended', verdict: 'declined' }])
  })

  it('that is asked for again under its key is made once', async () => {
    const { pay, made, sent, released } = world()
    await pay({}, 'k')
    expect(await pay({}, 'k')).toEqual(answered('captured authorize approved', true, 0))
    expect([made().length, sent.length]).toEqual([1, 1])
    // The claim was that of the first request as well.
    expect(released.filter(({ reason }) => reason === 'unused')).toEqual([])
  })

  it('whose token this very request has used is answered as the first time, and any other is refused', async () => {
    const { pay, sent } = world()
    await pay({}, 'k')
    const again = { ok: false, refusal: { refusal: 'token_already_used' } }
    expect(await pay({}, null)).toEqual(again)
    expect(await pay({}, 'another')).toEqual(again)
    expect(sent).toHaveLength(1)
    // The token was claimed for an attempt that was begun without a key; the key is known all the same.
    const spare = world()
    await spare.pay({ source: { kind: 'token', token: 'tok_2' } })
    await spare.pay({}, 'k')
    expect(await spare.pay({ source: { kind: 'token', token: 'tok_2' } }, 'k')).toMatchObject({
      value: { replayed: true },
    })
  })

  it('without a card waits for one, and asks nobody', async () => {
    const { pay, made, sent, store } = world()
    expect(await pay({ source: null }, 'k')).toEqual(answered('created', false, 0))
    expect(await pay({ source: null }, 'k')).toEqual(answered('created', true, 0))
    expect(made()).toMatchObject([{ payment: { state: 'created', paymentType: 'single' }, operations: [] }])
    expect(sent).toEqual([])
    expect(store.keys.get('k')?.answer?.body).toBe('created')
  })

  it('that its merchant confirms holds its card', async () => {
    const { pay, made, sent } = world()
    expect(await pay({ confirmation: 'manual' })).toEqual(answered('requires_confirmation', false, 0))
    expect(made()).toMatchObject([{ payment: { held: { attemptId: expect.stringMatching(/^att_/) } }, operations: [] }])
    expect(sent).toEqual([])
  })

  it.each([
    ['a flow that nobody knows', { flowId: trustedId<never>('flow_x') }, 'not_found'],
    ['too little', { money: { amountMinor: amountMinor(1), currency: usd } }, 'amount_below_minimum'],
  ])('of %s is refused, and its card is not touched', async (_what, changes, refusal) => {
    const { pay, made } = world()
    expect(await pay(changes)).toMatchObject({ ok: false, refusal: { refusal } })
    expect(made()).toEqual([])
    expect((await pay()).ok).toBe(true)
  })
})

describe('a write that did not come to be', () => {
  it.each([
    ['turned away before it was written gives back its token', new QueueFull('payments'), true],
    ['too late to be written gives back its token', new QueueDeadlinePassed('payments'), true],
    ['perhaps written keeps it: the worker finds out', new Error('connection lost'), false],
  ])('%s', async (_what, error, isReturned) => {
    const { pay, store, released } = world()
    store.create = () => Promise.reject(error)
    await expect(pay({}, 'k')).rejects.toBe(error)
    const attemptId = attemptOfToken({ merchantId: trustedId('mer_1'), mode: 'test' }, 'k', 'tok_1')
    const unused = { merchantId: 'mer_1', mode: 'test', attemptId, reason: 'unused' }
    expect(released).toEqual(isReturned ? [unused] : [])
  })

  it('of a payment without a card has nothing to give back', async () => {
    const { pay, store, released } = world()
    store.create = () => Promise.reject(new QueueFull('payments'))
    await expect(pay({ source: null })).rejects.toThrow(QueueFull)
    expect(released).toEqual([])
  })
})

describe('with 3-D Secure', () => {
  const required = { authenticationWish: { threeDSecure: 'required' as const, shopper: null } }

  it('a payment that is to be authenticated waits for its shopper, and nothing is sent', async () => {
    const { pay, made, sent, store } = world({ withThreeDSecure: true })
    const create = store.create.bind(store)
    const rows: unknown[] = []
    store.create = async (row) => {
      rows.push({
        events: row.events.map(({ type, sequence }) => [type, sequence]),
        authentication: row.authentication?.state,
      })
      return create(row)
    }
    expect(await pay(required, 'k')).toEqual(answered('requires_action', false, 0))
    expect(await pay(required, 'k')).toEqual(answered('requires_action', true, 0))
    expect(made()).toMatchObject([
      { payment: { card: theCard, held: { saves: null }, authentication: { state: 'created' } } },
    ])
    expect(rows[0]).toEqual({
      events: [
        ['payment.created', 0],
        ['payment.requires_action', 1],
      ],
      authentication: 'created',
    })
    expect(sent).toEqual([])
  })

  it.each([
    ['there is none', false, caller],
    ['there is none for this mode', true, callerOf('mer_1', 'live')],
  ])('a payment that must be authenticated is refused where %s, before its card is claimed', async (_what, has, by) => {
    const { pay, made, parts } = world({ withThreeDSecure: has })
    parts.vault.claim = () => Promise.reject(new Error('nobody claims'))
    expect(await pay(required, null, by)).toMatchObject({ ok: false, refusal: { refusal: 'not_supported' } })
    expect(made()).toEqual([])
  })

  it('what the merchant brings goes out with its proof', async () => {
    const { pay, made, sent } = world({ withThreeDSecure: true })
    const broughtResult = { version: '2.2.0', transStatus: 'Y' as const, eci: '05', cavv: 'proof', dsTransId: 'ds' }
    expect(await pay({ broughtResult })).toEqual(answered('captured authorize approved'))
    expect(sent).toMatchObject([
      {
        network: { cavv: 'proof' },
        operation: { authentication: { eci: '05', dsTransId: 'ds', liabilityShift: true } },
      },
    ])
    expect(made()[0]?.payment.authentication).toMatchObject({ authenticationId: null, state: 'authenticated' })
  })

  it('a payment that nobody asked to authenticate is sent', async () => {
    const { pay, script, sent } = world({ withThreeDSecure: true })
    script.outcome = { ...approvedNow, captured: false }
    expect(await pay()).toEqual(answered('authorized authorize approved'))
    expect(sent[0]?.operation.authentication).toBeNull()
  })
})
