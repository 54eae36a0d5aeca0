import type { Pool } from 'pg'
import { type MerchantId, type PaymentId, trustedId } from '../core/ids.ts'
import type { DueReceipt, ReceiptStore } from '../core/ports/receipt-store.ts'

/** A receipt that was sent stays so; one that was given up is expected anew with the next card. */
const expect = `
insert into receipts (merchant_id, payment_id, tries, due_at, created_at) values ($1, $2, 0, $3, $3)
on conflict (merchant_id, payment_id) do update set due_at = excluded.due_at, tries = 0
where receipts.sent_at is null`

const claim = `
update receipts r set lease_until = $1::bigint + $2
from (
  select merchant_id, payment_id from receipts where due_at <= $1 and lease_until <= $1
  order by due_at limit $3 for update skip locked
) due
where r.merchant_id = due.merchant_id and r.payment_id = due.payment_id
returning r.merchant_id, r.payment_id, r.tries, r.created_at, r.due_at, r.lease_until`

/** Whoever lost the lease changes nothing. */
const ofLeaseHolder = 'where merchant_id = $1 and payment_id = $2 and lease_until = $3'
const finish = `update receipts set lease_until = 0, due_at = null, sent_at = $4 ${ofLeaseHolder}`
/** One that was expected anew during the lease stays due. */
const decide = `
update receipts set lease_until = 0,
  due_at = case when due_at <> $4 then due_at else $5 end,
  tries = case when due_at <> $4 then tries else $6 end
${ofLeaseHolder}`

interface ReceiptRow {
  merchant_id: string
  payment_id: string
  tries: number
  created_at: string
  due_at: string
  lease_until: string
}

export function createReceiptStore(pool: Pool): ReceiptStore {
  const keyOf = ({ merchantId, paymentId, leaseUntilMs }: DueReceipt) => [merchantId, paymentId, leaseUntilMs]
  return {
    async expect({ merchantId, paymentId }, nowMs) {
      await pool.query(expect, [merchantId, paymentId, nowMs])
    },
    async claim(nowMs, leaseMs, limit) {
      const { rows } = await pool.query<ReceiptRow>(claim, [nowMs, leaseMs, limit])
      return rows.map((row) => ({
        merchantId: trustedId<MerchantId>(row.merchant_id),
        paymentId: trustedId<PaymentId>(row.payment_id),
        tries: row.tries,
        createdAtMs: Number(row.created_at),
        dueAtMs: Number(row.due_at),
        leaseUntilMs: Number(row.lease_until),
      }))
    },
    async finish(due, nowMs) {
      await pool.query(finish, [...keyOf(due), nowMs])
    },
    async postpone(due, { dueAtMs, tries }) {
      await pool.query(decide, [...keyOf(due), due.dueAtMs, dueAtMs, tries])
    },
    async giveUp(due) {
      await pool.query(decide, [...keyOf(due), due.dueAtMs, null, due.tries])
    },
  }
}
