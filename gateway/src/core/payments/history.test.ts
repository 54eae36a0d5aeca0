import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideCapture, decideExpiry, decideRefund, decideVoid } from './commands.ts'
import { decideConfirm } from './commands-before-sending.ts'
import { type Decision, type DecisionContext, recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { isFinal } from './operation.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import type { PaymentRecord } from './payment.ts'

type Step =
  | { do: 'capture'; amountMinor: number | null; final: boolean }
  | { do: 'refund'; amountMinor: number | null }
  | { do: 'void' }
  | { do: 'confirm' }
  | { do: 'expire' }
  | { do: 'outcome'; operation: number; outcome: OperationOutcome }

const amount = fc.option(fc.integer({ min: 1, max: 12_000 }), { nil: null })
const approved = (captured: boolean): OperationOutcome => ({
  kind: 'approved',
  acquirerReference: 'x',
  captured,
  networkTransactionId: null,
  captureBeforeMs: null,
})
const outcome: fc.Arbitrary<OperationOutcome> = fc.oneof(
  { weight: 4, arbitrary: fc.boolean().map(approved) },
  fc.constant<OperationOutcome>({ kind: 'declined', failure: failureOf('do_not_honor') }),
  fc.constant<OperationOutcome>({ kind: 'not_processed' }),
  fc.constant<OperationOutcome>({ kind: 'unknown', fenced: true }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('capture' as const), amountMinor: amount, final: fc.boolean() }),
  fc.record({ do: fc.constant('refund' as const), amountMinor: amount }),
  fc.record({ do: fc.constant('void' as const) }),
  fc.record({ do: fc.constant('confirm' as const) }),
  fc.record({ do: fc.constant('expire' as const) }),
  { weight: 5, arbitrary: fc.record({ do: fc.constant('outcome' as const), operation: fc.nat(8), outcome }) },
)

function decide(record: PaymentRecord, each: Step, context: ReturnType<typeof testContext>): Decision | null {
  if (each.do === 'outcome') {
    const operation = record.operations[each.operation % record.operations.length]
    return operation ? applyOutcome(record, operation.operationId, each.outcome, context) : null
  }
  if (each.do === 'expire') {
    const due = { ...record, payment: { ...record.payment, dueAtMs: context.nowMs } }
    return decideExpiry(due, context)?.decision ?? null
  }
  const decided = decideCommand(record, each, context)
  return decided.ok ? decided.value.decision : null
}

function decideCommand(
  record: PaymentRecord,
  each: Extract<Step, { do: 'capture' | 'refund' | 'void' | 'confirm' }>,
  context: ReturnType<typeof testContext>,
) {
  if (each.do === 'capture') return decideCapture(record, each, context)
  if (each.do === 'refund') return decideRefund(record, { ...each, reason: null }, context)
  return each.do === 'void' ? decideVoid(record, { reason: null }, context) : decideConfirm(record, context)
}

/** Begins with an attempt that was sent, or with a card that waits for the confirmation. */
const beginning = fc.constantFrom('processing' as const, 'requires_confirmation' as const)

function aBeginning(state: 'processing' | 'requires_confirmation', automatic: boolean, context: DecisionContext) {
  const payment = aPayment(state, { captureMethod: automatic ? 'automatic' : 'manual' })
  if (state === 'requires_confirmation') payment.held = aHeldCard()
  return aRecord(payment, context)
}

it('no history of commands and outcomes breaks the amounts, the sequence, the ledger or a terminal state', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), beginning, (steps, automatic, state) => {
      const context = testContext()
      let record = aBeginning(state, automatic, context)
      let captured = 0
      let receivable = 0
      for (const each of steps) {
        context.advance(1_000)
        const before = record
        const decision = decide(record, each, context)
        if (decision === null) continue
        record = recordAfter(record, decision)
        const { payment } = record
        const a = payment.amounts

        expect(payment.version).toBe(before.payment.version + 1)
        if (['failed', 'canceled', 'expired'].includes(before.payment.state)) {
          expect(payment.state).toBe(before.payment.state)
          expect(a.capturedMinor).toBe(0)
        }
        expect(a.authorizedMinor).toBeGreaterThanOrEqual(
          a.capturedMinor + a.capturingMinor + a.reversedMinor + a.reversingMinor,
        )
        expect(a.capturedMinor).toBeGreaterThanOrEqual(a.refundedMinor + a.refundingMinor)
        expect(a.capturedMinor).toBeGreaterThanOrEqual(captured)
        captured = a.capturedMinor

        decision.events.forEach((event, index) => {
          expect(event.sequence).toBe(before.payment.lastSequence + index + 1)
        })
        const shown = decision.events.flatMap(({ publicSequence }) => publicSequence ?? [])
        expect(shown).toEqual(shown.map((_, index) => before.payment.lastPublicSequence + index + 1))
        expect(payment.lastPublicSequence).toBe(before.payment.lastPublicSequence + shown.length)
        expect(payment.timeline.length - before.payment.timeline.length).toBeLessThanOrEqual(1)
        expect(payment.held === null || payment.state === 'requires_confirmation').toBe(true)
        expect(record.operations.filter((each) => each.operationId === 'att_held').length).toBeLessThanOrEqual(1)
        const lines = decision.ledger.flatMap((posting) => posting.lines)
        expect(lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(0)
        receivable += lines.find((line) => line.account === 'acquirer_receivable')?.amountMinor ?? 0
        expect(receivable).toBe(a.capturedMinor - a.refundedMinor)

        const reserved = record.operations.filter((operation) => !isFinal(operation))
        const sum = (kind: string) =>
          reserved.filter((each) => each.kind === kind).reduce((total, each) => total + each.amountMinor, 0)
        const released = reserved.reduce((total, each) => total + each.releasesMinor, 0)
        expect(a.capturingMinor).toBe(sum('capture'))
        expect(a.refundingMinor).toBe(sum('refund'))
        expect(a.reversingMinor).toBe(sum('reversal') + released)
      }
    }),
    { numRuns: 2_000 },
  )
})
