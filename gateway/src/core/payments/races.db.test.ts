import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../tools/testing/database.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { createPaymentStore } from '../../store/payment-store.ts'
import { type LossyProxy, startLossyProxy } from '../../store/testing/lossy-proxy.ts'
import { type PaymentId, trustedId } from '../ids.ts'
import type { Caller, Flow } from '../merchants/merchant.ts'
import { amountMinor } from '../money/amount.ts'
import type { Scope } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { usd } from '../testing/payments.ts'
import { resolveOperation } from '../worker/resolve-operation.ts'
import type { Acquirer, Sent } from './acquirer.ts'
import { createPayments } from './create-payments.ts'
import { failureOf } from './failure.ts'
import type { OperationOutcome } from './outcome.ts'
import type { CreatePayment, Payments, WriteRequest } from './payments.ts'

/**
 * Races between a request, the worker and the database, over the real store. The acquirer says what a test lets it say,
 * when the test lets it; the vault tells whether a step can still be sent.
 */
const clock = new OffsetClock(systemClock)
const ids = createIds(clock, secureRandom)
const log = createLogger({ process: 'test', clock, level: 'silent' })
const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const caller = { merchant: { merchantId: scope.merchantId }, mode: 'test' } as unknown as Caller
const flow: Flow = {
  flowId: trustedId('flow_default'),
  captureMethod: 'automatic',
  isDefault: true,
  status: 'active',
  connectorId: trustedId('conn_1'),
  connector: 'sandbox',
  connectorStatus: 'active',
}

let test: TestDatabase
let proxy: LossyProxy
let database: Database
let store: ReturnType<typeof createPaymentStore>
let payments: Payments

/** What the acquirer answers to the next request, once the test says so. */
let answer: PromiseWithResolvers<OperationOutcome>
let inquiry: Awaited<ReturnType<Acquirer['inquire']>>
let fence: 'never_sent' | 'may_have_been_sent'
let sent: string[]

const acquirer: Acquirer = {
  capabilities: () => ({
    multipleCaptures: true,
    partialCapture: true,
    inquiry: 'by_our_reference',
    reversal: 'by_our_reference',
    notFoundFinalAfterMs: 15_000,
  }),
  async send(_record, operation): Promise<Sent> {
    sent.push(operation.kind)
    const outcome = operation.kind === 'reversal' ? approved(false) : await answer.promise
    return { outcome, acquirerMs: 1 }
  },
  inquire: async () => inquiry,
}
const vault = {
  claim: async () => ({
    outcome: 'claimed',
    card: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: null },
    fingerprintId: null,
    holdExpiresAtMs: clock.now() + 3_600_000,
  }),
  fence: async () => ({ outcome: fence }),
  release: () => undefined,
} as unknown as Vault

const parts = () => ({ clock, ids, log, store, vault, acquirer, timers: realTimers })

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../../migrations/', import.meta.url), name: 'races' })
  proxy = await startLossyProxy(test.url)
  database = openDatabase(proxy.url, log)
  store = createPaymentStore({ ...database, clock, timers: realTimers, random: secureRandom })
  const directory = { flows: () => [flow], merchant: () => undefined, findCaller: () => undefined }
  payments = createPayments({ ...parts(), directory })
})
afterAll(async () => {
  await store.drain()
  await database.close()
  await proxy.stop()
  await test.drop()
})
beforeEach(() => {
  answer = Promise.withResolvers()
  inquiry = { kind: 'not_found' }
  fence = 'may_have_been_sent'
  sent = []
})

const approved = (captured: boolean): OperationOutcome => ({
  kind: 'approved',
  acquirerReference: 'auth_1',
  captured,
  networkTransactionId: null,
  captureBeforeMs: null,
})
const declined: OperationOutcome = { kind: 'declined', failure: failureOf('do_not_honor', '05') }

function aRequest(key: string | null = ids.random()): WriteRequest {
  return {
    claim: key === null ? null : { key, fingerprint: 'f' },
    answer: (record) => ({ status: 200, body: `${record.payment.paymentId} ${record.payment.state}` }),
  }
}
const aCommand = (captureMethod: 'automatic' | 'manual'): CreatePayment => ({
  money: { amountMinor: amountMinor(1_762), currency: usd },
  captureMethod,
  flowId: null,
  source: { kind: 'token', token: `tok_${ids.random()}` },
  initiator: 'customer',
  externalId: null,
  productName: null,
  metadata: null,
  customerId: null,
  name: null,
  email: null,
  tel: null,
  returnUrl: null,
  saveCard: false,
})

