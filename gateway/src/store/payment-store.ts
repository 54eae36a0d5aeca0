import { createBatcher } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import { isConnectionLoss, isDataError, isSerializationFailure } from '@tessera/lib/postgres-errors'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { Pool } from 'pg'
import type { PaymentStore } from '../core/ports/payment-store.ts'
import { createAuthenticationStore } from './authentications.ts'
import { type CommitBatcher, writeDecisions } from './commit-batch.ts'
import { type CreateBatcher, KeyFreed, writeNewPayments } from './create-batch.ts'
import { readKeys } from './idempotency-keys.ts'
import { listPage, listPayments } from './list-payments.ts'
import { createPaymentMethodStore } from './payment-methods.ts'
import { columnsOfRecord, type RecordRow, recordOf } from './payment-records.ts'

export interface StoreParts {
  /** For the batched writes: few connections, whose planner settings suit lookups by key. */
  hot: Pool
  /** For everything else. */
  cold: Pool
  clock: Clock
  timers: Timers
  random: Random
}

const selectRecord = `
select ${columnsOfRecord} from payments p where p.merchant_id = $1 and p.payment_id = $2 and p.mode = $3`

/** The condition on `payment_type` is that of the index. */
const selectHostedRecord = `
select ${columnsOfRecord} from payments p where p.payment_id = $1 and p.payment_type in ('single', 'initial')`

/** The condition on `kind` is that of the index. */
const selectRecordOfOperation = `
select ${columnsOfRecord}
from operations a join payments p on p.merchant_id = a.merchant_id and p.payment_id = a.payment_id
where a.merchant_id = $1 and a.operation_id = $2 and a.kind in ('authorize', 'capture') and p.mode = $3`

/** The payment store on PostgreSQL. `drain` waits for the writes under way; nothing may be submitted after it. */
export function createPaymentStore(parts: StoreParts): PaymentStore & { drain(): Promise<void>; queued(): number } {
  const { hot, cold, clock, timers, random } = parts
  const isRetryable = (error: unknown) => isSerializationFailure(error) || isConnectionLoss(error)
  // One lane: a statement costs about 0.6 ms before its first row, so on two cores half as many of twice the size are faster.
  const shared = { clock, timers, random, isPoison: isDataError, isRetryable, lanes: 1 }
  const creates: CreateBatcher = createBatcher({
    ...shared,
    name: 'create-payments',
    isRetryable: (error) => isRetryable(error) || error instanceof KeyFreed,
    write: (rows) => writeNewPayments(hot, rows),
  })
  const commits: CommitBatcher = createBatcher({
    ...shared,
    name: 'commit-decisions',
    // Two decisions on one payment never share a batch: each was made on a version, and only one can be the next.
    aggregateKey: ({ decision: { payment } }) => `${payment.merchantId} ${payment.paymentId}`,
    write: (rows) => writeDecisions(hot, rows),
  })

  return {
    create: (row) => creates.submit(row),
    commit: (row) => commits.submit(row),
    async find(scope, paymentId) {
      const result = await cold.query<RecordRow>({
        name: 'select-payment-record',
        text: selectRecord,
        values: [scope.merchantId, paymentId, scope.mode],
      })
      return result.rows[0] && recordOf(result.rows[0])
    },
    async findHosted(paymentId) {
      const result = await cold.query<RecordRow>({
        name: 'select-hosted-payment-record',
        text: selectHostedRecord,
        values: [paymentId],
      })
      return result.rows[0] && recordOf(result.rows[0])
    },
    async findByOperation(scope, operationId) {
      const result = await cold.query<RecordRow>({
        name: 'select-record-of-operation',
        text: selectRecordOfOperation,
        values: [scope.merchantId, operationId, scope.mode],
      })
      return result.rows[0] && recordOf(result.rows[0])
    },
    list: (scope, filter) => listPayments(cold, scope, filter),
    listPage: (scope, page) => listPage(cold, scope, page),
    async findKey(scope, key) {
      const keys = await readKeys(cold, [{ ...scope, key }])
      return keys.find(scope, key)
    },
    ...createAuthenticationStore(cold),
    ...createPaymentMethodStore(cold),
    async drain() {
      await creates.drain()
      await commits.drain()
    },
    queued: () => creates.queued + commits.queued,
  }
}
