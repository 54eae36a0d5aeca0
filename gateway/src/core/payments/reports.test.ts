import { beforeEach, describe, expect, test } from 'vitest'
import type { LedgerAccount } from '../ledger.ts'
import type { ReportEntry, ReportKind } from '../ports/connector.ts'
import { aPayment, aRecord, testContext, usd } from '../testing/payments.ts'
import { decideRefund, decideVoid } from './commands.ts'
import { type Decision, recordAfter } from './decision.ts'
import { newOperation, quickInquiries } from './operation.ts'
import { applyOutcome, type OperationOutcome } from './outcome.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { decideReportEntry, type ReportVerdict } from './reports.ts'

const context = testContext()
const approved: Extract<OperationOutcome, { kind: 'approved' }> = {
  kind: 'approved',
  acquirerReference: 'ref_1',
  captured: false,
  networkTransactionId: null,
  captureBeforeMs: null,
}

/** One payment and its part of the ledger, through outcomes and reports. */
class Book {
  record: PaymentRecord
  readonly balances: Partial<Record<LedgerAccount, number>> = {}
  readonly told: string[] = []
  #sequence = 0

  constructor(record: PaymentRecord) {
    this.record = record
  }

  get amounts() {
    return this.record.payment.amounts
  }

  get attempt(): Operation {
    return this.record.operations[0] as Operation
  }

  write(decision: Decision): void {
    for (const { lines } of decision.ledger) {
      expect(lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(0)
      for (const { account, amountMinor } of lines) this.balances[account] = (this.balances[account] ?? 0) + amountMinor
    }
    this.told.push(...decision.events.map((event) => event.type))
    this.record = recordAfter(this.record, decision)
  }

  add(kind: 'capture' | 'refund', amountMinor: number): Operation {
    const operation = newOperation(this.record.payment, kind, amountMinor, context)
    const amounts = { ...this.amounts }
    amounts[kind === 'capture' ? 'capturingMinor' : 'refundingMinor'] += amountMinor
    this.record = {
      payment: { ...this.record.payment, amounts },
      operations: [...this.record.operations, operation],
    }
    return operation
  }

  finish(operation: Operation, outcome: OperationOutcome = approved): Operation {
    this.write(applyOutcome(this.record, operation.operationId, outcome, context) as Decision)
    return operation
  }

  read(kind: ReportKind, of: Operation, amountMinor: number, more: Partial<ReportEntry> = {}): ReportVerdict['kind'] {
    this.#sequence += 1
    const entry: ReportEntry = {
      sequence: this.#sequence,
      kind,
      reference: of.operationId,
      authorizationReference: this.attempt.operationId,
      amountMinor,
      currency: usd,
      atMs: context.nowMs,
      dispute: kind.startsWith('dispute') ? { disputeId: 'dsp_1', reason: 'fraud' } : null,
      ...more,
    }
    const verdict = decideReportEntry(this.record, entry, context)
    if (verdict.kind === 'apply') this.write(verdict.decision)
    return verdict.kind
  }

  settleAndPayOut(of: Operation, amountMinor: number): void {
    expect(this.read('settled', of, amountMinor)).toBe('apply')
    expect(this.read('paid_out', of, amountMinor)).toBe('apply')
  }
}

/** A sale of 100.00, as its attempt's approval makes it. */
function soldBook(): Book {
  const payment = aPayment('processing', { captureMethod: 'automatic' })
  const book = new Book(aRecord(payment, context))
  book.finish(book.attempt, { ...approved, captured: true })
  return book
}

let sold: Book
beforeEach(() => {
  sold = soldBook()
})

describe('settlement', () => {
  test('moves the money from the receivable over the acquirer to the balance, and what was earned stays', () => {
    expect(sold.balances).toEqual({ acquirer_receivable: 10_000, merchant_payable: -10_000 })
    expect(sold.read('settled', sold.attempt, 10_000)).toBe('apply')
    expect(sold.balances).toMatchObject({ acquirer_receivable: 0, acquirer_settled: 10_000 })
    expect(sold.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 0 })
    expect(sold.read('paid_out', sold.attempt, 10_000)).toBe('apply')
    expect(sold.balances).toEqual({
      acquirer_receivable: 0,
      acquirer_settled: 0,
      merchant_balance: 10_000,
      merchant_payable: -10_000,
    })
    expect(sold.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 10_000 })
    expect(sold.attempt).toMatchObject({ settledAtMs: context.nowMs, paidOutAtMs: context.nowMs })
    expect(sold.told.slice(-2)).toEqual(['payment.settled', 'payment.paid_out'])
  })

