import { recordAfter } from '../payments/decision.ts'
import type { Payment, PaymentRecord } from '../payments/payment.ts'
import type {
  CommitOutcome,
  IdempotencyRecord,
  NewPayment,
  PaymentCommit,
  PaymentStore,
  Scope,
} from '../ports/payment-store.ts'

/** The payments of one test, in memory, with the promises of the real store: versions, and one key once. */
export class MemoryPayments implements Pick<PaymentStore, 'create' | 'commit' | 'find' | 'findKey'> {
  readonly records = new Map<string, PaymentRecord>()
  readonly keys = new Map<string, IdempotencyRecord>()
  readonly commits: PaymentCommit[] = []
  /** Called before each commit: what somebody else does in that moment. */
  meanwhile: () => void = () => undefined
  /** So many commits count, and are answered as if they did not: their reply was lost, and they ran again. */
  lostReplies = 0

  async create(row: NewPayment): Promise<{ kind: 'created' } | { kind: 'key_taken'; record: IdempotencyRecord }> {
    const taken = row.claim === null ? undefined : this.keys.get(row.claim.key)
    if (taken !== undefined) return { kind: 'key_taken', record: taken }
    const { payment, operation, claim, answer } = row
    this.records.set(payment.paymentId, { payment, operations: operation === null ? [] : [operation] })
    if (claim !== null) {
      const { paymentId } = payment
      const operationId = operation?.operationId ?? null
      this.keys.set(claim.key, { fingerprint: claim.fingerprint, paymentId, operationId, answer })
    }
    return { kind: 'created' }
  }

  async commit(row: PaymentCommit): Promise<CommitOutcome> {
    this.meanwhile()
    const { decision, claim, answer } = row
    const { paymentId } = decision.payment
    const record = this.records.get(paymentId)
    const taken = claim === null ? undefined : this.keys.get(claim.claim.key)
    if (taken !== undefined) return { kind: 'key_taken', record: taken }
    if (record?.payment.version !== decision.expectedVersion) return { kind: 'stale' }
    this.commits.push(row)
    this.records.set(paymentId, recordAfter(record, decision))
    if (claim !== null) {
      const { key, fingerprint } = claim.claim
      this.keys.set(key, { fingerprint, paymentId, operationId: claim.operationId, answer: null })
    }
    const known = answer === null ? undefined : this.keys.get(answer.key)
    if (known !== undefined && answer !== null) known.answer = { status: answer.status, body: answer.body }
    if (this.lostReplies === 0) return { kind: 'committed' }
    this.lostReplies -= 1
    return { kind: 'stale' }
  }

  async find({ merchantId, mode }: Scope, paymentId: string): Promise<PaymentRecord | undefined> {
    const record = this.records.get(paymentId)
    return record?.payment.merchantId === merchantId && record.payment.mode === mode ? record : undefined
  }

  async findKey(_scope: Scope, key: string): Promise<IdempotencyRecord | undefined> {
    return this.keys.get(key)
  }

  /** A payment that is there already. */
  put(record: PaymentRecord): void {
    this.records.set(record.payment.paymentId, record)
  }

  /** Somebody else has written to the payment, `changes` or nothing that matters. */
  touch(paymentId: string, changes: Partial<Payment> = {}): void {
    const record = this.records.get(paymentId) as PaymentRecord
    this.records.set(paymentId, {
      ...record,
      payment: { ...record.payment, ...changes, version: record.payment.version + 1 },
    })
  }
}
