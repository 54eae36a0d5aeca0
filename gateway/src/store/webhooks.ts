import type { Pool } from 'pg'
import type { DeliveryTry } from '../core/webhooks/delivery.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import type { WebhookStore } from '../core/webhooks/ports.ts'
import type { Sealer } from '../lib/sealing.ts'
import { drawBacklog } from './deliveries.ts'
import { findEvent, listEvents } from './event-feed.ts'
import { subjectIdOf } from './event-rows.ts'
import type { JsonRow } from './payment-rows.ts'
import { createEndpointRows } from './webhook-endpoints.ts'

const wokenAtOnce = 5_000
const wakingRounds = 20

/** Endpoints, their log and the event feed, for the API. */
export function createWebhookStore(parts: { pool: Pool; sealer: Sealer }): WebhookStore {
  const { pool } = parts
  return {
    ...createEndpointRows({ ...parts, wake: (endpoint, nowMs) => wake(pool, endpoint, nowMs) }),

    async listTries(scope, endpointId, limit) {
      const result = await pool.query<{ log: JsonRow }>(selectTries, [scope.merchantId, endpointId, scope.mode, limit])
      return result.rows.map((row) => tryOf(row.log))
    },

    findEvent: (scope, eventId) => findEvent(pool, scope, eventId),
    listEvents: (scope, filter) => listEvents(pool, scope, filter),

    async resend(scope, event, endpointId, nowMs) {
      const result = await pool.query(upsertDeliveries, [
        scope.merchantId,
        event.eventId,
        subjectIdOf(event),
        event.sequence,
        scope.mode,
        event.type,
        endpointId,
        nowMs,
      ])
      return result.rowCount ?? 0
    },
  }
}

const selectTries = `
select to_json(t) as log from delivery_tries t
where merchant_id = $1 and endpoint_id = $2
  and exists (select from webhook_endpoints w where w.merchant_id = $1 and w.endpoint_id = $2 and w.mode = $3)
order by created_at desc, event_id, try desc limit $4`

function tryOf(row: JsonRow): DeliveryTry {
  return {
    merchantId: row.merchant_id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    try: row.try,
    status: row.status,
    error: row.error,
    responseStart: row.response_start,
    durationMs: row.duration_ms,
    atMs: row.created_at,
  }
}

/** A delivery that exists keeps its tries; one that is being sent right now keeps its lease, and is not sent twice at once. */
const upsertDeliveries = `
insert into deliveries (merchant_id, event_id, endpoint_id, payment_id, sequence, mode, state, tries, due_at, created_at, updated_at)
select $1, $2, w.endpoint_id, $3, $4, $5, 'waiting', 0, $8, $8, $8
from webhook_endpoints w
where w.merchant_id = $1 and w.mode = $5 and w.status = 'enabled'
  and (w.endpoint_id = $7 or ($7::text is null and (w.event_types is null or $6 = any (w.event_types))))
  and (w.dialect = 'v1' or $6 not in ('payment_method.saved', 'card_testing.suspected'))
on conflict (merchant_id, event_id, endpoint_id) do update set state = 'waiting', due_at = $8, updated_at = $8`

const wakeTried = `
update deliveries d set due_at = $3, updated_at = $3 from (
  select merchant_id, event_id, endpoint_id from deliveries
  where merchant_id = $1 and endpoint_id = $2 and state = 'waiting' and due_at > $3
  order by due_at limit $4 for update skip locked
) w
where d.merchant_id = w.merchant_id and d.event_id = w.event_id and d.endpoint_id = w.endpoint_id`

/**
 * What waits for an endpoint that was enabled becomes due: what was tried before, in small commits and at most a hundred
 * thousand (the rest keeps its schedule), and the oldest of what was put aside; the worker draws the rest of that.
 */
async function wake(pool: Pool, endpoint: WebhookEndpoint, nowMs: number): Promise<void> {
  for (let round = 0; round < wakingRounds; round++) {
    const result = await pool.query(wakeTried, [endpoint.merchantId, endpoint.endpointId, nowMs, wokenAtOnce])
    if ((result.rowCount ?? 0) < wokenAtOnce) break
  }
  await drawBacklog(pool, endpoint, nowMs, wokenAtOnce)
}
