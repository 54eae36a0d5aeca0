import type { Pool } from 'pg'
import type { DeliveryResult } from '../core/webhooks/delivery.ts'

/**
 * Results of a batch in one statement. A result counts only for the try that it was claimed for: a worker that comes late,
 * or the same batch run twice, changes nothing. What was asked for again during the try stays due. Endpoints are written only
 * where their health really changed, so that a healthy one costs nothing. (`case`: as conditions of their own, state and tries
 * look so rare to a planner that has not seen the table grow that it would search all of it for them.)
 */
const recordResults = `
with r as materialized (
  select * from json_to_recordset($1::json) as r(merchant_id text, event_id text, endpoint_id text, try integer, state text,
    due_at bigint, claimed_due_at bigint, status integer, error text, response_start text, duration_ms integer, started_at bigint)
), d as (
  update deliveries d set
    state = case when d.due_at <> r.claimed_due_at then 'waiting' else r.state end,
    due_at = case when d.due_at <> r.claimed_due_at then d.due_at else r.due_at end,
    tries = r.try, lease_until = 0, last_status = r.status, last_error = r.error, updated_at = r.started_at + r.duration_ms
  from r
  where d.merchant_id = r.merchant_id and d.event_id = r.event_id and d.endpoint_id = r.endpoint_id
    and case d.state when 'waiting' then d.tries = r.try - 1 end
  returning d.merchant_id, d.event_id, d.endpoint_id
), t as (
  insert into delivery_tries (merchant_id, event_id, endpoint_id, try, status, error, response_start, duration_ms, created_at)
  select r.merchant_id, r.event_id, r.endpoint_id, r.try, r.status, r.error, r.response_start, r.duration_ms, r.started_at
  from r join d on d.merchant_id = r.merchant_id and d.event_id = r.event_id and d.endpoint_id = r.endpoint_id
  on conflict do nothing
), h as materialized (
  select * from json_to_recordset($2::json) as h(merchant_id text, endpoint_id text, succeeded boolean, failing_since bigint,
    disable text, disable_if_failing_since bigint, at bigint)
)
update webhook_endpoints w set
  failing_since = case when h.succeeded then h.failing_since else coalesce(w.failing_since, h.failing_since) end,
  status = case when ${disables()} then 'disabled' else w.status end,
  disabled_reason = case when ${disables()} then h.disable else w.disabled_reason end,
  updated_at = case when ${disables()} then h.at else w.updated_at end
from h
where w.merchant_id = h.merchant_id and w.endpoint_id = h.endpoint_id and (
  (h.succeeded and w.failing_since is distinct from h.failing_since)
  or (not h.succeeded and w.failing_since is null)
  or ${disables()})`

function disables(): string {
  return `(w.status = 'enabled' and h.disable is not null
    and (h.disable_if_failing_since is null or w.failing_since = h.disable_if_failing_since))`
}

export async function writeDeliveryResults(pool: Pool, results: readonly DeliveryResult[]): Promise<undefined[]> {
  await pool.query({
    name: 'record-deliveries',
    text: recordResults,
    values: [JSON.stringify(results.map(resultRow)), JSON.stringify(healthRows(results))],
  })
  return results.map(() => undefined)
}

function resultRow({ state, dueAtMs, claimedDueAtMs, log }: DeliveryResult): Record<string, unknown> {
  return {
    merchant_id: log.merchantId,
    event_id: log.eventId,
    endpoint_id: log.endpointId,
    try: log.try,
    state,
    due_at: dueAtMs,
    claimed_due_at: claimedDueAtMs,
    status: log.status,
    error: log.error,
    response_start: log.responseStart,
    duration_ms: Math.round(log.durationMs),
    started_at: log.atMs,
  }
}

interface HealthRow {
  merchant_id: string
  endpoint_id: string
  succeeded: boolean
  /** The first failure after the last success of the batch. */
  failing_since: number | null
  disable: 'gone' | 'failing' | 'exhausted' | null
  disable_if_failing_since: number | null
  at: number
}

/** One row per endpoint: an update that met the same row twice would apply only one of them. */
function healthRows(results: readonly DeliveryResult[]): HealthRow[] {
  const rows = new Map<string, HealthRow>()
  for (const { log, endpoint } of results) {
    const row = rows.get(log.endpointId) ?? healthOf(log)
    rows.set(log.endpointId, row)
    if (!endpoint.failed) {
      row.succeeded = true
      row.failing_since = null
    } else {
      row.failing_since ??= log.atMs
    }
    if (endpoint.disable !== null) {
      row.disable = endpoint.disable.reason
      row.disable_if_failing_since = endpoint.disable.failingSinceMs
    }
  }
  return [...rows.values()].map(withoutBrokenRow)
}

/** A success anywhere in the batch breaks the row of failures. */
function withoutBrokenRow(row: HealthRow): HealthRow {
  return row.succeeded && row.disable === 'failing' ? { ...row, disable: null } : row
}

function healthOf(log: DeliveryResult['log']): HealthRow {
  return {
    merchant_id: log.merchantId,
    endpoint_id: log.endpointId,
    succeeded: false,
    failing_since: null,
    disable: null,
    disable_if_failing_since: null,
    at: log.atMs,
  }
}
