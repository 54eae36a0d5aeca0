import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import { newOperation } from '../payments/operation.ts'
import type { CreatePayment } from '../payments/payments.ts'
import type { EngineParts } from '../payments/settlement.ts'
import type { Participation } from '../ports/three-d-secure-provider.ts'
import { aResult, awaitsShopper } from '../testing/authentications.ts'
import { callerOf } from '../testing/callers.ts'
import { aPayment, testContext } from '../testing/payments.ts'
import type { AttemptAuthentication } from './authentication.ts'
import { planFirst, withBrought } from './first-plan.ts'
import { defaultThreeDSecureSettings } from './settings.ts'
import { createThreeDSecure, proofFor, sessionDigestOf } from './three-d-secure.ts'

const clock = new ManualClock(1_800_000_000_000)
const ids = createIds(clock, seededRandom(1))
const takesPart: Participation = { kind: 'takes_part', version: '2.2.0', methodUrl: null }

function threeDSecure(given: { participation?: Participation; isAvailable?: boolean } = {}) {
  return createThreeDSecure({
    ids,
    random: seededRandom(2),
    provider: {
      isAvailable: (mode) => mode === 'test' && (given.isAvailable ?? true),
      participation: async () => given.participation ?? takesPart,
      shiftsLiability: (brand, eci) => brand === 'visa' && eci === '05',
    },
    proofs: { seal: (_place, cavv) => `sealed ${cavv}`, open: (_place, proof) => `open ${proof}` },
    sessionLifetimeMs: 900_000,
  })
}

/** A shop that has every shopper authenticate, unless a test says otherwise. */
async function plan(
  more: {
    wish?: 'automatic' | 'required' | 'skip'
    part?: ReturnType<typeof threeDSecure>
    policy?: 'when_acquirer_asks'
  } = {},
) {
  const payment = aPayment('created')
  const { card } = payment
  if (card === null) throw new Error('no card')
  const settings = { ...defaultThreeDSecureSettings, policy: more.policy ?? ('always' as const) }
  const command: Pick<CreatePayment, 'authenticationWish' | 'initiator' | 'broughtResult' | 'saveCard'> = {
    authenticationWish: more.wish === undefined ? null : { threeDSecure: more.wish, shopper: null },
    initiator: 'customer',
    broughtResult: null,
    saveCard: false,
  }
  const parts = { clock, ids, threeDSecure: more.part } as unknown as EngineParts
  return planFirst(parts, callerOf('mer_1', 'test', { threeDSecure: settings }), command, payment, { card })
}

describe('a payment begins', () => {
  it('with a session for its shopper, where its issuer takes part', async () => {
    const begun = await plan({ part: threeDSecure() })
    if (begun.kind !== 'authenticate') throw new Error(begun.kind)
    expect(begun).toMatchObject({ challengeMandated: false, required: false, session: { lifetimeMs: 900_000 } })
    const { sessionId, sessionDigest, authenticationId } = begun.session
    expect(sessionId).toMatch(/^[0-9a-z]{26}$/)
    expect(sessionDigest).toBe(sessionDigestOf(sessionId))
    expect(sessionDigest).not.toBe(sessionId)
    expect(authenticationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it.each([
    [
      'whose issuer takes no part is sent as it is',
      { participation: { kind: 'takes_no_part' } as const },
      'automatic',
      'send',
    ],
    [
      'whose issuer cannot be found out is sent as it is',
      { participation: { kind: 'unknown' } as const },
      'automatic',
      'send',
    ],
    [
      'that was to be authenticated is, whoever takes part',
      { participation: { kind: 'unknown' } as const },
      'required',
      'authenticate',
    ],
    ['where nobody can be asked is sent as it is', { isAvailable: false }, 'required', 'send'],
    ['whose merchant wants nobody asked is sent', {}, 'skip', 'send'],
  ] as const)('%s', async (_what, given, wish, kind) => {
    const begun = await plan({ part: threeDSecure(given), wish })
    expect(begun).toMatchObject(kind === 'send' ? { kind, exemption: null } : { kind })
  })

  it('as it is where there is no 3-D Secure at all, or the policy asks for none', async () => {
    expect(await plan({ wish: 'required' })).toEqual({ kind: 'send', exemption: null })
    expect(await plan({ part: threeDSecure(), policy: 'when_acquirer_asks' })).toEqual({
      kind: 'send',
      exemption: null,
    })
  })
})

describe('what the merchant brings', () => {
  const brought = { version: '2.2.0', eci: '05', cavv: 'proof', dsTransId: 'ds' }
  it.each([
    ['Y', 'visa', threeDSecure(), 'authenticated', true],
    ['A', 'visa', threeDSecure(), 'attempted', true],
    ['Y', 'mastercard', threeDSecure(), 'authenticated', false],
    ['Y', 'visa', undefined, 'authenticated', false],
  ] as const)('%s for a %s counts, for this amount', (transStatus, brand, part, state, liabilityShift) => {
    const parts = { threeDSecure: part } as EngineParts
    const payment = aPayment('created')
    expect(withBrought(parts, payment, brand, { ...brought, transStatus })).toEqual({
      ...payment,
      authentication: {
        authenticationId: null,
        sessionId: null,
        state,
        version: '2.2.0',
        eci: '05',
        flow: null,
        dsTransId: 'ds',
        liabilityShift,
        amountMinor: payment.amountMinor,
      },
    })
  })
})

describe('the proof of an attempt', () => {
  const context = testContext()
  const { record, authentication } = awaitsShopper(context, { authentication: { result: aResult() } })
  const attempt = (authenticationId: string | null) =>
    newOperation(record.payment, 'authorize', 1, context, {
      authentication: { authenticationId: authenticationId && trustedId(authenticationId) } as AttemptAuthentication,
    })
  const own = attempt(authentication.authenticationId)

  it('is opened for the attempt that its authentication was made for', () => {
    expect(proofFor(threeDSecure(), record, own)).toBe('open sealed')
  })

  it('is none for any other, nor where there is nothing to open it with', () => {
    const unproven = { ...authentication, result: aResult({ proof: null }) }
    expect([
      proofFor(undefined, record, own),
      proofFor(threeDSecure(), record, attempt('another')),
      proofFor(threeDSecure(), record, attempt(null)),
      proofFor(threeDSecure(), record, { ...own, authentication: null }),
      proofFor(threeDSecure(), { payment: record.payment, operations: [] }, own),
      proofFor(threeDSecure(), { payment: record.payment, operations: [] }, { ...own, authentication: null }),
      proofFor(threeDSecure(), { ...record, authentication: unproven }, own),
      proofFor(threeDSecure(), { ...record, authentication: { ...authentication, result: null } }, own),
    ]).toEqual(Array.from({ length: 8 }, () => null))
  })
})
