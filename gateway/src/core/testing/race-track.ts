import { type Clock, OffsetClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { createTestDatabase } from '../../../../tools/testing/database.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { createPaymentStore } from '../../store/payment-store.ts'
import { startLossyProxy } from '../../store/testing/lossy-proxy.ts'
import { type OperationId, type PaymentId, trustedId } from '../ids.ts'
import type { Flow } from '../merchants/merchant.ts'
import type { Acquirer, Sent } from '../payments/acquirer.ts'
import { createPayments } from '../payments/create-payments.ts'
import type { OperationOutcome } from '../payments/outcome.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import type { Payments, WriteRequest } from '../payments/payments.ts'
import { createUnsendable } from '../payments/unsendable.ts'
import type { Scope } from '../ports/payment-store.ts'
import type { TaxIdVerifier } from '../ports/tax-id-verifier.ts'
import type { Vault } from '../ports/vault.ts'
import { expirePayment } from '../worker/expire-payment.ts'
import { resolveOperation } from '../worker/resolve-operation.ts'
import { aFlow, callerOf } from './callers.ts'

const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
export const raceCaller = callerOf('mer_1')
export const raceFlow: Flow = aFlow()

const noTaxIds: TaxIdVerifier = {
  verify: () => Promise.reject(new Error('nobody asks')),
}

export const approved = (captured: boolean): Extract<OperationOutcome, { kind: 'approved' }> => ({
  kind: 'approved',
  acquirerReference: 'auth_1',
  captured,
  networkTransactionId: null,
  captureBeforeMs: null,
})

const notFoundFinalAfterMs = 15_000

/** What the acquirer says, and when: a test changes it as it goes. */
export interface RaceScript {
  /** What the acquirer answers to requests, once the test says so. */
  answer: PromiseWithResolvers<OperationOutcome>
  inquiry: Awaited<ReturnType<Acquirer['inquire']>>
  /** Kinds of the operations that were sent. */
  sent: string[]
  /** Attempts whose card was let go of, and why. */
  released: string[]
}

export const freshScript = (): RaceScript => ({
  answer: Promise.withResolvers(),
  inquiry: { kind: 'not_found' },
  sent: [],
  released: [],
})

/** The engine over the real store, with a wire to the database that can lose replies. */
export async function createRaceTrack(script: () => RaceScript) {
  const clock = new OffsetClock(systemClock)
  const ids = createIds(clock, secureRandom)
  const log = createLogger({ process: 'test', clock, level: 'silent' })
  const test = await createTestDatabase({ migrations: new URL('../../../migrations/', import.meta.url), name: 'races' })
  const proxy = await startLossyProxy(test.url)
  const database = openDatabase(proxy.url, log)
  const store = createPaymentStore({ ...database, clock, timers: realTimers, random: secureRandom })
  const acquirer = scriptedAcquirer(script, clock)
  const vault = scriptedVault(script)
  const parts = { clock, ids, log, store, vault, acquirer, taxIds: noTaxIds, timers: realTimers, random: secureRandom }
  const directory = { flows: () => [raceFlow], merchant: () => undefined, findCaller: () => undefined }
  const payments: Payments = createPayments({ ...parts, directory })

  async function found(paymentId: string): Promise<PaymentRecord> {
    const record = await store.find(scope, trustedId<PaymentId>(paymentId))
    if (record === undefined) throw new Error(`${paymentId} is gone`)
    return record
  }
  /** The only payment that is waiting for its acquirer. */
  async function underWay() {
    for (;;) {
      const { rows } = await database.cold.query(
        `select payment_id from operations where state = 'sending' and kind <> 'reversal'`,
      )
      if (rows.length === 1) return found(rows[0].payment_id)
      await realTimers.sleep(5)
    }
  }
  /** What the worker does about an operation; answers the payment's state afterwards. */
  async function resolve(paymentId: string, operationId: OperationId | undefined): Promise<string> {
    await resolveOperation(parts, await found(paymentId), operationId as OperationId)
    return (await found(paymentId)).payment.state
  }
  /** What the worker does about the one that is under way; answers the payment's id. */
  async function workerDecides(): Promise<PaymentId> {
    const { payment, operations } = await underWay()
    await resolve(payment.paymentId, operations.findLast((each) => each.state === 'sending')?.operationId)
    return payment.paymentId
  }
  /** The same, until the acquirer's window is over. */
  async function workerGivesUp(): Promise<PaymentId> {
    const { operations } = await underWay()
    const paymentId = await workerDecides()
    clock.advance(notFoundFinalAfterMs)
    await resolve(paymentId, operations.findLast((each) => each.state === 'sending')?.operationId)
    return paymentId
  }
  /** What the worker does about a payment whose deadline has passed. */
  const expire = async (paymentId: string) => expirePayment(parts, await found(paymentId))
  return {
    clock,
    ids,
    proxy,
    payments,
    found,
    expire,
    underWay,
    resolve,
    workerDecides,
    workerGivesUp,
    booksOf: async (paymentId: string) => booksOf(await found(paymentId), database),
    async stop() {
      await store.drain()
      await database.close()
      await proxy.stop()
      await test.drop()
    },
  }
}

export type RaceTrack = Awaited<ReturnType<typeof createRaceTrack>>

/** Everything that was recorded of a payment, `payment.created` left out. */
async function booksOf({ payment, operations }: PaymentRecord, { cold }: Database) {
  const rows = async (sql: string) => (await cold.query(sql, [payment.paymentId])).rows
  const events = await rows('select type, sequence from events where payment_id = $1 order by sequence')
  const earned = await rows(
    `select amount_minor from ledger_entries where payment_id = $1 and account = 'merchant_payable'`,
  )
  return {
    state: payment.state,
    amounts: payment.amounts,
    operations: operations.map((operation) => `${operation.kind} ${operation.state}`),
    events: events.map((event) => event.type).slice(1),
    hasGaps: events.some((event, index) => event.sequence !== index),
    earnedMinor: earned.reduce((sum, row) => sum - Number(row.amount_minor), 0),
  }
}

function scriptedAcquirer(script: () => RaceScript, clock: Clock): Acquirer {
  // By the clock that a test moves on.
  const unsendable = createUnsendable({ now: () => clock.now(), monotonicMs: () => clock.now() })
  return {
    capabilities: () => ({
      multipleCaptures: true,
      partialCapture: true,
      inquiry: 'by_our_reference',
      reversal: 'by_our_reference',
      notFoundFinalAfterMs,
    }),
    async send(_record, operation): Promise<Sent> {
      script().sent.push(operation.kind)
      const outcome = operation.kind === 'reversal' ? approved(false) : await script().answer.promise
      return { outcome, acquirerMs: 1 }
    },
    inquire: async () => script().inquiry,
    unsendableForMs: (operationId) => unsendable.knownForMs(operationId),
  }
}

function scriptedVault(script: () => RaceScript): Vault {
  const card = { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: null }
  return {
    claim: async () => ({ outcome: 'claimed', card, fingerprintId: null, holdExpiresAtMs: Number.MAX_SAFE_INTEGER }),
    fence: async () => ({ outcome: 'may_have_been_sent' }),
    release: ({ attemptId, reason }: { attemptId: string; reason: string }) => {
      script().released.push(`${attemptId} ${reason}`)
    },
  } as unknown as Vault
}

/** Its answer tells the payment's id and state. */
export const aRequest = (key: string | null): WriteRequest => ({
  claim: key === null ? null : { key, fingerprint: 'f' },
  answer: ({ payment }) => ({ status: 200, body: `${payment.paymentId} ${payment.state}` }),
})

/** The id and state that a caller was told. */
export async function told(result: ReturnType<Payments['create']>): Promise<{ paymentId: PaymentId; state: string }> {
  const answered = await result
  if (!answered.ok) throw new Error(`refused: ${answered.refusal.refusal}`)
  const [paymentId = '', state = ''] = answered.value.answer.body.split(' ')
  return { paymentId: trustedId<PaymentId>(paymentId), state }
}
