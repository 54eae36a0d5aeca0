import { describe, expect, it } from 'vitest'
import type { PaymentRecord } from '../payments/payment.ts'
import type { AskIssuer, IssuerAnswer, Participation } from '../ports/three-d-secure-provider.ts'
import { aChallenge, aResult, aSession, awaitsShopper } from '../testing/authentications.ts'
import { callerOf } from '../testing/callers.ts'
import { memoryEngine } from '../testing/memory-engine.ts'
import { askIssuer, shiftOf } from './ask-issuer.ts'
import type { Authentication } from './authentication.ts'
import type { BrowserData } from './authentications.ts'
import type { AuthenticationParts } from './carry-out.ts'

const browser = { acceptHeader: '', userAgent: '', ip: null, language: 'en', script: null } as BrowserData
const takesPart: Participation = { kind: 'takes_part', version: '2.2.0', methodUrl: null }
const said: IssuerAnswer & { kind: 'result' } = {
  kind: 'result',
  transStatus: 'Y',
  reason: null,
  eci: '05',
  cavv: 'proof',
  dsTransId: 'ds',
  acsTransId: 'acs',
  issuerText: 'Welcome',
}

interface Given {
  participation?: Participation
  answer?: IssuerAnswer
  /** How long the vault holds the card. */
  heldMs?: number
  change?: (record: PaymentRecord, authentication: Authentication) => void
  merchantIsGone?: boolean
  required?: boolean
}

function world({ participation = takesPart, answer = said, heldMs = 3_600_000, ...given }: Given = {}) {
  const engine = memoryEngine()
  const context = {
    nowMs: engine.clock.now(),
    newId: (prefix: string) => `${prefix}_${engine.parts.ids.timeOrdered()}`,
  }
  const { record, authentication } = awaitsShopper(context, {
    held: { expiresAtMs: context.nowMs + heldMs },
    authentication: { required: given.required ?? false },
    payment: { captureMethod: 'automatic' },
  })
  given.change?.(record, authentication)
  engine.store.put(record)
  const asked: AskIssuer[] = []
  const now = () => engine.store.records.get(record.payment.paymentId) as PaymentRecord
  const { merchant } = callerOf('mer_1')
  const parts = {
    ...engine.parts,
    store: Object.assign(engine.parts.store, {
      findByAuthentication: async () => ({ record: now(), authentication: now().authentication as Authentication }),
    }),
    provider: {
      participation: async () => participation,
      ask: async (request: AskIssuer) => {
        asked.push(request)
        return answer
      },
    },
    threeDSecure: {
      seal: (_place: unknown, cavv: string) => `sealed ${cavv}`,
      open: (_place: unknown, proof: string) => proof.replace('sealed ', ''),
      shiftsLiability: (_brand: string, eci: string | null) => eci === '05',
    },
    directory: { ...engine.parts.directory, merchant: () => (given.merchantIsGone ? undefined : merchant) },
    publicUrl: 'https://pay.example',
    charging: new Set<Promise<unknown>>(),
  } as unknown as AuthenticationParts
  const ask = async () => {
    const outcome = await askIssuer(parts, { record, authentication }, aSession.sessionId, browser)
    await outcome.charged
    return outcome
  }
  return { ...engine, parts, ask, asked, now, merchant, record, authentication }
}

describe('an issuer', () => {
  it('is asked for the shopper’s session, with what it needs, and no longer elsewhere than the card is held', async () => {
    const { ask, asked, merchant, now } = world()
    expect((await ask()).isOurs).toBe(true)
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      version: '2.2.0',
      methodCompletion: 'U',
      browser,
      merchant: { name: 'mer_1', country: merchant.tax.homeCountry, settings: merchant.threeDSecure },
      holdId: 'att_held',
      returnUrl: `https://pay.example/authenticate/${aSession.sessionId}/returned`,
      decoupledMinutes: 58,
    })
    expect(now().payment.state).toBe('captured')
  })

  it.each([
    [3 * 60_000, 1],
    [3 * 60_000 - 1, null],
  ])('has, for a card that is held for %d ms, %s minutes to ask elsewhere', async (heldMs, minutes) => {
    const { ask, asked } = world({ heldMs })
    await ask()
    expect(asked[0]?.decoupledMinutes).toBe(minutes)
  })

  it.each<[string, Participation, Authentication['methodCompletion'], string]>([
    ['that its page called back', takesPart, 'Y', 'Y'],
    ['that it has none', takesPart, null, 'U'],
    ['that its page never called back', { ...takesPart, methodUrl: 'https://acs.example/' }, null, 'N'],
  ])('is told %s', async (_what, participation, methodCompletion, told) => {
    const { ask, asked } = world({
      participation,
      change: (_record, authentication) => Object.assign(authentication, { methodCompletion }),
    })
    await ask()
    expect(asked[0]?.methodCompletion).toBe(told)
  })

  it('is asked by the one who recorded it, although the reply to that was lost', async () => {
    const { ask, asked, store, now } = world()
    store.lostReplies = 1
    expect((await ask()).isOurs).toBe(true)
    expect(asked).toHaveLength(1)
    expect(now().payment.state).toBe('captured')
  })

  it('is not asked by one who came later', async () => {
    const { ask, asked, store, record, authentication } = world()
    let isFirst = true
    store.meanwhile = () => {
      if (!isFirst) return
      isFirst = false
      const payment = { ...record.payment, version: record.payment.version + 1 }
      store.put({
        ...record,
        payment,
        authentication: { ...authentication, state: 'requested', requestedBy: 'run_other' },
      })
    }
    expect((await ask()).isOurs).toBe(false)
    expect(asked).toEqual([])
  })
})

