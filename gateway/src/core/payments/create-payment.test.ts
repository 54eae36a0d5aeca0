import type { ClaimRequest } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { describe, expect, it } from 'vitest'
import type { PaymentMethod } from '../customers/payment-method.ts'
import {
  type FingerprintId,
  type FlowId,
  type OperationId,
  type PaymentId,
  type PaymentMethodId,
  trustedId,
} from '../ids.ts'
import { amountMinor } from '../money/amount.ts'
import type { IdempotencyClaim, IdempotencyRecord, NewPayment } from '../ports/payment-store.ts'
import { aFlow, callerOf } from '../testing/callers.ts'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, testContext, usd } from '../testing/payments.ts'
import { type CreatePaymentParts, createPayment } from './create-payment.ts'
import { newOperation } from './operation.ts'
import type { PaymentRecord } from './payment.ts'
import type { CreatePayment } from './payments.ts'

const card = { bin: '424242', last4: '4242', brand: 'visa' as const, expMonth: 12, expYear: 2030, cardholderName: null }
const flow = aFlow()
const caller = callerOf('mer_1')
const method = {
  paymentMethodId: 'pmi_1',
  cardId: 'card_1',
  customerId: 'cus',
  status: 'active',
} as unknown as PaymentMethod

const command = (changes: Partial<CreatePayment>): CreatePayment => ({
  ...aPayment('created', { customerId: trustedId('cus') }),
  money: { amountMinor: amountMinor(1_000), currency: usd },
  order: null,
  captureMethod: null,
  flowId: trustedId<FlowId>('flow_default'),
  source: { kind: 'token', token: 'tok_1' },
  broughtResult: null,
  ...changes,
})

interface Given {
  /** How the store answers the first commit; without it, that is where it ends. */
  recorded?: { kind: 'key_taken'; record: IdempotencyRecord }
  /** The payment of the first request with this key. */
  first?: PaymentRecord
  latest?: PaymentMethod
  s2sEnabled?: boolean
  claim?: IdempotencyClaim
}

/** The engine up to its first commit, which is kept. */
async function runWith(changes: Partial<CreatePayment>, given: Given = {}) {
  const clock = new ManualClock(1_800_000_000_000)
  const created: NewPayment[] = []
  const released: string[] = []
  const claimed: ClaimRequest[] = []
  const parts = {
    clock,
    ids: createIds(clock, seededRandom(1)),
    timers: realTimers,
    log: createLogger({ process: 'test', clock, level: 'silent' }),
    directory: { flows: () => [flow] },
    vault: {
      // A saved card is known to the vault by its fingerprint, asked for or not.
      claim: async (request: ClaimRequest) => {
        claimed.push(request)
        return {
          outcome: 'claimed',
          card,
          fingerprintId: 'fp_1' as FingerprintId,
          holdExpiresAtMs: clock.now() + 3_600_000,
        }
      },
      release: ({ attemptId, reason }: { attemptId: string; reason: string }) =>
        released.push(`${attemptId} ${reason}`),
    },
    store: {
      findPaymentMethod: async () => method,
      findLatestPaymentMethod: async () => given.latest,
      find: async () => given.first,
      findKey: async () => given.recorded?.record,
      create: async (row: NewPayment) => {
        created.push(row)
        if (given.recorded === undefined) throw new Error('far enough')
        return given.recorded
      },
    },
  } as unknown as CreatePaymentParts
  const asking = { ...caller, merchant: { ...caller.merchant, s2sEnabled: given.s2sEnabled ?? true } }
  const request = { claim: given.claim ?? null, answer: () => ({ status: 0, body: '' }) }
  const result = await createPayment(parts, asking, command(changes), request).catch(() => null)
  return { row: created[0], released, claimed, result, refusal: result?.ok === false ? result.refusal : null }
}

async function recordedBy(changes: Partial<CreatePayment>, given: Given = {}): Promise<NewPayment> {
  const { row } = await runWith(changes, given)
  if (row === undefined) throw new Error('nothing was recorded')
  return row
}

it('a card is kept where the payment asks for it', async () => {
  expect((await recordedBy({ saveCard: true })).operation?.saves).toMatchObject({ fingerprintId: 'fp_1' })
  expect((await recordedBy({ saveCard: false })).operation?.saves).toBeNull()
})

it('a saved card that is charged again is not kept a second time', async () => {
  const source = { kind: 'payment_method' as const, paymentMethodId: 'pmi_1' as PaymentMethodId }
  expect((await recordedBy({ source, saveCard: false })).operation?.saves).toBeNull()
  expect((await recordedBy({ source, saveCard: true })).operation?.saves).toBeNull()
})

