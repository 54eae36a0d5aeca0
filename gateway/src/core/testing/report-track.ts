import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { createTestDatabase } from '../../../../tools/testing/database.ts'
import { openDatabase } from '../../store/database.ts'
import { createPaymentStore } from '../../store/payment-store.ts'
import { createReportStore } from '../../store/report-cursors.ts'
import { startLossyProxy } from '../../store/testing/lossy-proxy.ts'
import { type MerchantId, type PaymentId, trustedId } from '../ids.ts'
import { type DecisionContext, recordAfter } from '../payments/decision.ts'
import { createdEvent } from '../payments/new-payment.ts'
import { newOperation } from '../payments/operation.ts'
import { applyOutcome, type OperationOutcome } from '../payments/outcome.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import type { ReportSource } from '../payments/report-source.ts'
import type { ReportEntry, ReportKind } from '../ports/connector.ts'
import type { Scope } from '../ports/payment-store.ts'
import { aPayment } from './payments.ts'

/** Reports, by merchant, as an acquirer would tell them; a test may let `read` fail or wait. */
export class ScriptedReports implements ReportSource {
  readonly connectors = ['sandbox']
  readonly entries = new Map<string, ReportEntry[]>()
  readonly asked: { merchantId: string; position: number }[] = []
  before: () => Promise<void> = async () => {}

  async read({ scope }: { scope: Scope }, position: number, limit: number): Promise<ReportEntry[]> {
    this.asked.push({ merchantId: scope.merchantId, position })
    await this.before()
    return this.of(scope.merchantId).slice(position, position + limit)
  }

  of(merchantId: string): ReportEntry[] {
    return this.entries.get(merchantId) ?? []
  }

  add(kind: ReportKind, record: PaymentRecord, amountMinor: number, operation = record.operations[0]): void {
    const { merchantId } = record.payment
    const entry: ReportEntry = {
      sequence: this.of(merchantId).length + 1,
      kind,
      reference: operation?.operationId ?? '',
      authorizationReference: record.operations[0]?.operationId ?? '',
      amountMinor,
      currency: record.payment.currency,
      atMs: record.payment.createdAtMs,
      dispute: kind.startsWith('dispute') ? { disputeId: `dsp_${record.payment.paymentId}`, reason: 'fraud' } : null,
    }
    this.entries.set(merchantId, [...this.of(merchantId), entry])
  }
}

const approval: OperationOutcome = {
  kind: 'approved',
  acquirerReference: 'auth_1',
  captured: true,
  networkTransactionId: null,
  captureBeforeMs: null,
}

/** Reports over the real store, with a wire to the database that can lose replies. */
export async function createReportTrack() {
  const clock = new OffsetClock(systemClock)
  const ids = createIds(clock, secureRandom)
  const logged: string[] = []
  const log = createLogger({ process: 'test', clock, level: 'warn', write: (line) => logged.push(line) })
  const test = await createTestDatabase({
    migrations: new URL('../../../migrations/', import.meta.url),
    name: 'reports',
  })
  const proxy = await startLossyProxy(test.url)
  const database = openDatabase(proxy.url, log)
  const store = createPaymentStore({ ...database, clock, timers: realTimers, random: secureRandom })
  const context = (): DecisionContext => ({ nowMs: clock.now(), newId: (prefix) => `${prefix}_${ids.timeOrdered()}` })
  const query = async (sql: string, values: unknown[] = []) => (await database.cold.query(sql, values)).rows

  async function commit(
    record: PaymentRecord,
    operation: Operation,
    outcome: OperationOutcome,
  ): Promise<PaymentRecord> {
    const decision = applyOutcome(record, operation.operationId, outcome, context())
    if (decision === null) throw new Error('nothing to decide')
    await store.commit({ decision, claim: null, answer: null })
    return recordAfter(record, decision)
  }
  return {
    clock,
    proxy,
    logged,
    query,
    parts: {
      clock,
      timers: realTimers,
      random: secureRandom,
      ids,
      log,
      store,
      reportStore: createReportStore(database.background),
    },
    commit,
    /** A merchant with an account at the sandbox. */
    async merchant(mode: 'test' | 'live' = 'test', connector = 'sandbox'): Promise<Scope> {
      const merchantId = trustedId<MerchantId>(`mer_${ids.timeOrdered()}`)
      await query(
        `insert into merchants (merchant_id, name, status, s2s_enabled, return_signing_secret, created_at, updated_at)
         values ($1, 'shop', 'active', true, '', 0, 0)`,
        [merchantId],
      )
      await query(
        `insert into connectors (merchant_id, connector_id, mode, connector, status, created_at)
         values ($1, $2, $3, $4, 'active', 0)`,
        [merchantId, `conn_${ids.timeOrdered()}`, mode, connector],
      )
      return { merchantId, mode }
    },
    /** A sale of 100.00; without an outcome, it is still under way. */
    async sale({ merchantId }: Scope, outcome: OperationOutcome | null = approval): Promise<PaymentRecord> {
      const payment = aPayment('processing', {
        merchantId,
        paymentId: trustedId<PaymentId>(ids.timeOrdered()),
        captureMethod: 'automatic',
        version: 1,
        createdAtMs: clock.now(),
      })
      const operation = newOperation(payment, 'authorize', payment.amountMinor, context(), { final: true })
      const events = [createdEvent(payment, context())]
      await store.create({ payment, operation, events, claim: null, answer: null })
      const record = { payment, operations: [operation] }
      return outcome === null ? record : commit(record, operation, outcome)
    },
    approval,
    async found({ payment }: PaymentRecord): Promise<PaymentRecord> {
      const record = await store.find({ merchantId: payment.merchantId, mode: payment.mode }, payment.paymentId)
      if (record === undefined) throw new Error(`${payment.paymentId} is gone`)
      return record
    },
    async cursor({ merchantId }: Scope): Promise<{ position: number; dueInMs: number } | undefined> {
      const [row] = await query('select position, due_at, lease_until from report_cursors where merchant_id = $1', [
        merchantId,
      ])
      return (
        row && { position: Number(row.position), dueInMs: Math.round((Number(row.due_at) - clock.now()) / 500) * 500 }
      )
    },
    async stop() {
      await store.drain()
      await database.close()
      await proxy.stop()
      await test.drop()
    },
  }
}

export type ReportTrack = Awaited<ReturnType<typeof createReportTrack>>