describe('what the issuer says', () => {
  it('of a shopper whom it knows goes out with the charge, its proof sealed until then', async () => {
    const { ask, now, sent } = world()
    await ask()
    expect(now().authentication).toMatchObject({ state: 'authenticated', issuerText: 'Welcome' })
    expect(now().authentication?.result).toMatchObject({ proof: 'sealed proof', flow: 'frictionless', eci: '05' })
    expect(now().payment.authentication).toMatchObject({ liabilityShift: true, flow: 'frictionless' })
    expect(sent).toMatchObject([{ network: { cavv: 'proof' } }])
  })

  it('without a proof shifts nothing', async () => {
    const { ask, now } = world({ answer: { ...said, cavv: null } })
    await ask()
    expect(now().authentication?.result?.proof).toBeNull()
    expect(now().payment.authentication?.liabilityShift).toBe(false)
  })

  it.each(['challenge', 'decoupled'] as const)('where it wants the shopper (%s) is waited for', async (kind) => {
    const { ask, now, record, sent } = world({ answer: { kind, challenge: aChallenge, issuerText: 'Your app' } })
    await ask()
    expect(now().authentication).toMatchObject({ state: kind, challenge: aChallenge, issuerText: 'Your app' })
    const { held, updatedAtMs } = record.payment
    const dueAtMs = kind === 'challenge' ? updatedAtMs + 11 * 60_000 : (held?.expiresAtMs ?? 0) - 60_000
    expect(now().payment).toMatchObject({ state: 'requires_action', dueAtMs })
    expect(sent).toEqual([])
  })

  it.each<[string, Given, boolean, number]>([
    ['takes no part', { participation: { kind: 'takes_no_part' } }, false, 0],
    ['cannot be found out', { participation: { kind: 'unknown' } }, false, 0],
    ['does not answer', { answer: { kind: 'unavailable', why: 'timeout' } }, false, 1],
    ['takes no part, where it is required,', { participation: { kind: 'takes_no_part' }, required: true }, true, 0],
  ])('where it %s: charged without it, or not at all', async (_what, given, fails, requests) => {
    const { ask, now, asked, sent, logged } = world(given)
    await ask()
    expect(now().payment.state).toBe(fails ? 'failed' : 'captured')
    expect(now().authentication).toMatchObject({
      state: 'unavailable',
      result: { transStatus: 'U', proof: null, eci: null },
    })
    expect(now().payment.authentication?.liabilityShift).toBe(false)
    expect([asked.length, sent.length]).toEqual([requests, fails ? 0 : 1])
    expect(logged.filter((line) => line.includes('could not be asked'))).toHaveLength(1)
  })
})

it.each<[string, Given]>([
  ['no card', { change: ({ payment }) => Object.assign(payment, { card: null }) }],
  ['no hold', { change: ({ payment }) => Object.assign(payment, { held: null }) }],
  ['no merchant', { merchantIsGone: true }],
])('a payment with %s cannot be asked about: that is a bug', async (_what, given) => {
  const { ask, asked } = world(given)
  await expect(ask()).rejects.toThrow(/without a card|lacks what/)
  expect(asked).toEqual([])
})

describe('fraud is the issuer’s loss', () => {
  it.each([
    ['where it vouched, with its proof', {}, true, true],
    ['where it vouched for the attempt', { transStatus: 'A' as const }, true, true],
    ['but not without a proof', { proof: null }, true, false],
    ['but not where it did not vouch', { transStatus: 'U' as const }, true, false],
    ['but not where it only took note', { transStatus: 'I' as const }, true, false],
    ['but not under another ECI', { eci: '07' }, true, false],
    ['but not for a card that nobody knows', {}, false, false],
  ])('%s', (_what, changes, hasCard, isShifted) => {
    const { parts, record, authentication } = world()
    const payment = { ...record.payment, card: hasCard ? record.payment.card : null }
    expect(shiftOf(parts, { record: { ...record, payment }, authentication }, aResult(changes))).toBe(isShifted)
  })
})