async function stateTold(result: Promise<Awaited<ReturnType<Payments['create']>>>): Promise<string> {
  const answered = await result
  return answered.ok ? (answered.value.answer.body.split(' ')[1] as string) : answered.refusal.refusal
}

/** The only payment that is waiting for its acquirer. */
async function underWay() {
  for (;;) {
    const { rows } = await database.cold.query(
      `select payment_id, operation_id from operations where state = 'sending' and kind <> 'reversal'`,
    )
    if (rows.length === 1) return found(rows[0].payment_id)
    await realTimers.sleep(5)
  }
}

async function found(paymentId: string) {
  const record = await store.find(scope, trustedId<PaymentId>(paymentId))
  if (record === undefined) throw new Error(`${paymentId} is gone`)
  return record
}

/** What the worker does about the operation that is under way. */
async function workerDecides(): Promise<string> {
  const record = await underWay()
  const operation = record.operations.findLast((each) => each.state === 'sending')
  await resolveOperation(parts(), record, operation?.operationId as never)
  return record.payment.paymentId
}

/** Everything that was recorded of a payment. */
async function booksOf(paymentId: string) {
  const { payment, operations } = await found(paymentId)
  const rows = async (sql: string) => (await database.cold.query(sql, [paymentId])).rows
  const events = await rows('select type, sequence from events where payment_id = $1 order by sequence')
  const ledger = await rows(
    `select amount_minor from ledger_entries where payment_id = $1 and account = 'merchant_payable'`,
  )
  expect(events.map((event) => event.sequence)).toEqual(events.map((_event, index) => index))
  return {
    state: payment.state,
    amounts: payment.amounts,
    operations: operations.map((operation) => `${operation.kind} ${operation.state}`),
    events: events.map((event) => event.type).slice(1),
    earnedMinor: ledger.reduce((sum, row) => sum - Number(row.amount_minor), 0),
  }
}

describe('an answer that arrives after the worker decided', () => {
  it('and found the same is recorded once, and the caller is told the truth', async () => {
    const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest()))
    await underWay()
    inquiry = approved(true) as never
    const paymentId = await workerDecides()
    answer.resolve(approved(true))
    expect(await told).toBe('captured')
    expect(await booksOf(paymentId)).toMatchObject({
      operations: ['authorize approved'],
      events: ['payment.succeeded'],
      earnedMinor: 1_762,
    })
  })

  it('that nothing had happened is an approval to give back: the payment stays failed, and the caller is told so', async () => {
    const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest()))
    await underWay()
    fence = 'never_sent'
    const paymentId = await workerDecides()
    expect((await found(paymentId)).payment.state).toBe('failed')
    answer.resolve(approved(true))
    expect(await told).toBe('failed')
    const late = await found(paymentId)
    const reversal = late.operations.find((operation) => operation.kind === 'reversal')
    expect(reversal).toMatchObject({ state: 'sending', amountMinor: 1_762 })
    expect(reversal?.dueAtMs).toBeLessThanOrEqual(clock.now())
    await resolveOperation(parts(), late, reversal?.operationId as never)
    expect(await booksOf(paymentId)).toMatchObject({
      state: 'failed',
      amounts: { authorizedMinor: 1_762, reversedMinor: 1_762, reversingMinor: 0, capturedMinor: 0 },
      events: ['payment.failed'],
      earnedMinor: 0,
    })
  })

  it('and found it declined changes nothing', async () => {
    const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest()))
    await underWay()
    inquiry = declined as never
    const paymentId = await workerDecides()
    answer.resolve(declined)
    expect(await told).toBe('failed')
    expect(await booksOf(paymentId)).toMatchObject({ operations: ['authorize declined'], events: ['payment.failed'] })
  })

  it('about a capture is booked once', async () => {
    answer.resolve(approved(false))
    await payments.create(caller, aCommand('manual'), aRequest())
    const { rows } = await database.cold.query(`select payment_id from payments where state = 'authorized'`)
    answer = Promise.withResolvers()
    const command = { money: null, final: true }
    const told = stateTold(payments.capture(caller, rows[0].payment_id, command, aRequest()))
    await underWay()
    inquiry = approved(false) as never
    const paymentId = await workerDecides()
    answer.resolve(approved(false))
    expect(await told).toBe('captured')
    expect(await booksOf(paymentId)).toMatchObject({
      amounts: { capturedMinor: 1_762, capturingMinor: 0 },
      events: ['payment.authorized', 'payment.succeeded'],
      earnedMinor: 1_762,
    })
  })
})

