import type { Pool } from 'pg'
import type { PaymentMethod } from '../core/customers/payment-method.ts'
import type { PaymentStore } from '../core/ports/payment-store.ts'
import type { JsonRow } from './payment-rows.ts'

type PaymentMethodStore = Pick<
  PaymentStore,
  | 'findPaymentMethod'
  | 'findLatestPaymentMethod'
  | 'listPaymentMethods'
  | 'setPaymentMethodStatus'
  | 'deletePaymentMethod'
>

/** The card saved last is the customer's default. */
const columns = `
row_to_json(m) as method, m.payment_method_id = (
  select l.payment_method_id from payment_methods l
  where l.merchant_id = m.merchant_id and l.mode = m.mode and l.customer_id = m.customer_id
  order by l.saved_at desc, l.payment_method_id desc limit 1) as is_default`
const select = `select ${columns} from payment_methods m`
const byId = 'where m.merchant_id = $1 and m.payment_method_id = $2 and m.mode = $3'

/** Answers the row as this very statement left it: read afterwards, it may be another request's. */
const setStatus = `
update payment_methods m set status = $4, blocked_reason = $5, updated_at = $6 ${byId} returning ${columns}`

const remove = `
with gone as (
  delete from payment_methods m ${byId} returning m.*
), settle as (
  insert into card_settlements (merchant_id, card_id, mode, tries, due_at)
  select merchant_id, card_id, mode, 0, $4::bigint from gone
  on conflict (merchant_id, card_id) do update set due_at = excluded.due_at, tries = 0, lease_until = 0
)
select row_to_json(gone) as method, false as is_default from gone`

interface MethodRow {
  method: JsonRow
  is_default: boolean
}

/** Saved cards: reads and the merchant's own changes. They are written by the commit of the payment that saves them. */
export function createPaymentMethodStore(pool: Pool): PaymentMethodStore {
  return {
    async findPaymentMethod(scope, id) {
      const result = await pool.query<MethodRow>({
        name: 'select-payment-method',
        text: `${select} ${byId}`,
        values: [scope.merchantId, id, scope.mode],
      })
      return result.rows[0] && methodOf(result.rows[0])
    },
    async findLatestPaymentMethod(scope, customerId) {
      const result = await pool.query<MethodRow>({
        name: 'select-latest-payment-method',
        text: `${select} where m.merchant_id = $1 and m.mode = $2 and m.customer_id = $3 and m.status = 'active'
          order by m.saved_at desc, m.payment_method_id desc limit 1`,
        values: [scope.merchantId, scope.mode, customerId],
      })
      return result.rows[0] && methodOf(result.rows[0])
    },
    async listPaymentMethods(scope, customerId) {
      const result = await pool.query<MethodRow>(
        `${select} where m.merchant_id = $1 and m.mode = $2 and m.customer_id = $3
         order by m.saved_at desc, m.payment_method_id desc limit 100`,
        [scope.merchantId, scope.mode, customerId],
      )
      return result.rows.map(methodOf)
    },
    async setPaymentMethodStatus(scope, id, change) {
      const { status, blockedReason, nowMs } = change
      const result = await pool.query<MethodRow>(setStatus, [
        scope.merchantId,
        id,
        scope.mode,
        status,
        blockedReason,
        nowMs,
      ])
      return result.rows[0] && methodOf(result.rows[0])
    },
    async deletePaymentMethod(scope, id, nowMs) {
      const result = await pool.query<MethodRow>(remove, [scope.merchantId, id, scope.mode, nowMs])
      return result.rows[0] && methodOf(result.rows[0])
    },
  }
}

function methodOf({ method: row, is_default: isDefault }: MethodRow): PaymentMethod {
  return {
    merchantId: row.merchant_id,
    paymentMethodId: row.payment_method_id,
    mode: row.mode,
    customerId: row.customer_id,
    cardId: row.card_id,
    fingerprintId: row.fingerprint_id,
    connectorId: row.connector_id,
    card: row.card,
    networkTransactionId: row.network_transaction_id,
    status: row.status,
    blockedReason: row.blocked_reason,
    isDefault,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}
