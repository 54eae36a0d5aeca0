import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Pool } from 'pg'
import type { OperationId, PaymentId } from '../core/ids.ts'
import type { IdempotencyRecord } from '../core/ports/payment-store.ts'

interface KeyRow {
  merchant_id: string
  mode: string
  key: string
  fingerprint: string
  payment_id: string | null
  operation_id: string | null
  status: number | null
  body: string | null
}

const selectKeys = `
select k.merchant_id, k.mode, k.key, k.fingerprint, k.payment_id, k.operation_id, k.status, k.body
from unnest($1::text[], $2::text[], $3::text[]) as i(merchant_id, mode, key)
join idempotency_keys k on k.merchant_id = i.merchant_id and k.mode = i.mode and k.key = i.key`

/** Reads the keys of several requests in one statement. */
export async function readKeys(
  pool: Pool,
  wanted: readonly { merchantId: string; mode: Mode; key: string }[],
): Promise<{ find(owner: { merchantId: string; mode: Mode }, key: string): IdempotencyRecord | undefined }> {
  const result = await pool.query<KeyRow>({
    name: 'select-idempotency-keys',
    text: selectKeys,
    values: [wanted.map((each) => each.merchantId), wanted.map((each) => each.mode), wanted.map((each) => each.key)],
  })
  const records = new Map(result.rows.map((row) => [nameOf(row.merchant_id, row.mode, row.key), recordOf(row)]))
  return { find: (owner, key) => records.get(nameOf(owner.merchantId, owner.mode, key)) }
}

const nameOf = (merchantId: string, mode: string, key: string) => `${merchantId} ${mode} ${key}`

function recordOf(row: KeyRow): IdempotencyRecord {
  return {
    fingerprint: row.fingerprint,
    paymentId: row.payment_id as PaymentId | null,
    operationId: row.operation_id as OperationId | null,
    answer: row.status === null || row.body === null ? null : { status: row.status, body: row.body },
  }
}
