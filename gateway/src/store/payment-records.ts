import type { PaymentRecord } from '../core/payments/payment.ts'
import { authenticationOf } from './authentication-rows.ts'
import { type JsonRow, operationOfRow, paymentOf } from './payment-rows.ts'

/** What `recordOf` reads, of payments `p`. */
export const columnsOfRecord = `row_to_json(p) as payment,
  (select json_agg(o order by o.created_at, o.operation_id) from operations o
   where o.merchant_id = p.merchant_id and o.payment_id = p.payment_id) as operations,
  case when p.authentication is not null then (select row_to_json(c) from authentications c
   where c.merchant_id = p.merchant_id and c.payment_id = p.payment_id
     and c.authentication_id = p.authentication ->> 'authenticationId') end as authentication`
export interface RecordRow {
  payment: JsonRow
  operations: JsonRow[] | null
  /** Looked up for those payments alone that speak of one. */
  authentication: JsonRow | null
}

export function recordOf(row: RecordRow): PaymentRecord {
  return {
    payment: paymentOf(row.payment),
    operations: (row.operations ?? []).map(operationOfRow),
    ...(row.authentication === null ? {} : { authentication: authenticationOf(row.authentication) }),
  }
}