  test('that is read again is known, in any order', () => {
    sold.settleAndPayOut(sold.attempt, 10_000)
    const before = sold.record
    for (const kind of ['settled', 'paid_out', 'settled'] as const) {
      expect(sold.read(kind, sold.attempt, 10_000)).toBe('known')
    }
    expect(sold.record).toBe(before)
  })

  test('goes capture by capture', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    const [first, second] = [book.finish(book.add('capture', 4_000)), book.finish(book.add('capture', 5_000))]
    book.settleAndPayOut(first, 4_000)
    expect(book.amounts).toMatchObject({ capturedMinor: 9_000, settledMinor: 4_000, paidOutMinor: 4_000 })
    expect(book.balances).toMatchObject({ acquirer_receivable: 5_000, merchant_balance: 4_000 })
    book.settleAndPayOut(second, 5_000)
    expect(book.balances).toMatchObject({ acquirer_receivable: 0, acquirer_settled: 0, merchant_balance: 9_000 })
  })

  test.each(['before', 'between', 'after'])(
    'of a refund that was made %s the settlement leaves nothing receivable and the rest on the balance',
    (when) => {
      const refund = () => sold.finish(sold.add('refund', 2_500))
      let refunded = when === 'before' ? refund() : null
      expect(sold.read('settled', sold.attempt, 10_000)).toBe('apply')
      if (when === 'between') refunded = refund()
      expect(sold.read('paid_out', sold.attempt, 10_000)).toBe('apply')
      refunded ??= refund()
      expect(sold.balances.acquirer_receivable).toBe(-2_500)
      sold.settleAndPayOut(refunded, -2_500)
      expect(sold.balances).toEqual({
        acquirer_receivable: 0,
        acquirer_settled: 0,
        merchant_balance: 7_500,
        merchant_payable: -7_500,
      })
      expect(sold.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 10_000, refundedMinor: 2_500 })
      expect(sold.told.filter((type) => type === 'payment.settled')).toHaveLength(1)
    },
  )

  test('waits for an operation whose outcome is not known here yet, but not for ever', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    const capture = book.add('capture', 4_000)
    expect(book.read('settled', capture, 4_000)).toBe('wait')
    book.finish(capture, { kind: 'unknown', fenced: true })
    expect(book.read('settled', capture, 4_000)).toBe('wait')
    const asked: PaymentRecord = {
      ...book.record,
      operations: book.record.operations.map((each) => ({ ...each, inquiries: 1_000 })),
    }
    book.record = asked
    expect(book.read('settled', capture, 4_000)).toBe('mismatch')
  })

  test('of a payment that was given up is not booked: it was never in the books, and goes back', () => {
    const book = new Book(aRecord(aPayment('canceled', { captureMethod: 'automatic' }), context))
    book.finish(book.attempt, { ...approved, captured: true })
    const reversal = book.record.operations.at(-1) as Operation
    expect(reversal.kind).toBe('reversal')
    expect(book.read('settled', book.attempt, 10_000)).toBe('given_up')
    expect(book.read('settled', reversal, -10_000)).toBe('given_up')
    expect(book.balances).toEqual({})
  })

  test.each<[string, (book: Book) => ReportVerdict['kind']]>([
    ['another amount', (book) => book.read('settled', book.attempt, 9_999)],
    ['another currency', (book) => book.read('settled', book.attempt, 10_000, { currency: 'eur' })],
    ['the other direction', (book) => book.read('settled', book.attempt, -10_000)],
    ['a payout without its settlement', (book) => book.read('paid_out', book.attempt, 10_000)],
    ['an operation that is not of the payment', (book) => book.read('settled', book.attempt, 1, { reference: 'x' })],
    ['the end of a dispute that never began', (book) => book.read('dispute_lost', book.attempt, 10_000)],
    ['a dispute about more than there is', (book) => book.read('dispute_opened', book.attempt, 10_001)],
  ])('that speaks of %s is not booked', (_what, read) => {
    const before = sold.record
    expect(read(sold)).toBe('mismatch')
    expect(sold.record).toBe(before)
  })

  test('of an authorization that was never captured is not booked, and does not hold up the report', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    expect(book.read('settled', book.attempt, 10_000)).toBe('mismatch')
    book.finish(book.add('capture', 4_000))
    expect(book.read('settled', book.attempt, 10_000)).toBe('mismatch')
  })

  test('of what was not given up is not taken for what was', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    const capture = book.finish(book.add('capture', 4_000), { kind: 'not_processed' })
    const voided = decideVoid(book.record, { reason: null }, context)
    if (!voided.ok) throw new Error('refused')
    book.write(voided.value.decision)
    expect(book.read('settled', capture, 4_000)).toBe('mismatch')
    const declined = { ...book.attempt, state: 'declined' as const, acquirerReference: null }
    book.record = { ...book.record, operations: [declined, ...book.record.operations.slice(1)] }
    expect(book.read('settled', declined, 10_000)).toBe('mismatch')
  })

  test('of the reversal of a rest is not booked: no money moved', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    book.finish(book.add('capture', 4_000))
    const voided = decideVoid(book.record, { reason: null }, context)
    if (!voided.ok) throw new Error('refused')
    book.write(voided.value.decision)
    const reversal = book.finish(voided.value.operation as Operation)
    expect(book.read('settled', reversal, 6_000)).toBe('mismatch')
  })

  test('of a reversal or a refund that moved nothing is not booked, whatever room there is', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    book.finish(book.add('capture', 7_000))
    const voided = decideVoid(book.record, { reason: null }, context)
    if (!voided.ok) throw new Error('refused')
    book.write(voided.value.decision)
    expect(book.read('settled', book.finish(voided.value.operation as Operation), 3_000)).toBe('mismatch')
    expect(book.read('settled', book.finish(book.add('refund', 500), { kind: 'not_processed' }), -500)).toBe('mismatch')
  })

  test('waits for two hours of inquiries, and not for one more', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    const capture = book.add('capture', 4_000)
    const asked = (inquiries: number) => {
      book.record = { ...book.record, operations: book.record.operations.map((each) => ({ ...each, inquiries })) }
      return book.read('settled', capture, 4_000)
    }
    expect([asked(quickInquiries), asked(quickInquiries + 1)]).toEqual(['wait', 'mismatch'])
  })

  test('of a declined operation is not booked', () => {
    const book = new Book(aRecord(aPayment('authorized'), context))
    const capture = book.finish(book.add('capture', 4_000), { kind: 'not_processed' })
    expect(book.read('settled', capture, 4_000)).toBe('mismatch')
  })
})

