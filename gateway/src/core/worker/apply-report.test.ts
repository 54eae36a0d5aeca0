import { describe, expect, it } from 'vitest'
import { type OperationId, type PaymentId, trustedId } from '../ids.ts'
import { recordAfter } from '../payments/decision.ts'
import { applyOutcome } from '../payments/outcome.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import type { ReportEntry, ReportKind } from '../ports/connector.ts'
import type { Scope } from '../ports/payment-store.ts'
import { approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { aPayment, aRecord, testContext, usd } from '../testing/payments.ts'
import { applyReport } from './apply-report.ts'

const scope = { merchantId: 'mer_1', mode: 'test' } as Scope

/** Sales of 100.00, known by the names of their attempts; the last one is still under way. */
function books(count: number) {
  const engine = memoryEngine()
  const context = testContext()
  const records = Array.from({ length: count }, (_, index) => {
    const paymentId = trustedId<PaymentId>(`pay_${index}`)
    const begun = aRecord(aPayment('processing', { paymentId, captureMethod: 'automatic' }), context)
    const decision = applyOutcome(begun, begun.operations[0]?.operationId ?? '', approvedNow, context)
    return index === count - 1 || decision === null ? begun : recordAfter(begun, decision)
  })
  for (const record of records) engine.store.put(record)
  const findByOperation = async (_scope: Scope, operationId: OperationId) =>
    [...engine.store.records.values()].find(({ operations }) => operations[0]?.operationId === operationId)
  Object.assign(engine.parts.store, { findByOperation })
  let sequence = 10
  const entry = (
    record: PaymentRecord | undefined,
    kind: ReportKind = 'settled',
    changes: Partial<ReportEntry> = {},
  ) => {
    sequence += 1
    const reference = record?.operations[0]?.operationId ?? ''
    return {
      sequence,
      kind,
      reference,
      authorizationReference: reference,
      amountMinor: 10_000,
      currency: usd,
      atMs: 1,
      dispute: null,
      ...changes,
    }
  }
  const now = (index: number) => engine.store.records.get(`pay_${index}`)?.payment
  return { ...engine, records, entry, now }
}

describe('a page of a report', () => {
  it('is recorded payment by payment, each entry in its order', async () => {
    const { parts, records, entry, now } = books(4)
    const [a, b, c] = records
    const entries = [entry(a), entry(b), entry(a, 'paid_out'), entry(c)]
    expect(await applyReport(parts, scope, 10, entries)).toBe(14)
    expect(now(0)?.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 10_000 })
    expect(now(1)?.amounts).toMatchObject({ settledMinor: 10_000, paidOutMinor: 0 })
    expect(now(2)?.amounts.settledMinor).toBe(10_000)
  })

  it('that is empty leaves the position where it is', async () => {
    const { parts } = books(1)
    expect(await applyReport(parts, scope, 10, [])).toBe(10)
  })

  it('ends before the first entry that has to wait; what is behind it is recorded all the same', async () => {
    const { parts, records, entry, now } = books(3)
    const [a, b, open] = records
    expect(await applyReport(parts, scope, 10, [entry(a), entry(open), entry(b), entry(open, 'paid_out')])).toBe(11)
    expect(now(1)?.amounts.settledMinor).toBe(10_000)
  })

  it('that is read again changes nothing, and says nothing', async () => {
    const { parts, records, entry, store, logged } = books(2)
    const entries = [entry(records[0])]
    await applyReport(parts, scope, 10, entries)
    const commits = store.commits.length
    expect(await applyReport(parts, scope, 10, entries)).toBe(11)
    expect([store.commits.length, logged]).toEqual([commits, []])
  })

  it('says what is not ours, what contradicts the books, and what was given up, and goes on', async () => {
    const { parts, records, entry, store, logged } = books(4)
    const [a, b, c] = records
    // Given up, and approved after that: the money is on its way back.
    const reversal = { ...(c?.operations[0] as never as object), kind: 'reversal', operationId: 'rev_1' } as never
    store.put({
      payment: {
        ...(c as PaymentRecord).payment,
        amounts: { ...(c as PaymentRecord).payment.amounts, capturedMinor: 0 },
      },
      operations: [...(c as PaymentRecord).operations, reversal],
    })
    const foreign = { reference: 'att_x', authorizationReference: 'att_x' }
    const entries = [entry(undefined, 'settled', foreign), entry(a, 'settled', { amountMinor: 1 }), entry(c), entry(b)]
    expect(await applyReport(parts, scope, 10, entries)).toBe(14)
    expect(logged.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error', 'info'])
    expect(logged[0]).toContain('not ours')
    expect(logged[1]).toContain('it says 1 and not 10000')
    expect(logged[2]).toContain('given up')
    expect(store.commits).toHaveLength(1)
  })

  it('decides again where somebody else was faster', async () => {
    const { parts, records, entry, store, now, pausesMs } = books(2)
    let isFirst = true
    store.meanwhile = () => {
      if (isFirst) store.touch('pay_0', { name: 'Bea' })
      isFirst = false
    }
    expect(await applyReport(parts, scope, 10, [entry(records[0])])).toBe(11)
    expect(now(0)).toMatchObject({ name: 'Bea', amounts: { settledMinor: 10_000 } })
    expect(pausesMs).toHaveLength(1)
  })

  it('of which one payment could not be written fails, when all others are', async () => {
    const { parts, records, entry, store, now } = books(4)
    const entries = records.slice(0, 3).map((record) => entry(record))
    let commits = 0
    store.meanwhile = () => {
      commits += 1
      if (commits === 1) throw new Error('away')
    }
    await expect(applyReport(parts, scope, 10, entries)).rejects.toThrow('away')
    expect([1, 2].map((index) => now(index)?.amounts.settledMinor)).toEqual([10_000, 10_000])
  })
})
