import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Pool } from 'pg'
import { type ConnectorId, type MerchantId, trustedId } from '../core/ids.ts'
import type { ReportStore } from '../core/ports/report-store.ts'

interface CursorRow {
  merchant_id: string
  mode: Mode
  connector_id: string
  connector: string
  position: string
  lease_until: string
}

const addCursors = `
insert into report_cursors (merchant_id, mode, connector_id, position, due_at)
select c.merchant_id, c.mode, c.connector_id, 0, $2::bigint from connectors c
where c.connector = any($1::text[]) and not exists (
  select from report_cursors r
  where r.merchant_id = c.merchant_id and r.mode = c.mode and r.connector_id = c.connector_id)
on conflict do nothing`

const claimCursors = `
update report_cursors r set lease_until = $1::bigint + $2::bigint
from (
  select merchant_id, mode, connector_id from report_cursors
  where due_at <= $1 and lease_until <= $1 order by due_at limit $3 for update skip locked
) d
join connectors c on c.merchant_id = d.merchant_id and c.connector_id = d.connector_id
where r.merchant_id = d.merchant_id and r.mode = d.mode and r.connector_id = d.connector_id
returning r.merchant_id, r.mode, r.connector_id, c.connector, r.position, r.lease_until`

/** Whoever comes back after its lease has read the same entries as its successor: the further position is the true one. */
const releaseCursor = `
update report_cursors set position = greatest(position, $4::bigint),
  due_at = case when lease_until = $5 then $6::bigint else due_at end,
  lease_until = case when lease_until = $5 then 0 else lease_until end
where merchant_id = $1 and mode = $2 and connector_id = $3`

export function createReportStore(pool: Pool): ReportStore {
  return {
    async addAccounts(connectors, nowMs) {
      await pool.query({ name: 'add-report-cursors', text: addCursors, values: [connectors, nowMs] })
    },
    async claim(nowMs, leaseMs, limit) {
      const result = await pool.query<CursorRow>({
        name: 'claim-report-cursors',
        text: claimCursors,
        values: [nowMs, leaseMs, limit],
      })
      return result.rows.map((row) => ({
        scope: { merchantId: trustedId<MerchantId>(row.merchant_id), mode: row.mode },
        connectorId: trustedId<ConnectorId>(row.connector_id),
        connector: row.connector,
        position: Number(row.position),
        leaseUntilMs: Number(row.lease_until),
      }))
    },
    async release({ scope, connectorId, leaseUntilMs }, { position, dueAtMs }) {
      await pool.query({
        name: 'release-report-cursor',
        text: releaseCursor,
        values: [scope.merchantId, scope.mode, connectorId, position, leaseUntilMs, dueAtMs],
      })
    },
  }
}
