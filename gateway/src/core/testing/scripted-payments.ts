import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { type PaymentId, trustedId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import { newOperation } from '../payments/operation.ts'
import type { Operation, OperationKind, OperationState, Payment, PaymentRecord } from '../payments/payment.ts'
import type { Answered, CreatePayment, PaymentChange, Payments, WriteRequest } from '../payments/payments.ts'
import type { PaymentState } from '../payments/states.ts'
import type { PaymentFilter } from '../ports/payment-store.ts'
import { accept, type Refusal, type Result, refuse } from '../refusals.ts'
import { aPayment } from './payments.ts'

/** What the next write comes to; without it, everything succeeds. */
export interface Script {
  refusal?: Refusal
  failure?: Error
  payment?: Partial<Payment>
  operation?: Partial<Operation>
}

/**
 * The engine's use cases without the engine: they do as they are told and note what they were asked. For tests of the wire
 * alone; the rules are tested with the real engine.
 */
export class ScriptedPayments implements Payments {
  readonly records = new Map<string, PaymentRecord>()
  readonly created: CreatePayment[] = []
  readonly changes: { kind: string; command: unknown; claim: WriteRequest['claim'] }[] = []
  readonly filters: PaymentFilter[] = []
  next: Script = {}
  readonly #answers = new Map<string, Answered>()
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(parts: { clock: Clock; ids: Ids }) {
    this.#clock = parts.clock
    this.#ids = parts.ids
  }

  async create(caller: Caller, command: CreatePayment, request: WriteRequest): Promise<Result<Answered>> {
    this.created.push(command)
    return this.#write(caller, request, () => {
      const { money, order: _order, source, captureMethod, flowId, ...rest } = command
      const payment = this.#put(caller, stateAfter(command), {
        ...rest,
        ...money,
        flowId: flowId ?? trustedId('flow_default'),
        captureMethod: captureMethod ?? 'automatic',
        paymentType: typeOf(command),
        card: source === null ? null : aPayment('captured').card,
      })
      return { record: { payment, operations: [] }, operation: null }
    })
  }

  capture(caller: Caller, id: PaymentId, command: unknown, request: WriteRequest) {
    return this.#modify('capture', caller, id, command, request)
  }

  void(caller: Caller, id: PaymentId, command: unknown, request: WriteRequest) {
    return this.#modify('reversal', caller, id, command, request)
  }

  refund(caller: Caller, id: PaymentId, command: unknown, request: WriteRequest) {
    return this.#modify('refund', caller, id, command, request)
  }

  async confirm(caller: Caller, id: PaymentId, request: WriteRequest) {
    return this.#modify('authorize', caller, id, null, request)
  }

  async update(caller: Caller, id: PaymentId, change: PaymentChange, request: WriteRequest) {
    return this.#modify(null, caller, id, change, request)
  }

  async find(caller: Caller, id: PaymentId): Promise<Result<PaymentRecord>> {
    const record = this.#recordOf(caller, id)
    return record === undefined ? refuse({ refusal: 'not_found', what: 'payment' }) : accept(record)
  }

  async list(caller: Caller, filter: PaymentFilter) {
    this.filters.push(filter)
    const owned = [...this.records.values()].filter(({ payment }) => isOf(caller, payment))
    const payments = owned.map(({ payment }) => payment).toReversed()
    return { payments: payments.slice(0, filter.limit), hasMore: payments.length > filter.limit }
  }

  async listPage(caller: Caller, { page, limit }: { page: number; limit: number }) {
    const owned = [...this.records.values()].filter(({ payment }) => isOf(caller, payment)).toReversed()
    return { records: owned.slice((page - 1) * limit, page * limit), total: owned.length }
  }

  /** A payment that is there already. */
  has(caller: Caller, state: PaymentState, changes: Partial<Payment> = {}): Payment {
    return this.#put(caller, state, changes)
  }

  hasOperation(payment: Payment, kind: OperationKind, state: OperationState, amountMinor: number): Operation {
    const operation = this.#operation(payment, kind, { state, amountMinor } as Partial<Operation>)
    this.records.get(payment.paymentId)?.operations.push(operation)
    return operation
  }

  /** `kind` is null where nothing is asked of an acquirer. */
  #modify(kind: OperationKind | null, caller: Caller, id: PaymentId, command: unknown, request: WriteRequest) {
    this.changes.push({ kind: kind ?? 'update', command, claim: request.claim })
    return this.#write(caller, request, () => {
      const record = this.#recordOf(caller, id)
      if (record === undefined) return { refusal: 'not_found', what: 'payment' }
      const payment = { ...record.payment, ...this.next.payment }
      if (kind === null) return { record: { payment, operations: record.operations }, operation: null }
      const operation = this.#operation(payment, kind, { state: 'approved', ...this.next.operation })
      return { record: { payment, operations: [...record.operations, operation] }, operation }
    })
  }

  async #write(
    caller: Caller,
    request: WriteRequest,
    perform: () => { record: PaymentRecord; operation: Operation | null } | Refusal,
  ): Promise<Result<Answered>> {
    if (this.next.failure !== undefined) throw this.next.failure
    if (this.next.refusal !== undefined) return refuse(this.next.refusal)
    const key = `${caller.merchant.merchantId}/${caller.mode}/${request.claim?.key}`
    const known = request.claim === null ? undefined : this.#answers.get(`${key}/${request.claim.fingerprint}`)
    if (known !== undefined) return accept({ ...known, replayed: true, acquirerMs: 0 })
    const done = perform()
    if ('refusal' in done) return refuse(done)
    const answered = { answer: request.answer(done.record, done.operation), replayed: false, acquirerMs: 12.34 }
    this.#answers.set(`${key}/${request.claim?.fingerprint}`, answered)
    return accept(answered)
  }

  #put(caller: Caller, state: PaymentState, changes: Partial<Payment>): Payment {
    const payment = aPayment(state, {
      createdAtMs: this.#clock.now(),
      updatedAtMs: this.#clock.now(),
      ...changes,
      ...this.next.payment,
      merchantId: caller.merchant.merchantId,
      mode: caller.mode,
      paymentId: trustedId<PaymentId>(this.#ids.timeOrdered()),
    })
    this.records.set(payment.paymentId, { payment, operations: [] })
    return payment
  }

  #operation(payment: Payment, kind: OperationKind, changes: Partial<Operation>): Operation {
    const context = { nowMs: this.#clock.now(), newId: (prefix: string) => `${prefix}_${this.#ids.timeOrdered()}` }
    return { ...newOperation(payment, kind, payment.amountMinor, context), ...changes }
  }

  #recordOf(caller: Caller, id: PaymentId): PaymentRecord | undefined {
    const record = this.records.get(id)
    return record !== undefined && isOf(caller, record.payment) ? record : undefined
  }
}

function isOf(caller: Caller, payment: Payment): boolean {
  return payment.merchantId === caller.merchant.merchantId && payment.mode === caller.mode
}

function stateAfter(command: CreatePayment): PaymentState {
  if (command.source === null) return 'created'
  return command.captureMethod === 'manual' ? 'authorized' : 'captured'
}

function typeOf(command: CreatePayment): Payment['paymentType'] {
  if (command.source === null) return command.saveCard ? 'initial' : 'single'
  return command.source.kind === 'token' ? 'token' : 'recurring'
}
