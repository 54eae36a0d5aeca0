import { describe, expect, it } from 'vitest'
import type { AttemptAuthentication } from '../authentication/authentication.ts'
import { trustedId } from '../ids.ts'
import { aSession } from '../testing/authentications.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { failureOf } from './failure.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import { noAmounts, type Operation, type Payment } from './payment.ts'

/** What an approved attempt leaves on its payment, and what a soft decline makes of it. */
const context = { ...testContext(), newSession: () => aSession }
const { nowMs } = context
type Approval = Extract<OperationOutcome, { kind: 'approved' }>
const approval = (changes: Partial<Approval> = {}): Approval => ({
  kind: 'approved',
  acquirerReference: 'ref',
  captured: true,
  networkTransactionId: 'ntx',
  captureBeforeMs: 99,
  ...changes,
})
const softDecline: OperationOutcome = { kind: 'declined', failure: failureOf('authentication_required', '1A') }

function decide(
  outcome: OperationOutcome,
  payment: Partial<Payment> = {},
  attempt: Partial<Operation> = {},
  at: Parameters<typeof applyOutcome>[3] = context,
) {
  const begun = aRecord(aPayment('processing', payment), context)
  const operation = { ...(begun.operations[0] as Operation), ...attempt }
  const decision = applyOutcome({ ...begun, operations: [operation] }, operation.operationId, outcome, at)
  if (decision === null) throw new Error('nothing was decided')
  return decision
}

describe('an approval', () => {
  it('that captured has nothing to lapse, and ends what was wrong before', () => {
    const { payment, operations } = decide(approval(), { failure: failureOf('do_not_honor'), dueAtMs: 5 })
    expect(payment).toMatchObject({ state: 'captured', failure: null, captureBeforeMs: null, dueAtMs: null })
    expect(operations).toMatchObject([
      { state: 'approved', acquirerReference: 'ref', networkTransactionId: 'ntx', dueAtMs: null },
    ])
  })

  it('that did not is looked at again when the acquirer lets it lapse', () => {
    const { payment, ledger } = decide(approval({ captured: false }))
    expect(payment).toMatchObject({ state: 'authorized', captureBeforeMs: 99, dueAtMs: 99 })
    expect(ledger).toEqual([])
  })

  const asked: AttemptAuthentication = {
    authenticationId: null,
    state: 'authenticated',
    version: '2.2.0',
    eci: '05',
    dsTransId: 'ds',
    liabilityShift: true,
    exemption: null,
  }
  const known = {
    ...asked,
    authenticationId: null,
    sessionId: null,
    state: 'authenticated' as const,
    flow: null,
    amountMinor: 10_000 as never,
  }
  const networks = { eci: '07', liabilityShift: false }
  it.each<
    [
      string,
      Approval['authentication'],
      AttemptAuthentication | null,
      Payment['authentication'],
      object | null,
      object | null,
    ]
  >([
    ['what the network made of it counts', networks, asked, known, networks, networks],
    [
      'where the network says nothing, the issuer’s word stands',
      null,
      asked,
      known,
      { eci: '05' },
      { eci: '05', liabilityShift: true },
    ],
    ['what nobody authenticated stays so', networks, null, null, null, null],
    [
      'what went out without stays as the issuer said',
      networks,
      null,
      known,
      null,
      { eci: '05', liabilityShift: true },
    ],
  ])('and its authentication: %s', (_what, said, attempt, payment, ofAttempt, ofPayment) => {
    const decision = decide(
      approval({ authentication: said ?? null }),
      { authentication: payment },
      { authentication: attempt },
    )
    const { authentication } = decision.operations[0] as Operation
    if (ofAttempt === null) expect(authentication).toBeNull()
    else expect(authentication).toMatchObject(ofAttempt)
    if (ofPayment === null) expect(decision.payment.authentication).toBeNull()
    else expect(decision.payment.authentication).toMatchObject(ofPayment)
  })

  const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
  const customerId = trustedId<never>('ann')
  it.each<[string, Partial<Payment>, Operation['saves'], boolean]>([
    ['that asked for it', { customerId }, saves, true],
    ['that did not', { customerId }, null, false],
    ['of nobody', { customerId: null }, saves, false],
    ['whose card nobody has seen', { customerId, card: null }, saves, false],
  ])('saves the card of a payment %s', (_what, payment, wanted, isSaved) => {
    const decision = decide(approval(), payment, { saves: wanted })
    expect(decision.paymentMethod !== null).toBe(isSaved)
    expect(decision.payment.paymentMethodId !== null).toBe(isSaved)
    expect(decision.settleCards).toEqual(wanted === null ? [] : ['card_1'])
    expect(decision.events.map(({ type }) => type)).toEqual([
      'payment.succeeded',
      ...(isSaved ? ['payment_method.saved'] : []),
    ])
    if (!isSaved) return
    const { paymentMethodId, connectorId, card } = decision.payment
    const method = { paymentMethodId, customerId, ...saves, connectorId, card, networkTransactionId: 'ntx' }
    expect(decision.paymentMethod).toEqual(method)
  })
})

