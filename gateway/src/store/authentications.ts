import type { Pool } from 'pg'
import type { AuthenticationRecord, PaymentStore } from '../core/ports/payment-store.ts'
import { authenticationOf } from './authentication-rows.ts'
import { columnsOfRecord, type RecordRow, recordOf } from './payment-records.ts'
import type { JsonRow } from './payment-rows.ts'

/** Without a merchant: whoever asks knows a secret or a transaction that names no merchant. */
const selectWhere = (column: string) => `
select row_to_json(a) as found, ${columnsOfRecord}
from authentications a join payments p on p.merchant_id = a.merchant_id and p.payment_id = a.payment_id
where a.${column} = $1`

export function createAuthenticationStore(pool: Pool): Pick<PaymentStore, 'findBySession' | 'findByAuthentication'> {
  const find = async (name: string, text: string, value: string): Promise<AuthenticationRecord | undefined> => {
    const result = await pool.query<RecordRow & { found: JsonRow }>({ name, text, values: [value] })
    const [row] = result.rows
    return row && { record: recordOf(row), authentication: authenticationOf(row.found) }
  }
  return {
    findBySession: (digest) => find('select-record-of-session', selectWhere('session_digest'), digest),
    findByAuthentication: (id) => find('select-record-of-authentication', selectWhere('authentication_id'), id),
  }
}
