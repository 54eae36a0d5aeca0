import type { FenceRequest } from '@tessera/contracts/vault-protocol'
import { describe, expect, it } from 'vitest'
import type { Acquirer } from '../payments/acquirer.ts'
import { decideVoid } from '../payments/commands.ts'
import { recordAfter } from '../payments/decision.ts'
import type { OperationOutcome } from '../payments/outcome.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import { approvedNow, memoryEngine } from '../testing/memory-engine.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { resolveOperation } from './resolve-operation.ts'

interface Given {
  fence?: 'never_sent' | 'may_have_been_sent'
  answer?: OperationOutcome | { kind: 'not_found' }
  unsendableForMs?: number
}
const windowMs = 15_000
const context = testContext()

/** A worker, with what vault and acquirer say of the operation. */
function worker(
  record: PaymentRecord,
  { fence = 'may_have_been_sent', answer = { kind: 'not_found' }, ...given }: Given = {},
) {
  const engine = memoryEngine()
  engine.store.put(record)
  const calls: string[] = []
  const fenced: FenceRequest[] = []
  const acquirer: Partial<Acquirer> = {
    ...engine.parts.acquirer,
    capabilities: () => ({ notFoundFinalAfterMs: windowMs }) as ReturnType<Acquirer['capabilities']>,
    unsendableForMs: () => {
      calls.push('window')
      return given.unsendableForMs ?? windowMs
    },
    inquire: async () => {
      calls.push('inquire')
      return answer
    },
  }
  const vault = {
    ...engine.parts.vault,
    fence: async (request: FenceRequest) => {
      calls.push('fence')
      fenced.push(request)
      return { outcome: fence }
    },
  }
  const parts = { ...engine.parts, acquirer: acquirer as Acquirer, vault }
  const resolve = (operation = record.operations.at(-1)) =>
    resolveOperation(parts, record, (operation as Operation).operationId)
  return { ...engine, calls, fenced, resolve }
}
const inDoubt = (changes: Partial<Operation> = {}): PaymentRecord => {
  const record = aRecord(aPayment('processing', { captureMethod: 'automatic' }), context)
  const operations = record.operations.map((each): Operation => ({ ...each, state: 'unknown', ...changes }))
  return { ...record, operations }
}

