import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AmountMinor } from '../money/amount.ts'
import { anOrder } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideRefund } from './commands.ts'
import { type DecisionContext, recordAfter } from './decision.ts'
import { failureOf } from './failure.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import { noAmounts, type PaymentRecord } from './payment.ts'

const approved: OperationOutcome = {
  kind: 'approved',
  acquirerReference: 'x',
  captured: false,
  networkTransactionId: null,
  captureBeforeMs: null,
}
const outcomes: OperationOutcome[] = [
  approved,
  { kind: 'declined', failure: failureOf('processing_error') },
  { kind: 'unknown', fenced: true },
  { kind: 'not_processed' },
]

function captured(netMinor: number, taxMinor: number, context: ReturnType<typeof testContext>): PaymentRecord {
  const amountMinor = (netMinor + taxMinor) as AmountMinor
  const amounts = { ...noAmounts, authorizedMinor: amountMinor, capturedMinor: amountMinor }
  return aRecord(aPayment('captured', { order: anOrder({ netMinor, taxMinor }), amountMinor, amounts }), context)
}

const refundsOf = ({ operations }: PaymentRecord, states: string[]) =>
  operations.filter(({ kind, state }) => kind === 'refund' && states.includes(state))
const sumOf = (refunds: ReturnType<typeof refundsOf>, part: 'amountMinor' | 'taxMinor') =>
  refunds.reduce((sum, refund) => sum + (refund[part] ?? 0), 0)

interface Step {
  amountMinor: number
  outcome: OperationOutcome
  /** Which of the declined refunds turns out to have been made after all. */
  late: number | null
}

function afterRefund(before: PaymentRecord, { amountMinor, outcome, late }: Step, context: DecisionContext) {
  let record = before
  const settle = (operationId: string, to: OperationOutcome) => {
    const decision = applyOutcome(record, operationId, to, context)
    if (decision !== null) record = recordAfter(record, decision)
  }
  const decided = decideRefund(record, { amountMinor, reason: null }, context)
  if (decided.ok) {
    record = recordAfter(record, decided.value.decision)
    settle(decided.value.operation?.operationId ?? '', outcome)
  }
  const givenUp = late === null ? undefined : refundsOf(record, ['declined']).at(late % 3)
  if (givenUp !== undefined) settle(givenUp.operationId, approved)
  return record
}

describe('the tax in a refund', () => {
  it('never exceeds that of the order, nor its net, whatever is refunded, declined, or approved after it was given up', () => {
    const step = fc.record({
      amountMinor: fc.integer({ min: 1, max: 6_000 }),
      outcome: fc.constantFrom(...outcomes),
      late: fc.option(fc.nat(20), { nil: null }),
    })
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(2_500), fc.array(step, { maxLength: 12 }), (net, tax, steps) => {
        const context = testContext()
        let record = captured(net + 1, tax, context)
        for (const each of steps) {
          record = afterRefund(record, each, context)
          const counted = refundsOf(record, ['sending', 'unknown', 'pending', 'approved'])
          const taxOfAll = sumOf(counted, 'taxMinor')
          expect(taxOfAll).toBeLessThanOrEqual(tax)
          expect(sumOf(counted, 'amountMinor') - taxOfAll).toBeLessThanOrEqual(net + 1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is all of it once all is refunded', () => {
    const context = testContext()
    let record = captured(10_000, 1_900, context)
    for (const amountMinor of [333, 4_000, 1, null]) {
      const decided = decideRefund(record, { amountMinor, reason: null }, context)
      if (decided.ok) record = recordAfter(record, decided.value.decision)
    }
    expect(sumOf(refundsOf(record, ['sending']), 'taxMinor')).toBe(1_900)
  })

  it('is not told where the payment has no order', () => {
    const context = testContext()
    const decided = decideRefund(aRecord(aPayment('captured'), context), { amountMinor: 1, reason: null }, context)
    expect(decided).toMatchObject({ ok: true, value: { operation: { taxMinor: null } } })
  })
})

describe('a disputed payment', () => {
  const dispute = { disputeId: 'dis_1', amountMinor: 4_000, reason: 'fraudulent', openedAtMs: 1, closedAtMs: null }
  const disputed = (state: 'open' | 'lost' | 'won', disputedMinor: number) => {
    const context = testContext()
    const amounts = { ...noAmounts, authorizedMinor: 10_000, capturedMinor: 10_000, disputedMinor }
    const record = aRecord(aPayment('captured', { amounts, dispute: { ...dispute, state } }), context)
    return (amountMinor: number | null) => decideRefund(record, { amountMinor, reason: null }, context)
  }

  it('cannot be refunded while the dispute is open', () => {
    expect(disputed('open', 4_000)(1)).toMatchObject({ refusal: { refusal: 'invalid_state', action: 'refund' } })
  })

  it('can be refunded up to what was not lost, and wholly when the dispute was won', () => {
    expect(disputed('lost', 4_000)(6_001)).toMatchObject({ refusal: { availableMinor: 6_000 } })
    expect(disputed('lost', 4_000)(null)).toMatchObject({ value: { operation: { amountMinor: 6_000 } } })
    expect(disputed('lost', 10_000)(null)).toMatchObject({ refusal: { refusal: 'invalid_state' } })
    expect(disputed('won', 0)(null)).toMatchObject({ value: { operation: { amountMinor: 10_000 } } })
  })
})
