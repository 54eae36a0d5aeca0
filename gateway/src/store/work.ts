import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Pool } from 'pg'
import { type MerchantId, type OperationId, type PaymentId, trustedId } from '../core/ids.ts'
import type { OperationKind, OperationState } from '../core/payments/payment.ts'
import type { WorkStore } from '../core/ports/payment-store.ts'
import { placeWaitingEvents } from './event-feed.ts'

interface OwnedRow {
  merchant_id: string
  mode: Mode
}
const scopeOf = (row: OwnedRow) => ({ merchantId: trustedId<MerchantId>(row.merchant_id), mode: row.mode })

/** Claimed by state and lease, never by a cursor over ids: a late committer would be lost behind it. */
const claimOperations = `
update operations o set lease_until = $1::bigint + $2::bigint
from (
  select merchant_id, payment_id, operation_id from operations
  where due_at <= $1 and lease_until <= $1 order by due_at limit $3 for update skip locked
) d
where o.merchant_id = d.merchant_id and o.payment_id = d.payment_id and o.operation_id = d.operation_id
returning o.merchant_id, o.mode, o.payment_id, o.operation_id`

const claimSettlements = `
update card_settlements s set lease_until = $1::bigint + $2::bigint, tries = s.tries + 1
from (
  select merchant_id, card_id from card_settlements
  where due_at <= $1 and lease_until <= $1 order by due_at limit $3 for update skip locked
) d
where s.merchant_id = d.merchant_id and s.card_id = d.card_id
returning s.merchant_id, s.mode, s.card_id, s.tries, s.lease_until, exists (
  select from payment_methods m where m.merchant_id = s.merchant_id and m.card_id = s.card_id) as referred`

const claimsToRelease = `
select i.merchant_id, i.attempt_id, o.operation_id is not null as is_known
from unnest($1::text[], $2::text[]) as i(merchant_id, attempt_id)
left join operations o on o.merchant_id = i.merchant_id and o.operation_id = i.attempt_id and o.kind = 'authorize'
left join payments p on p.merchant_id = o.merchant_id and p.payment_id = o.payment_id
where (o.operation_id is null
    or (o.state in ('approved', 'declined') and p.state not in ('processing', 'requires_action')))
  and not exists (
    select from payments h
    where h.merchant_id = i.merchant_id and h.held is not null and h.held ->> 'attemptId' = i.attempt_id)`

interface SettlementRow extends OwnedRow {
  card_id: string
  tries: number
  referred: boolean
  lease_until: string
}

/** Whoever decides a card's fate anew ends the lease: what was claimed before that is no longer the whole story. */
const stillLeased = 'where merchant_id = $1 and card_id = $2 and lease_until = $3'

/** What the worker takes from the database and puts back. */
export function createWorkStore(pool: Pool): WorkStore {
  return {
    async claimDueOperations(nowMs, leaseMs, limit) {
      const result = await pool.query<OwnedRow & { payment_id: string; operation_id: string }>({
        name: 'claim-operations',
        text: claimOperations,
        values: [nowMs, leaseMs, limit],
      })
      return result.rows.map((row) => ({
        scope: scopeOf(row),
        paymentId: trustedId<PaymentId>(row.payment_id),
        operationId: trustedId<OperationId>(row.operation_id),
      }))
    },
    async findDuePayments(nowMs, limit) {
      const result = await pool.query<OwnedRow & { payment_id: string }>({
        name: 'select-due-payments',
        text: 'select merchant_id, mode, payment_id from payments where due_at <= $1 order by due_at limit $2',
        values: [nowMs, limit],
      })
      return result.rows.map((row) => ({ scope: scopeOf(row), paymentId: trustedId<PaymentId>(row.payment_id) }))
    },
    async countOpenOperations() {
      const result = await pool.query<{ kind: OperationKind; state: OperationState; count: string; oldest: string }>(
        'select kind, state, count(*), min(created_at) as oldest from operations where due_at is not null group by kind, state',
      )
      return result.rows.map((row) => ({
        kind: row.kind,
        state: row.state,
        count: Number(row.count),
        oldestCreatedAtMs: Number(row.oldest),
      }))
    },
    async postponeOperation(scope, paymentId, operationId, dueAtMs) {
      await pool.query(
        `update operations set due_at = $4, lease_until = 0
         where merchant_id = $1 and payment_id = $2 and operation_id = $3 and due_at is not null`,
        [scope.merchantId, paymentId, operationId, dueAtMs],
      )
    },
    async claimCardSettlements(nowMs, leaseMs, limit) {
      const result = await pool.query<SettlementRow>({
        name: 'claim-card-settlements',
        text: claimSettlements,
        values: [nowMs, leaseMs, limit],
      })
      return result.rows.map((row) => ({
        scope: scopeOf(row),
        cardId: row.card_id,
        tries: row.tries,
        referred: row.referred,
        leaseUntilMs: Number(row.lease_until),
      }))
    },
    async finishCardSettlement({ scope, cardId, leaseUntilMs }) {
      await pool.query(`delete from card_settlements ${stillLeased}`, [scope.merchantId, cardId, leaseUntilMs])
    },
    async postponeCardSettlement({ scope, cardId, leaseUntilMs }, dueAtMs) {
      await pool.query(`update card_settlements set due_at = $4, lease_until = 0 ${stillLeased}`, [
        scope.merchantId,
        cardId,
        leaseUntilMs,
        dueAtMs,
      ])
    },
    async findClaimsToRelease(attempts) {
      const result = await pool.query<{ merchant_id: string; attempt_id: string; is_known: boolean }>({
        name: 'find-claims-to-release',
        text: claimsToRelease,
        values: [attempts.map((each) => each.merchantId), attempts.map((each) => each.attemptId)],
      })
      return result.rows.map(({ merchant_id, attempt_id, is_known }) => ({
        merchantId: merchant_id,
        attemptId: attempt_id,
        reason: is_known ? 'ended' : 'unused',
      }))
    },
    placeEvents: (limit) => placeWaitingEvents(pool, limit),
    async purge(beforeMs, limit) {
      const keys = await pool.query(
        `delete from idempotency_keys k using (
           select merchant_id, mode, key from idempotency_keys where created_at < $1 order by created_at limit $2) d
         where k.merchant_id = d.merchant_id and k.mode = d.mode and k.key = d.key`,
        [beforeMs, limit],
      )
      return keys.rowCount ?? 0
    },
  }
}