describe('an operation in doubt', () => {
  it('is fenced first, then asked about, and what the acquirer says counts', async () => {
    const record = inDoubt()
    const { resolve, calls, fenced } = worker(record, { answer: approvedNow })
    expect((await resolve()).payment.state).toBe('captured')
    expect(calls).toEqual(['fence', 'window', 'inquire'])
    const { operationId } = record.operations[0] as Operation
    expect(fenced).toEqual([{ merchantId: 'mer_1', mode: 'test', stepId: operationId, attemptId: operationId }])
  })

  it('that the vault says it never sent is asked about all the same: a restored vault has forgotten', async () => {
    const { resolve, calls, logged } = worker(inDoubt(), { fence: 'never_sent', answer: approvedNow })
    expect((await resolve()).payment.state).toBe('captured')
    expect(calls).toEqual(['fence', 'window', 'inquire'])
    // The log blots out ids that are all digits, as these of tests are.
    const ids = { operationId: expect.stringMatching(/^att_/), paymentId: expect.any(String), merchantId: 'mer_1' }
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', event: expect.stringContaining('restored'), ...ids },
    ])
  })

  it.each<[string, Partial<Operation>, Given]>([
    ['where the vault does not say so', {}, { answer: approvedNow }],
    ['where the acquirer does not know either', {}, { fence: 'never_sent', answer: { kind: 'unknown', fenced: true } }],
    ['where it was fenced before', { fencedAtMs: 1 }, { fence: 'never_sent', answer: approvedNow }],
    ['where the acquirer took it', { state: 'pending' }, { fence: 'never_sent', answer: approvedNow }],
  ])('speaks of no restored vault %s', async (_what, changes, given) => {
    const { resolve, logged } = worker(inDoubt(changes), given)
    await resolve()
    expect(logged).toEqual([])
  })

  it('that was never sent, and that the acquirer does not know, is over after the window', async () => {
    const early = worker(inDoubt(), { fence: 'never_sent', unsendableForMs: windowMs - 1 })
    expect((await early.resolve()).payment.state).toBe('processing')
    expect(early.logged).toEqual([])
    const { resolve } = worker(inDoubt(), { fence: 'never_sent' })
    expect((await resolve()).payment).toMatchObject({ state: 'failed', failure: { code: 'processing_error' } })
  })

  it('that is fenced already is only asked about', async () => {
    const { resolve, calls } = worker(inDoubt({ fencedAtMs: 1 }), { answer: approvedNow })
    expect((await resolve()).payment.state).toBe('captured')
    expect(calls).toEqual(['window', 'inquire'])
  })

  it('that the acquirer took has left: no fence can stop it', async () => {
    const { resolve, calls } = worker(inDoubt({ state: 'pending' }), { fence: 'never_sent', answer: approvedNow })
    expect((await resolve()).payment.state).toBe('captured')
    expect(calls).toEqual(['window', 'inquire'])
  })

  it.each<[string, Partial<Operation>, number, string]>([
    ['within the acquirer’s window it stays', {}, windowMs - 1, 'processing'],
    ['after it, it is over', {}, windowMs, 'failed'],
    ['that the acquirer had taken it stays, whatever time has passed', { state: 'pending' }, windowMs, 'processing'],
    [
      'that the acquirer had taken, and that is fenced, is over after the window',
      { state: 'pending', fencedAtMs: 1 },
      windowMs,
      'failed',
    ],
  ])('and not found: %s', async (_what, changes, unsendableForMs, state) => {
    const { resolve, store } = worker(inDoubt(changes), { unsendableForMs })
    const after = await resolve()
    expect(after.payment.state).toBe(state)
    expect(after).toEqual(store.records.get(after.payment.paymentId))
    if (state === 'processing') expect(after.operations[0]?.fencedAtMs).not.toBeNull()
  })

  it('that has an outcome by now keeps it', async () => {
    const record = inDoubt()
    const { resolve, store } = worker(record, { answer: { kind: 'unknown', fenced: true } })
    const settled = worker(record, { answer: approvedNow })
    store.put(await settled.resolve())
    expect((await resolve()).payment.state).toBe('captured')
    expect(store.commits).toEqual([])
  })

  it('that has no card names none to the vault', async () => {
    const record = aRecord(aPayment('captured'), context)
    const refunding = { ...record.payment.amounts, refundingMinor: 500 }
    const refund = { ...(inDoubt().operations[0] as Operation), kind: 'refund' as const, amountMinor: 500 as never }
    const before = { payment: { ...record.payment, amounts: refunding }, operations: [...record.operations, refund] }
    const { resolve, fenced } = worker(before, { answer: approvedNow })
    expect((await resolve()).payment.amounts.refundedMinor).toBe(500)
    expect(fenced).toMatchObject([{ attemptId: null }])
  })

  it('that is settled is left alone', async () => {
    const record = inDoubt({ state: 'approved' })
    const { resolve, calls, sent, store } = worker(record)
    expect(await resolve()).toBe(record)
    expect([calls, sent, store.commits]).toEqual([[], [], []])
  })
})

it('a reversal is sent again, without a fence and without asking', async () => {
  const authorized = aRecord(aPayment('authorized'), context)
  const voided = decideVoid(authorized, { reason: null }, context)
  if (!voided.ok) throw new Error('refused')
  const { resolve, calls, sent } = worker(recordAfter(authorized, voided.value.decision))
  expect((await resolve()).payment.amounts).toMatchObject({ reversedMinor: 10_000, reversingMinor: 0 })
  expect(sent).toMatchObject([{ operation: { kind: 'reversal' }, network: { transactionId: null } }])
  expect(calls).toEqual([])
})
