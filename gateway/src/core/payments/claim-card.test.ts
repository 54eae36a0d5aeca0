import type { ClaimReply, ClaimRequest } from '@tessera/contracts/vault-protocol'
import { describe, expect, it } from 'vitest'
import type { PaymentMethod } from '../customers/payment-method.ts'
import { type CustomerId, type OperationId, type PaymentMethodId, trustedId } from '../ids.ts'
import type { IdempotencyRecord, Scope } from '../ports/payment-store.ts'
import { memoryEngine } from '../testing/memory-engine.ts'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, testContext } from '../testing/payments.ts'
import { attemptOfToken, claimCard, returnSpareClaim } from './claim-card.ts'
import { newOperation } from './operation.ts'
import type { CardSource } from './payments.ts'
import type { EngineParts } from './settlement.ts'

const scope = { merchantId: 'mer_1', mode: 'test' } as Scope
const card = { bin: '424242', last4: '4242', brand: 'visa' as const, expMonth: 12, expYear: 2030, cardholderName: null }
const fromVault: Extract<ClaimReply, { outcome: 'claimed' }> = {
  outcome: 'claimed',
  card,
  fingerprintId: 'fp_1',
  holdExpiresAtMs: 77,
}
const ann = trustedId<CustomerId>('ann')
const saved = {
  paymentMethodId: 'pmi_1',
  customerId: ann,
  cardId: 'card_1',
  status: 'active',
  networkTransactionId: 'ntx_1',
} as unknown as PaymentMethod
const token: CardSource = { kind: 'token', token: 'tok_1' }
const savedCard: CardSource = { kind: 'payment_method', paymentMethodId: trustedId<PaymentMethodId>('pmi_1') }
const latest: CardSource = { kind: 'latest_payment_method' }
const brought: CardSource = {
  ...token,
  claimed: { attemptId: trustedId<OperationId>('att_brought'), face: card, holdExpiresAtMs: 88 },
}

interface Given {
  source?: CardSource
  reply?: ClaimReply
  methods?: PaymentMethod[]
  customerId?: CustomerId | null
  saveCard?: boolean
  key?: string
}

async function claim({ source = token, reply = fromVault, methods = [saved], key, ...command }: Given) {
  const asked: ClaimRequest[] = []
  const engine = memoryEngine().parts
  const parts = {
    ...engine,
    vault: {
      claim: async (request: ClaimRequest) => {
        asked.push(request)
        return reply
      },
    },
    store: {
      findPaymentMethod: async (_scope: Scope, id: string) =>
        methods.find(({ paymentMethodId }) => paymentMethodId === id),
      findLatestPaymentMethod: async (_scope: Scope, id: string) => methods.find(({ customerId }) => customerId === id),
    },
  } as unknown as EngineParts
  const wish = { customerId: null, saveCard: false, ...command }
  const outcome = await claimCard(parts, scope, wish, source, key === undefined ? null : { key, fingerprint: 'f' })
  return { outcome, asked, claimed: outcome.ok ? outcome.claimed : null, none: outcome.ok ? null : outcome.none }
}

describe('a token', () => {
  it('is claimed for an attempt of its own, which holds the card as long as the vault says', async () => {
    const { claimed, asked } = await claim({})
    const attemptId = claimed?.attemptId
    expect(attemptId).toMatch(/^att_[0-9a-z]{26}$/)
    expect(asked).toEqual([{ ...scope, attemptId, source: { kind: 'token', token: 'tok_1' }, withFingerprint: false }])
    const held = { attemptId, saves: null, transactionId: null, expiresAtMs: 77 }
    expect(claimed).toEqual({ attemptId, card, held, method: null })
  })

  it('under the same key is the same attempt, however often the request comes', async () => {
    const ids = await Promise.all(['k', 'k', 'l'].map(async (key) => (await claim({ key })).claimed?.attemptId))
    expect(ids[0]).toBe(attemptOfToken(scope, 'k', 'tok_1'))
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    const others = [
      attemptOfToken({ ...scope, mode: 'live' }, 'k', 'tok_1'),
      attemptOfToken({ ...scope, merchantId: trustedId('mer_2') }, 'k', 'tok_1'),
      attemptOfToken(scope, 'k', 'tok_2'),
    ]
    expect(new Set([...others, ids[0]]).size).toBe(4)
    expect(ids[0]).toMatch(/^att_/)
  })

  it('that came with its claim is not claimed again, and keeps its attempt', async () => {
    const { claimed, asked } = await claim({ source: brought, key: 'k' })
    expect(asked).toEqual([])
    expect(claimed).toMatchObject({ attemptId: 'att_brought', card, held: { saves: null, expiresAtMs: 88 } })
  })

  it('whose card is to be kept is asked about its fingerprint, claimed before or not', async () => {
    for (const source of [token, brought]) {
      const { claimed, asked } = await claim({ source, saveCard: true })
      expect(asked).toMatchObject([{ withFingerprint: true }])
      expect(claimed?.held.saves).toEqual({ cardId: expect.stringMatching(/^card_/), fingerprintId: 'fp_1' })
    }
  })

  it('whose card has no fingerprint is not kept', async () => {
    const { claimed } = await claim({ saveCard: true, reply: { ...fromVault, fingerprintId: null } })
    expect(claimed?.held.saves).toBeNull()
  })

  it.each([
    ['token_unknown', { refusal: 'token_unknown' }],
    ['token_expired', { refusal: 'token_expired' }],
    ['token_already_used', { refusal: 'token_already_used' }],
    ['suspected', { refusal: 'card_testing_suspected' }],
    ['card_unknown', { refusal: 'not_found', what: 'payment_method' }],
  ] as const)('that is %s is refused; this very request may have used it', async (outcome, refusal) => {
    expect((await claim({ reply: { outcome } })).none).toEqual({ refusal, mayBeRepeated: true })
  })
})

