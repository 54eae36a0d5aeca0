import type { Pool } from 'pg'
import type { EndpointId } from '../core/ids.ts'
import type { Scope } from '../core/ports/payment-store.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import type { WebhookStore } from '../core/webhooks/ports.ts'
import type { Sealer } from '../lib/sealing.ts'
import type { JsonRow } from './payment-rows.ts'
import { inTransaction } from './transaction.ts'

type EndpointRows = Pick<WebhookStore, 'insert' | 'find' | 'list' | 'update' | 'rotateSecret' | 'delete'>

/** Endpoints are few and change rarely; their secrets are sealed on the way in and opened on the way out. */
export function createEndpointRows(parts: {
  pool: Pool
  sealer: Sealer
  /** Called after an endpoint was enabled. */
  wake(endpoint: WebhookEndpoint, nowMs: number): Promise<void>
}): EndpointRows {
  const { pool, sealer } = parts

  async function readOne(text: string, values: unknown[]): Promise<WebhookEndpoint | undefined> {
    const result = await pool.query<{ endpoint: JsonRow }>(text, values)
    const row = result.rows[0]
    return row === undefined ? undefined : endpointOf(row.endpoint, sealer)
  }

  return {
    insert: (endpoint, maximum) =>
      inTransaction(pool, async (client) => {
        // The merchant's row is the lock that makes the count hold until the commit.
        await client.query('select 1 from merchants where merchant_id = $1 for update', [endpoint.merchantId])
        const counted = await client.query<{ in_all: string; of_dialect: string }>(countEndpoints, [
          endpoint.merchantId,
          endpoint.mode,
          endpoint.dialect,
        ])
        const { in_all = 0, of_dialect = 0 } = counted.rows[0] ?? {}
        if (Number(in_all) >= maximum.inAll || Number(of_dialect) >= maximum.ofDialect) return 'too_many'
        await client.query(insertEndpoint, valuesOf(endpoint, sealer))
        return 'inserted'
      }),

    find: (scope, endpointId) => readOne(selectEndpoint, keyOf(scope, endpointId)),

    async list(scope) {
      const result = await pool.query<{ endpoint: JsonRow }>(selectEndpoints, [scope.merchantId, scope.mode])
      return result.rows.map((row) => endpointOf(row.endpoint, sealer))
    },

    async update(scope, endpointId, change, nowMs) {
      const endpoint = await readOne(updateEndpoint, [
        ...keyOf(scope, endpointId),
        nowMs,
        change.url ?? null,
        change.description !== undefined,
        change.description ?? null,
        change.eventTypes !== undefined,
        change.eventTypes ?? null,
        change.status ?? null,
      ])
      if (endpoint !== undefined && change.status === 'enabled') await parts.wake(endpoint, nowMs)
      return endpoint
    },

    rotateSecret: (scope, endpointId, change, nowMs) =>
      readOne(updateSecret, [
        ...keyOf(scope, endpointId),
        nowMs,
        sealer.seal(change.secret, placeOf(scope, endpointId)),
        change.previousUntilMs,
      ]),

    async delete(scope, endpointId) {
      // What was parked while it was disabled has nobody to wake it any more.
      const result = await pool.query(
        `with gone as (
           delete from webhook_endpoints where merchant_id = $1 and endpoint_id = $2 and mode = $3
           returning merchant_id, endpoint_id),
         parked as (
           update deliveries d set state = 'given_up' from gone
           where d.merchant_id = gone.merchant_id and d.endpoint_id = gone.endpoint_id
             and d.state = 'waiting' and d.due_at is null)
         select from gone`,
        keyOf(scope, endpointId),
      )
      return result.rowCount === 1
    },
  }
}

/** A row of `webhook_endpoints` read as JSON, where bytes are hex behind `\x`. */
export function endpointOf(row: JsonRow, sealer: Sealer): WebhookEndpoint {
  const place = placeOf({ merchantId: row.merchant_id }, row.endpoint_id)
  const open = (hex: string) => sealer.open(Buffer.from(hex.slice(2), 'hex'), place)
  return {
    merchantId: row.merchant_id,
    endpointId: row.endpoint_id,
    mode: row.mode,
    dialect: row.dialect,
    url: row.url,
    description: row.description,
    secret: open(row.secret),
    previousSecret: row.previous_secret === null ? null : open(row.previous_secret),
    previousSecretUntilMs: row.previous_secret_until,
    eventTypes: row.event_types,
    status: row.status,
    disabledReason: row.disabled_reason,
    failingSinceMs: row.failing_since,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}

/** Both secrets of an endpoint share their place, so that a rotation moves the sealed bytes in one update. */
function placeOf(owner: { merchantId: string }, endpointId: string) {
  return { kind: 'webhook_secret', merchantId: owner.merchantId, recordId: endpointId } as const
}

const keyOf = (scope: Scope, endpointId: EndpointId) => [scope.merchantId, endpointId, scope.mode]

const countEndpoints = `
select count(*) as in_all, count(*) filter (where dialect = $3) as of_dialect
from webhook_endpoints where merchant_id = $1 and mode = $2`

const insertEndpoint = `
insert into webhook_endpoints (merchant_id, endpoint_id, mode, dialect, url, description, secret, event_types, status, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

function valuesOf(endpoint: WebhookEndpoint, sealer: Sealer): unknown[] {
  return [
    endpoint.merchantId,
    endpoint.endpointId,
    endpoint.mode,
    endpoint.dialect,
    endpoint.url,
    endpoint.description,
    sealer.seal(endpoint.secret, placeOf(endpoint, endpoint.endpointId)),
    endpoint.eventTypes,
    endpoint.status,
    endpoint.createdAtMs,
    endpoint.updatedAtMs,
  ]
}

const selectEndpoint = `
select to_json(w) as endpoint from webhook_endpoints w where merchant_id = $1 and endpoint_id = $2 and mode = $3`

const selectEndpoints = `
select to_json(w) as endpoint from webhook_endpoints w where merchant_id = $1 and mode = $2 order by created_at, endpoint_id`

const updateEndpoint = `
update webhook_endpoints w set updated_at = $4, url = coalesce($5, url),
  description = case when $6::boolean then $7 else description end,
  event_types = case when $8::boolean then $9::text[] else event_types end,
  status = coalesce($10, status),
  disabled_reason = case when $10 = 'enabled' then null
    when $10 = 'disabled' and status = 'enabled' then 'merchant' else disabled_reason end,
  failing_since = case when $10 = 'enabled' then null else failing_since end
where merchant_id = $1 and endpoint_id = $2 and mode = $3 returning to_json(w) as endpoint`

const updateSecret = `
update webhook_endpoints w set updated_at = $4, secret = $5, previous_secret_until = $6,
  previous_secret = case when $6::bigint is null then null else secret end
where merchant_id = $1 and endpoint_id = $2 and mode = $3 returning to_json(w) as endpoint`