describe('a dispute', () => {
  const all = { amountMinor: null, reason: null }

  beforeEach(() => sold.settleAndPayOut(sold.attempt, 10_000))

  test('takes its amount off the balance into a reserve, and is told', () => {
    expect(sold.read('dispute_opened', sold.attempt, 10_000)).toBe('apply')
    expect(sold.record.payment.dispute).toEqual({
      disputeId: 'dsp_1',
      amountMinor: 10_000,
      reason: 'fraud',
      state: 'open',
      openedAtMs: context.nowMs,
      closedAtMs: null,
    })
    expect(sold.amounts.disputedMinor).toBe(10_000)
    expect(sold.balances).toMatchObject({ merchant_balance: 0, dispute_reserve: 10_000, merchant_payable: -10_000 })
    expect(sold.told.at(-1)).toBe('payment.chargeback')
    expect(sold.read('dispute_opened', sold.attempt, 10_000)).toBe('known')
  })

  test('that is lost leaves nothing earned, and no refund', () => {
    sold.read('dispute_opened', sold.attempt, 10_000)
    expect(decideRefund(sold.record, all, context).ok).toBe(false)
    expect(sold.read('dispute_lost', sold.attempt, 10_000)).toBe('apply')
    expect(sold.balances).toEqual({
      acquirer_receivable: 0,
      acquirer_settled: 0,
      merchant_balance: 0,
      dispute_reserve: 0,
      merchant_payable: 0,
    })
    expect(sold.record.payment.dispute).toMatchObject({ state: 'lost', closedAtMs: context.nowMs })
    expect(sold.amounts.disputedMinor).toBe(10_000)
    expect(decideRefund(sold.record, all, context).ok).toBe(false)
    expect(sold.read('dispute_lost', sold.attempt, 10_000)).toBe('known')
  })

  test('that is won gives back balance and refunds', () => {
    sold.read('dispute_opened', sold.attempt, 10_000)
    expect(sold.read('dispute_won', sold.attempt, 10_000)).toBe('apply')
    expect(sold.balances).toMatchObject({ merchant_balance: 10_000, dispute_reserve: 0, merchant_payable: -10_000 })
    expect(sold.amounts.disputedMinor).toBe(0)
    expect(sold.told.at(-1)).toBe('payment.dispute_closed')
    expect(decideRefund(sold.record, all, context).ok).toBe(true)
    for (const kind of ['dispute_won', 'dispute_opened'] as const) {
      expect(sold.read(kind, sold.attempt, 10_000)).toBe('known')
    }
  })

  test('before the payout leaves the balance short until the payout comes', () => {
    const book = soldBook()
    book.read('settled', book.attempt, 10_000)
    book.read('dispute_opened', book.attempt, 10_000)
    expect(book.balances).toMatchObject({ merchant_balance: -10_000, acquirer_settled: 10_000 })
    expect(book.read('paid_out', book.attempt, 10_000)).toBe('apply')
    expect(book.balances).toMatchObject({ merchant_balance: 0, acquirer_settled: 0, dispute_reserve: 10_000 })
  })

  test('waits for a refund that the acquirer is about to refuse', () => {
    const refund = sold.add('refund', 4_000)
    expect(sold.read('dispute_opened', sold.attempt, 10_000)).toBe('wait')
    sold.finish(refund, { kind: 'not_processed' })
    expect(sold.read('dispute_opened', sold.attempt, 10_000)).toBe('apply')
  })

  test('is about what was not refunded', () => {
    sold.finish(sold.add('refund', 4_000))
    expect(sold.read('dispute_opened', sold.attempt, 10_000)).toBe('mismatch')
    expect(sold.read('dispute_opened', sold.attempt, 6_000)).toBe('apply')
  })

  test('comes once; another one is for a person to look at', () => {
    sold.read('dispute_opened', sold.attempt, 10_000)
    sold.read('dispute_won', sold.attempt, 10_000)
    const second = { dispute: { disputeId: 'dsp_2', reason: 'fraud' } }
    expect(sold.read('dispute_opened', sold.attempt, 10_000, second)).toBe('mismatch')
    expect(sold.read('dispute_lost', sold.attempt, 10_000, second)).toBe('mismatch')
  })

  test('that ends about another amount than it began with is not booked', () => {
    sold.read('dispute_opened', sold.attempt, 10_000)
    expect(sold.read('dispute_lost', sold.attempt, 5_000)).toBe('mismatch')
  })
})