describe('a capture that is approved', () => {
  it.each([
    [0, 10_000, 'payment.succeeded', null],
    [0, 4_000, 'payment.succeeded', 77],
    [6_000, 4_000, 'payment.captured', null],
  ])(
    'after %d, of %d, tells so, and leaves a deadline where something is left',
    (capturedMinor, amountMinor, type, dueAtMs) => {
      const amounts = { ...noAmounts, authorizedMinor: 10_000, capturedMinor, capturingMinor: amountMinor }
      const payment = { state: capturedMinor === 0 ? 'authorized' : 'captured', amounts, dueAtMs: 77 } as const
      const decision = decide(approval(), payment, {
        kind: 'capture',
        state: 'sending',
        amountMinor: amountMinor as never,
      })
      expect(decision.payment).toMatchObject({ state: 'captured', dueAtMs, amounts: { capturingMinor: 0 } })
      expect(decision.payment.amounts.capturedMinor).toBe(capturedMinor + amountMinor)
      expect(decision.events).toMatchObject([{ type, snapshot: { operation: { amountMinor } } }])
      expect(decision.ledger).toMatchObject([{ occasion: 'operation' }])
    },
  )
})

describe('a soft decline', () => {
  it('holds the card for a second try, for which the shopper must authenticate', () => {
    const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
    const decision = decide(softDecline, {}, { saves, networkTransactionId: 'ntx', holdEndsAtMs: nowMs + 500_000 })
    const [attempt] = decision.operations
    expect(decision.payment).toMatchObject({ state: 'requires_action', failure: null, dueAtMs: nowMs + 440_000 })
    expect(decision.payment.held).toEqual({
      attemptId: attempt?.operationId,
      cvcSpent: true,
      saves,
      transactionId: 'ntx',
      expiresAtMs: nowMs + 500_000,
    })
    expect(decision.authentications).toMatchObject([{ challengeMandated: true, required: true }])
    // Its fate is open still.
    expect(decision.settleCards).toEqual([])
    expect(decision.events.map(({ type }) => type)).toEqual(['payment.requires_action'])
  })

  it('knows how long the vault holds a card where nobody said so', () => {
    expect(decide(softDecline).payment.held?.expiresAtMs).toBe(nowMs + 3_595_000)
  })

  const merchantsOwn = { authenticationId: null } as unknown as Payment['authentication']
  const ours = { authenticationId: trustedId<never>('a') } as unknown as Payment['authentication']
  const wish = (threeDSecure: 'skip' | 'automatic') => ({ threeDSecure, shopper: null })
  const { newSession: _none, ...withoutSessions } = context
  it.each<[string, Partial<Payment>, Partial<Operation>, Parameters<typeof applyOutcome>[3], boolean]>([
    ['of a payment of ours that was authenticated asks again', { authentication: ours }, {}, context, true],
    ['of a payment that leaves it to us asks', { authenticationWish: wish('automatic') }, {}, context, true],
    ['of a merchant’s own charge is the end', { initiator: 'merchant' }, {}, context, false],
    ['where the merchant wants nobody asked is the end', { authenticationWish: wish('skip') }, {}, context, false],
    ['of what the merchant authenticated itself is the end', { authentication: merchantsOwn }, {}, context, false],
    ['of a second try is the end', {}, { holdId: trustedId<never>('att_0') }, context, false],
    ['too late for anybody to come is the end', {}, { holdEndsAtMs: nowMs + 60_000 }, context, false],
    ['where nobody can be asked is the end', {}, {}, withoutSessions, false],
    ['where no session is to be had is the end', {}, {}, { ...context, newSession: () => null }, false],
  ])('%s', (_what, payment, attempt, at, isAsked) => {
    const decision = decide(softDecline, payment, attempt, at)
    expect(decision.payment.state).toBe(isAsked ? 'requires_action' : 'failed')
    if (!isAsked) expect(decision.payment.failure?.code).toBe('authentication_required')
  })

  it('of a payment that was given up meanwhile changes nothing of it', () => {
    expect(decide(softDecline, { state: 'canceled' }).payment).toMatchObject({ state: 'canceled', held: null })
  })

  it('and no other decline asks the shopper', () => {
    const declined: OperationOutcome = { kind: 'declined', failure: failureOf('do_not_honor', '05') }
    expect(decide(declined).payment.state).toBe('failed')
    expect(decide({ kind: 'not_processed' }).payment.state).toBe('failed')
  })
})