describe('a saved card', () => {
  it.each([
    ['by its name', savedCard, null],
    ['by its name, of its customer', savedCard, ann],
    ['that was saved last', latest, ann],
  ])(
    '%s is claimed in the vault, for a new attempt each time, with what it refers to',
    async (_what, source, customerId) => {
      const first = await claim({ source, customerId, key: 'k', saveCard: true })
      const second = await claim({ source, customerId, key: 'l' })
      expect(first.asked).toMatchObject([{ source: { kind: 'card', cardId: 'card_1' }, withFingerprint: false }])
      expect(first.claimed).toMatchObject({ held: { transactionId: 'ntx_1', saves: null }, method: saved })
      expect(first.claimed?.attemptId).not.toBe(attemptOfToken(scope, 'k', 'tok_1'))
      expect(second.claimed?.attemptId).toMatch(/^att_/)
    },
  )

  const missing = { refusal: 'not_found', what: 'payment_method' }
  const blocked = { ...saved, status: 'blocked' as const }
  it.each<[string, Given, unknown]>([
    ['that nobody knows', { source: savedCard, methods: [] }, missing],
    ['that nobody knows, asked for by a customer', { source: savedCard, methods: [], customerId: ann }, missing],
    ['of another customer', { source: savedCard, customerId: trustedId<CustomerId>('bea') }, missing],
    ['that is blocked', { source: savedCard, methods: [blocked] }, { refusal: 'payment_method_blocked' }],
    ['of a customer who has none', { source: latest, customerId: ann, methods: [] }, { refusal: 'no_saved_card' }],
    ['of no customer', { source: latest }, { refusal: 'no_saved_card' }],
  ])('%s is refused before the vault is asked, whatever was sent before', async (_what, given, refusal) => {
    const { none, asked } = await claim(given)
    expect(none).toEqual({ refusal, mayBeRepeated: false })
    expect(asked).toEqual([])
  })
})

describe('the claim of a request that was a repetition', () => {
  const attemptId = trustedId<OperationId>('att_1')
  const waiting = aPayment('requires_confirmation', { held: aHeldCard({ attemptId }) })
  const attempt = newOperation(waiting, 'authorize', 1, testContext(), { operationId: attemptId })
  const elsewhere = aPayment('requires_confirmation', { held: aHeldCard() })
  const isReturned = async (
    first: Partial<IdempotencyRecord>,
    payment = elsewhere,
    operations = [] as (typeof attempt)[],
  ) => {
    const { parts, store, released } = memoryEngine()
    store.put({ payment, operations })
    const record = { fingerprint: 'f', paymentId: payment.paymentId, operationId: null, answer: null, ...first }
    await returnSpareClaim(parts, scope, record, attemptId)
    if (released.length > 0) expect(released).toEqual([{ ...scope, attemptId, reason: 'unused' }])
    return released.length === 1
  }

  it('stays where the first request made the same attempt, or holds the same card', async () => {
    expect(await isReturned({ operationId: attemptId })).toBe(false)
    expect(await isReturned({}, waiting)).toBe(false)
    expect(await isReturned({}, elsewhere, [attempt])).toBe(false)
  })

  it('ends, and leaves its token used, where the first may have had this very card and was ended before it was charged', async () => {
    const { parts, store, released } = memoryEngine()
    const canceled = aPayment('canceled', { held: null, card: elsewhere.card })
    expect(canceled.card).not.toBeNull()
    store.put({ payment: canceled, operations: [] })
    const first = { fingerprint: 'f', paymentId: canceled.paymentId, operationId: null, answer: null }
    await returnSpareClaim(parts, scope, first, attemptId)
    expect(released).toEqual([{ ...scope, attemptId, reason: 'ended' }])
  })

  it('is given back where the first made another, or holds another card, or is no payment', async () => {
    expect(await isReturned({ operationId: trustedId<OperationId>('att_2') })).toBe(true)
    expect(await isReturned({ operationId: trustedId<OperationId>('att_2') }, waiting)).toBe(true)
    expect(await isReturned({})).toBe(true)
    expect(await isReturned({}, { ...elsewhere, held: null }, [{ ...attempt, operationId: trustedId('att_2') }])).toBe(
      true,
    )
    expect(await isReturned({ paymentId: null }, waiting)).toBe(true)
    expect(await isReturned({ paymentId: trustedId('gone') })).toBe(true)
  })
})