describe('a payment that is to be confirmed', () => {
  const manual = { confirmation: 'manual' as const }

  it('is recorded with its answer and its held card, and without an attempt', async () => {
    const { payment, operation, answer, events } = await recordedBy({ ...manual, saveCard: true })
    expect(operation).toBeNull()
    expect(answer).toEqual({ status: 0, body: '' })
    expect(events.map(({ type }) => type)).toEqual(['payment.created'])
    expect(payment).toMatchObject({ state: 'requires_confirmation', card, captureMethod: 'automatic' })
    expect(payment.held).toMatchObject({
      saves: { fingerprintId: 'fp_1' },
      expiresAtMs: payment.createdAtMs + 3_600_000,
    })
    expect(payment.timeline.map(({ stage }) => stage)).toEqual(['created', 'requires_confirmation'])
  })

  it('ends within the hour, before the vault lets go of its card', async () => {
    const { payment } = await recordedBy(manual)
    expect(payment.dueAtMs).toBeGreaterThan(payment.createdAtMs + 58 * 60_000)
    expect(payment.dueAtMs).toBeLessThan(payment.createdAtMs + 60 * 60_000)
  })
})

describe('the latest saved card', () => {
  const source = { kind: 'latest_payment_method' as const }

  it('is charged as a saved card, with the reference to the payment that saved it', async () => {
    const latest = { ...method, paymentMethodId: 'pmi_latest', cardId: 'card_latest', networkTransactionId: 'ntx_1' }
    const { row, claimed } = await runWith({ source }, { latest: latest as unknown as PaymentMethod })
    expect(claimed[0]?.source).toEqual({ kind: 'card', cardId: 'card_latest' })
    expect(row?.payment).toMatchObject({ paymentMethodId: 'pmi_latest', paymentType: 'recurring' })
    expect(row?.operation?.networkTransactionId).toBe('ntx_1')
  })

  it('that is missing is refused, and nothing is claimed', async () => {
    const { refusal, claimed, row } = await runWith({ source })
    expect(refusal).toEqual({ refusal: 'no_saved_card' })
    expect([claimed, row]).toEqual([[], undefined])
    expect((await runWith({ source, customerId: null }, { latest: method })).refusal).toEqual({
      refusal: 'no_saved_card',
    })
  })
})

it('server-to-server payments are refused where they are switched off; a hosted checkout is not one', async () => {
  const { refusal, claimed } = await runWith({}, { s2sEnabled: false })
  expect(refusal).toEqual({ refusal: 's2s_not_enabled' })
  expect(claimed).toEqual([])
  expect((await recordedBy({ source: null }, { s2sEnabled: false })).payment.state).toBe('created')
})

describe('the claim of a repeated request', () => {
  const claim = { key: 'k', fingerprint: 'f' }
  const record: IdempotencyRecord = {
    fingerprint: 'f',
    paymentId: trustedId<PaymentId>('p'),
    operationId: null,
    answer: { status: 201, body: 'first' },
  }
  const recorded = { kind: 'key_taken' as const, record }
  const manual = { confirmation: 'manual' as const }
  const attemptOf = async (token: string) =>
    (await runWith({ ...manual, source: { kind: 'token', token } }, { claim })).claimed[0]

  it('stays where the first request holds the same card, waiting or confirmed', async () => {
    const attemptId = trustedId<OperationId>((await attemptOf('tok_1'))?.attemptId ?? '')
    const payment = aPayment('requires_confirmation', { held: aHeldCard({ attemptId }) })
    const waiting = await runWith(manual, { claim, recorded, first: { payment, operations: [] } })
    expect(waiting).toMatchObject({ released: [], result: { value: { replayed: true, answer: { body: 'first' } } } })
    const operation = newOperation(payment, 'authorize', 1, testContext(), { operationId: attemptId })
    const confirmed = { payment: aPayment('processing'), operations: [operation] }
    expect((await runWith(manual, { claim, recorded, first: confirmed })).released).toEqual([])
  })

  it('is given back where its card is another, as when the vault made a spare token', async () => {
    const payment = aPayment('requires_confirmation', { held: aHeldCard() })
    const spare = await runWith(
      { ...manual, source: { kind: 'token', token: 'tok_spare' } },
      { claim, recorded, first: { payment, operations: [] } },
    )
    expect(spare.released).toEqual([`${spare.claimed[0]?.attemptId} unused`])
    expect(spare.result).toMatchObject({ value: { replayed: true, answer: { body: 'first' } } })
  })
})
