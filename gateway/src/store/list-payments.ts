import type { Pool } from 'pg'
import type { Payment, PaymentRecord } from '../core/payments/payment.ts'
import type { PaymentFilter, Scope } from '../core/ports/payment-store.ts'
import { columnsOfRecord, type RecordRow, recordOf } from './payment-records.ts'
import { type JsonRow, paymentOf } from './payment-rows.ts'

const refundConditions = {
  none: 'refunded_minor = 0',
  partial: 'refunded_minor > 0 and refunded_minor < captured_minor',
  full: 'refunded_minor > 0 and refunded_minor = captured_minor',
}

/** Newest first: payment ids sort by the time they were made. One row more than asked for tells whether there are more. */
export async function listPayments(
  pool: Pool,
  scope: Scope,
  filter: PaymentFilter,
): Promise<{ payments: Payment[]; hasMore: boolean }> {
  const values: unknown[] = [scope.merchantId, scope.mode]
  const conditions = ['merchant_id = $1', 'mode = $2']
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === null) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  where((parameter) => `payment_id < ${parameter}`, filter.startingAfter)
  where((parameter) => `external_id = ${parameter}`, filter.externalId)
  where((parameter) => `customer_id = ${parameter}`, filter.customerId)
  where((parameter) => `created_at >= ${parameter}`, filter.createdFromMs)
  where((parameter) => `created_at <= ${parameter}`, filter.createdToMs)
  if (filter.states !== null) {
    const alternatives = filter.states.map(({ state, refunds }) => {
      values.push(state)
      return `(state = $${values.length}${refunds ? ` and ${refundConditions[refunds]}` : ''})`
    })
    conditions.push(`(${alternatives.join(' or ')})`)
  }
  values.push(filter.limit + 1)
  const result = await pool.query<{ payment: JsonRow }>(
    `select row_to_json(p) as payment from payments p where ${conditions.join(' and ')}
     order by payment_id desc limit $${values.length}`,
    values,
  )
  const payments = result.rows.slice(0, filter.limit).map((row) => paymentOf(row.payment))
  return { payments, hasMore: result.rows.length > filter.limit }
}

/** Two statements: what is made between them moves the pages anyway. */
export async function listPage(
  pool: Pool,
  scope: Scope,
  { page, limit }: { page: number; limit: number },
): Promise<{ records: PaymentRecord[]; total: number }> {
  const owner = [scope.merchantId, scope.mode]
  const rows = await pool.query<RecordRow>(
    `select ${columnsOfRecord} from (
       select * from payments where merchant_id = $1 and mode = $2 order by payment_id desc limit $3 offset $4
     ) p order by p.payment_id desc`,
    [...owner, limit, (page - 1) * limit],
  )
  const count = await pool.query<{ total: string }>(
    'select count(*) as total from payments where merchant_id = $1 and mode = $2',
    owner,
  )
  return { records: rows.rows.map(recordOf), total: Number(count.rows[0]?.total) }
}
