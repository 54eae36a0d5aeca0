import { describe, expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideCapture, decideRefund, decideVoid } from './commands.ts'
import { recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { inquiriesMax } from './operation.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import type { Operation, PaymentRecord } from './payment.ts'

const approved = (captured: boolean): OperationOutcome => ({
  kind: 'approved',
  acquirerReference: 'auth_1',
  captured,
  networkTransactionId: 'ntid',
  captureBeforeMs: 1_800_600_000_000,
})
const declined: OperationOutcome = { kind: 'declined', failure: failureOf('insufficient_funds', '51') }
const context = testContext()

function processing(changes: Parameters<typeof aPayment>[1] = {}): { record: PaymentRecord; attempt: Operation } {
  const record = aRecord(aPayment('processing', changes), context)
  return { record, attempt: record.operations[0] as Operation }
}

function apply(record: PaymentRecord, operation: Operation, outcome: OperationOutcome) {
  const decision = applyOutcome(record, operation.operationId, outcome, context)
  if (decision === null) throw new Error('nothing was decided')
  return { decision, after: recordAfter(record, decision) }
}

describe('an attempt', () => {
  it('that is approved and captured pays, with balanced ledger lines and one event', () => {
    const { record, attempt } = processing({ captureMethod: 'automatic' })
    const { decision, after } = apply(record, attempt, approved(true))
    expect(after.payment.state).toBe('captured')
    expect(after.payment.amounts).toMatchObject({ authorizedMinor: 10_000, capturedMinor: 10_000 })
    expect(decision.ledger).toHaveLength(1)
    expect(decision.ledger[0]?.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(0)
    expect(decision.events.map((event) => [event.type, event.sequence])).toEqual([['payment.succeeded', 1]])
  })

  it('that is approved for later capture keeps the date on which the acquirer lets it lapse', () => {
    const { record, attempt } = processing()
    const { decision, after } = apply(record, attempt, approved(false))
    expect(after.payment).toMatchObject({ state: 'authorized', captureBeforeMs: 1_800_600_000_000 })
    expect(decision.ledger).toEqual([])
  })

  it('that is declined ends a server-to-server payment with the reason', () => {
    const { record, attempt } = processing()
    const { decision, after } = apply(record, attempt, declined)
    expect(after.payment).toMatchObject({ state: 'failed', failure: { code: 'insufficient_funds' } })
    expect(decision.events.map((event) => event.type)).toEqual(['payment.failed'])
  })

  it('that is declined on a checkout leaves the payment open for another card', () => {
    const { record, attempt } = processing({ paymentType: 'single' })
    expect(apply(record, attempt, declined).after.payment.state).toBe('created')
  })

  it('of unknown outcome is never failed: it stays in doubt and will be asked about', () => {
    const { record, attempt } = processing()
    const { decision, after } = apply(record, attempt, { kind: 'unknown', fenced: true })
    expect(after.payment.state).toBe('processing')
    expect(after.operations[0]).toMatchObject({ state: 'unknown', fencedAtMs: context.nowMs })
    expect(after.operations[0]?.dueAtMs).toBeGreaterThan(context.nowMs)
    expect(decision.events.map((event) => event.type)).toEqual(['payment.pending'])
  })

  it('in doubt tells so once, however often it is asked about', () => {
    const { record, attempt } = processing()
    const first = apply(record, attempt, { kind: 'unknown', fenced: true })
    const second = apply(first.after, first.after.operations[0] as Operation, { kind: 'unknown', fenced: true })
    expect(second.decision.events).toEqual([])
  })

  it('in doubt for a month is left to a person, still in doubt', () => {
    const { record, attempt } = processing()
    const tired = { ...attempt, state: 'unknown' as const, inquiries: inquiriesMax - 1 }
    const { after } = apply({ ...record, operations: [tired] }, tired, { kind: 'unknown', fenced: true })
    expect(after.operations[0]).toMatchObject({ state: 'unknown', dueAtMs: null })
    expect(after.payment.state).toBe('processing')
  })

  it('that was provably never processed fails uncharged', () => {
    const { record, attempt } = processing()
    const { after } = apply(record, attempt, { kind: 'not_processed' })
    expect(after.payment).toMatchObject({ state: 'failed', failure: { code: 'processing_error' } })
  })

  it('that is settled already changes nothing a second time', () => {
    const { record, attempt } = processing()
    const { after } = apply(record, attempt, approved(false))
    expect(applyOutcome(after, attempt.operationId, approved(false), context)).toBeNull()
    expect(applyOutcome(after, attempt.operationId, declined, context)).toBeNull()
  })

  it('approved after the payment was voided is reversed, and the payment stays canceled', () => {
    const { record, attempt } = processing()
    const voided = decideVoid(record, { reason: null }, context)
    if (!voided.ok) throw new Error('a payment in doubt can be voided')
    const { after } = apply(recordAfter(record, voided.value.decision), attempt, approved(true))
    expect(after.payment.state).toBe('canceled')
    expect(after.payment.amounts).toMatchObject({ authorizedMinor: 10_000, reversingMinor: 10_000, capturedMinor: 0 })
    expect(after.operations.at(-1)).toMatchObject({ kind: 'reversal', state: 'sending', amountMinor: 10_000 })
  })

  it('approved after it counted as never processed is reversed, once', () => {
    const { record, attempt } = processing()
    const { after: failed } = apply(record, attempt, { kind: 'not_processed' })
    const { after } = apply(failed, attempt, approved(true))
    expect(after.payment.state).toBe('failed')
    expect(after.operations.at(-1)).toMatchObject({ kind: 'reversal', amountMinor: 10_000 })
    expect(applyOutcome(after, attempt.operationId, approved(true), context)).toBeNull()
  })

  it('saves the card it was asked to save when it is approved, and tells so after the payment', () => {
    const { record, attempt } = processing({ customerId: trustedId('cus'), saveCard: true })
    const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
    const saving = { ...attempt, saves }
    const { decision, after } = apply({ ...record, operations: [saving] }, saving, approved(false))
    expect(decision.paymentMethod).toMatchObject({
      cardId: 'card_1',
      fingerprintId: 'fp_1',
      networkTransactionId: 'ntid',
    })
    expect(decision.settleCards).toEqual(['card_1'])
    expect(after.payment.paymentMethodId).toBe(decision.paymentMethod?.paymentMethodId)
    expect(decision.events.map((event) => event.type)).toEqual(['payment.authorized', 'payment_method.saved'])
  })

  it('leaves a card that it wanted to save to be erased when it is declined', () => {
    const { record, attempt } = processing({ customerId: trustedId('cus'), saveCard: true })
    const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
    const { decision } = apply({ ...record, operations: [{ ...attempt, saves }] }, attempt, declined)
    expect(decision).toMatchObject({ paymentMethod: null, settleCards: ['card_1'] })
  })
})

describe('captures', () => {
  const authorized = () => aRecord(aPayment('authorized'), context)
  const capture = (record: PaymentRecord, amountMinor: number | null, final: boolean) => {
    const decided = decideCapture(record, { amountMinor, final }, context)
    if (!decided.ok) throw new Error(decided.refusal.refusal)
    const operation = decided.value.operation as Operation
    return { record: recordAfter(record, decided.value.decision), operation }
  }

  it('of a part release the rest, unless more is to come', () => {
    const begun = capture(authorized(), 4_000, true)
    expect(begun.record.payment.amounts).toMatchObject({ capturingMinor: 4_000, reversingMinor: 6_000 })
    const { after } = apply(begun.record, begun.operation, approved(false))
    expect(after.payment.amounts).toMatchObject({ capturedMinor: 4_000, reversedMinor: 6_000, reversingMinor: 0 })
    expect(decideCapture(after, { amountMinor: null, final: true }, context).ok).toBe(false)
  })

  it('may follow one another while the authorization lasts, and a void releases what is left', () => {
    const first = capture(authorized(), 4_000, false)
    const once = apply(first.record, first.operation, approved(false))
    expect(once.decision.events.map((event) => event.type)).toEqual(['payment.succeeded'])
    const second = capture(once.after, 1_000, false)
    const twice = apply(second.record, second.operation, approved(false))
    expect(twice.decision.events.map((event) => event.type)).toEqual(['payment.captured'])
    const voided = decideVoid(twice.after, { reason: null }, context)
    expect(voided.ok && voided.value.operation).toMatchObject({ kind: 'reversal', amountMinor: 5_000 })
    expect(voided.ok && voided.value.decision.payment.state).toBe('captured')
  })

  it('that are refused free what they reserved', () => {
    const begun = capture(authorized(), 4_000, true)
    const { after } = apply(begun.record, begun.operation, declined)
    expect(after.payment).toMatchObject({ state: 'authorized', amounts: { capturingMinor: 0, reversingMinor: 0 } })
  })

  it('under way keep a second one within what is left', () => {
    const begun = capture(authorized(), 7_000, false)
    const second = decideCapture(begun.record, { amountMinor: 4_000, final: false }, context)
    expect(second).toMatchObject({ ok: false, refusal: { refusal: 'amount_too_large', availableMinor: 3_000 } })
  })

  it('under way make a final one wait: the acquirer would release what they still need', () => {
    const begun = capture(authorized(), 7_000, false)
    for (const amountMinor of [1_000, null]) {
      const final = decideCapture(begun.record, { amountMinor, final: true }, context)
      expect(final).toMatchObject({ ok: false, refusal: { refusal: 'invalid_state' } })
    }
    const { after } = apply(begun.record, begun.operation, approved(false))
    expect(decideCapture(after, { amountMinor: null, final: true }, context).ok).toBe(true)
  })

  it('under way make a void wait', () => {
    const begun = capture(authorized(), null, true)
    expect(decideVoid(begun.record, { reason: null }, context)).toMatchObject({
      ok: false,
      refusal: { refusal: 'invalid_state' },
    })
  })
})

describe('refunds', () => {
  const refund = (record: PaymentRecord, amountMinor: number | null) => {
    const decided = decideRefund(record, { amountMinor, reason: null }, context)
    if (!decided.ok) throw new Error(decided.refusal.refusal)
    return { record: recordAfter(record, decided.value.decision), operation: decided.value.operation as Operation }
  }

  it('under way count against what is left', () => {
    const begun = refund(aRecord(aPayment('captured'), context), 8_000)
    expect(decideRefund(begun.record, { amountMinor: 3_000, reason: null }, context)).toMatchObject({
      ok: false,
      refusal: { refusal: 'amount_too_large', availableMinor: 2_000 },
    })
  })

  it('that fail days later free what they reserved and say so', () => {
    const begun = refund(aRecord(aPayment('captured'), context), null)
    const pending = apply(begun.record, begun.operation, { kind: 'pending', acquirerReference: 'ref_1' })
    const { decision, after } = apply(pending.after, begun.operation, declined)
    expect(after.payment.amounts).toMatchObject({ refundingMinor: 0, refundedMinor: 0 })
    expect(decision.events.map((event) => event.type)).toEqual(['refund.failed'])
  })
})

describe('a reversal', () => {
  it('that the acquirer refuses for good leaves the books as they truly are: still held', () => {
    const record = aRecord(aPayment('authorized'), context)
    const voided = decideVoid(record, { reason: null }, context)
    if (!voided.ok) throw new Error('an authorized payment can be voided')
    const reversal = voided.value.operation as Operation
    const { after } = apply(recordAfter(record, voided.value.decision), reversal, declined)
    expect(after.payment).toMatchObject({ state: 'canceled', amounts: { reversingMinor: 0, reversedMinor: 0 } })
    expect(after.operations.at(-1)).toMatchObject({ state: 'declined', dueAtMs: null })
  })

  it('in doubt is owed still, and sent again', () => {
    const record = aRecord(aPayment('authorized'), context)
    const voided = decideVoid(record, { reason: null }, context)
    if (!voided.ok) throw new Error('an authorized payment can be voided')
    const reversal = voided.value.operation as Operation
    const { after } = apply(recordAfter(record, voided.value.decision), reversal, { kind: 'not_processed' })
    expect(after.operations.at(-1)).toMatchObject({ state: 'unknown' })
    expect(after.payment.amounts.reversingMinor).toBe(10_000)
    const done = apply(after, reversal, approved(false))
    expect(done.after.payment.amounts).toMatchObject({ reversingMinor: 0, reversedMinor: 10_000 })
  })
})
