import { type Batcher, createBatcher } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import { isConnectionLoss, isDataError, isSerializationFailure } from '@tessera/lib/postgres-errors'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { Pool } from 'pg'
import { type EndpointId, type MerchantId, trustedId } from '../core/ids.ts'
import type { DeliveryResult, DueDelivery } from '../core/webhooks/delivery.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import type { DeliveryStore } from '../core/webhooks/ports.ts'
import type { Sealer } from '../lib/sealing.ts'
import { writeDeliveryResults } from './delivery-results.ts'
import { eventOf } from './event-rows.ts'
import type { JsonRow } from './payment-rows.ts'
import { endpointOf } from './webhook-endpoints.ts'

/** Deliveries as the worker claims, sends and records them. */
export function createDeliveryStore(parts: {
  pool: Pool
  sealer: Sealer
  clock: Clock
  timers: Timers
  random: Random
}): DeliveryStore {
  const { pool, sealer, clock, timers, random } = parts
  const results: Batcher<DeliveryResult, undefined> = createBatcher({
    name: 'delivery results',
    lanes: 1,
    aggregateKey: ({ log }) => `${log.eventId} ${log.endpointId}`,
    write: (rows) => writeDeliveryResults(pool, rows),
    isPoison: isDataError,
    isRetryable: (error) => isSerializationFailure(error) || isConnectionLoss(error),
    clock,
    timers,
    random,
  })
  return {
    claimDue: (nowMs, leaseMs, limit) => claimDue(pool, sealer, nowMs, leaseMs, limit),
    record: (result) => results.submit(result),
    giveBack: (deliveries, to) => giveBack(pool, deliveries, to),
    drawBacklog: (endpoint, nowMs, limit) => drawBacklog(pool, endpoint, nowMs, limit),
    listBacklogs: (limit) => listBacklogs(pool, limit),
  }
}

/**
 * Locks what is due and skips what another worker has locked. Rows that cannot be sent leave the queue in passing: those of
 * a disabled endpoint are put aside, those whose endpoint or event is gone are given up.
 */
const claim = `
with d as materialized (
  select merchant_id, event_id, endpoint_id, payment_id, sequence from deliveries
  where due_at <= $1 and lease_until <= $1 order by due_at limit $3 for update skip locked
), s as materialized (
  select d.merchant_id, d.event_id, d.endpoint_id, to_json(e) as event, to_json(w) as endpoint,
    w.status = 'enabled' and e.event_id is not null as sendable,
    w.endpoint_id is null or e.event_id is null as lost
  from d
  left join webhook_endpoints w on w.merchant_id = d.merchant_id and w.endpoint_id = d.endpoint_id
  left join events e on e.merchant_id = d.merchant_id and e.payment_id = d.payment_id and e.sequence = d.sequence
)
update deliveries x set
  lease_until = case when s.sendable then $1::bigint + $2::bigint else 0 end,
  due_at = case when s.sendable then x.due_at end,
  state = case when s.lost then 'given_up' else x.state end
from s where x.merchant_id = s.merchant_id and x.event_id = s.event_id and x.endpoint_id = s.endpoint_id
returning coalesce(s.sendable, false) as sendable, s.event, s.endpoint, x.tries, x.lease_until, x.due_at`

interface ClaimedRow {
  sendable: boolean
  event: JsonRow
  endpoint: JsonRow
  tries: number
  lease_until: string
  due_at: string
}

async function claimDue(
  pool: Pool,
  sealer: Sealer,
  nowMs: number,
  leaseMs: number,
  limit: number,
): Promise<{ claimed: number; due: DueDelivery[] }> {
  const result = await pool.query<ClaimedRow>({
    name: 'claim-deliveries',
    text: claim,
    values: [nowMs, leaseMs, limit],
  })
  const endpoints = new Map<string, WebhookEndpoint>()
  function endpointFor(row: JsonRow): WebhookEndpoint {
    const known = endpoints.get(row.endpoint_id)
    if (known !== undefined) return known
    const opened = endpointOf(row, sealer)
    endpoints.set(row.endpoint_id, opened)
    return opened
  }
  const due = result.rows
    .filter((row) => row.sendable)
    .sort((left, right) => Number(left.due_at) - Number(right.due_at))
    .map((row) => ({
      event: eventOf(row.event),
      endpoint: endpointFor(row.endpoint),
      tries: row.tries,
      dueAtMs: Number(row.due_at),
      leaseUntilMs: Number(row.lease_until),
    }))
  return { claimed: result.rows.length, due }
}

/** The lease tells whether the rows are still the caller's. */
const giveBackRows = `
update deliveries d set lease_until = 0, due_at = case when $5::boolean then null else d.due_at end
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as g(merchant_id, event_id, endpoint_id, lease_until)
where d.merchant_id = g.merchant_id and d.event_id = g.event_id and d.endpoint_id = g.endpoint_id
  and d.state = 'waiting' and d.lease_until = g.lease_until`

async function giveBack(pool: Pool, deliveries: readonly DueDelivery[], to: 'queue' | 'backlog'): Promise<void> {
  await pool.query({
    name: 'give-back-deliveries',
    text: giveBackRows,
    values: [
      deliveries.map((each) => each.event.merchantId),
      deliveries.map((each) => each.event.eventId),
      deliveries.map((each) => each.endpoint.endpointId),
      deliveries.map((each) => each.leaseUntilMs),
      to === 'backlog',
    ],
  })
}

const drawRows = `
update deliveries d set due_at = $3 from (
  select merchant_id, event_id, endpoint_id from deliveries
  where merchant_id = $1 and endpoint_id = $2 and state = 'waiting' and due_at is null
    and exists (select from webhook_endpoints w where w.merchant_id = $1 and w.endpoint_id = $2 and w.status = 'enabled')
  order by event_id limit $4 for update skip locked
) p
where d.merchant_id = p.merchant_id and d.event_id = p.event_id and d.endpoint_id = p.endpoint_id`

export async function drawBacklog(
  pool: Pool,
  endpoint: { merchantId: MerchantId; endpointId: EndpointId },
  nowMs: number,
  limit: number,
): Promise<number> {
  const result = await pool.query(drawRows, [endpoint.merchantId, endpoint.endpointId, nowMs, limit])
  return result.rowCount ?? 0
}

const selectBacklogs = `
select w.merchant_id, w.endpoint_id from webhook_endpoints w
where w.status = 'enabled' and exists (
  select from deliveries d where d.merchant_id = w.merchant_id and d.endpoint_id = w.endpoint_id
    and d.state = 'waiting' and d.due_at is null)
limit $1`

async function listBacklogs(pool: Pool, limit: number): Promise<{ merchantId: MerchantId; endpointId: EndpointId }[]> {
  const result = await pool.query<{ merchant_id: string; endpoint_id: string }>(selectBacklogs, [limit])
  return result.rows.map((row) => ({
    merchantId: trustedId<MerchantId>(row.merchant_id),
    endpointId: trustedId<EndpointId>(row.endpoint_id),
  }))
}