describe('a request that the vault sends late', () => {
  it('is not given up while it can still arrive: not found counts only after the fence and the acquirer’s window', async () => {
    const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest()))
    await underWay()
    const paymentId = await workerDecides()
    expect((await found(paymentId)).operations[0]).toMatchObject({ state: 'unknown', inquiries: 0 })
    const again = async () => {
      const record = await found(paymentId)
      await resolveOperation(parts(), record, record.operations[0]?.operationId as never)
      return (await found(paymentId)).payment.state
    }
    clock.advance(14_000)
    expect(await again()).toBe('processing')
    answer.resolve(approved(true))
    expect(await told).toBe('captured')
    clock.advance(60_000)
    expect(await again()).toBe('captured')
    expect(await booksOf(paymentId)).toMatchObject({
      events: ['payment.pending', 'payment.succeeded'],
      earnedMinor: 1_762,
    })
  })
})

describe('a commit whose reply is lost', () => {
  for (const [what, statement] of [
    ['of the outcome (B)', 'commit-decisions'],
    ['of the attempt (A)', 'insert-payments'],
  ] as const) {
    it(`${what} counts once, with a key and without`, async () => {
      for (const key of [ids.random(), null]) {
        const before = proxy.lost
        proxy.loseNextReplyTo(statement)
        answer = Promise.withResolvers()
        const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest(key)))
        const { payment } = await underWay()
        answer.resolve(approved(true))
        expect(await told).toBe('captured')
        expect(proxy.lost).toBe(before + 1)
        expect(sent.splice(0)).toEqual(['authorize'])
        expect(await booksOf(payment.paymentId)).toMatchObject({
          operations: ['authorize approved'],
          events: ['payment.succeeded'],
          earnedMinor: 1_762,
        })
      }
    })
  }

  it('of a refund’s two commits refunds once, and a repeated request gets the same answer', async () => {
    answer.resolve(approved(true))
    const created = await payments.create(caller, aCommand('automatic'), aRequest())
    const paymentId = trustedId<PaymentId>(created.ok ? (created.value.answer.body.split(' ')[0] as string) : '')
    const request = aRequest()
    const command = { money: { amountText: '5.00' }, currency: null, reason: null }
    for (const moment of ['reservation', 'outcome']) {
      const before = proxy.lost
      const own = moment === 'reservation' ? request : aRequest()
      answer = Promise.withResolvers()
      if (moment === 'reservation') proxy.loseNextReplyTo('commit-decisions')
      const told = payments.refund(caller, paymentId, command, own)
      await underWay()
      if (moment === 'outcome') proxy.loseNextReplyTo('commit-decisions')
      answer.resolve(approved(false))
      const first = await told
      const second = await payments.refund(caller, paymentId, command, own)
      expect(first.ok && second.ok && second.value.answer).toEqual(first.ok && first.value.answer)
      expect(second.ok && second.value.replayed).toBe(true)
      expect(proxy.lost).toBe(before + 1)
    }
    expect(sent.filter((kind) => kind === 'refund')).toHaveLength(2)
    expect(await booksOf(paymentId)).toMatchObject({
      amounts: { refundedMinor: 1_000, refundingMinor: 0 },
      earnedMinor: 762,
    })
  })

  it('of a void is answered as it was recorded', async () => {
    const request = aRequest()
    const told = stateTold(payments.create(caller, aCommand('automatic'), aRequest()))
    const { payment } = await underWay()
    proxy.loseNextReplyTo('commit-decisions')
    expect(await stateTold(payments.void(caller, payment.paymentId, { reason: null }, request))).toBe('canceled')
    answer.resolve(declined)
    expect(await told).toBe('canceled')
    expect(await booksOf(payment.paymentId)).toMatchObject({ state: 'canceled', events: ['payment.canceled'] })
  })
})
