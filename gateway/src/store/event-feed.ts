import { isSerializationFailure } from '@tessera/lib/postgres-errors'
import type { Pool } from 'pg'
import type { PaymentEvent } from '../core/events.ts'
import type { EventId } from '../core/ids.ts'
import type { Scope } from '../core/ports/payment-store.ts'
import type { WebhookStore } from '../core/webhooks/ports.ts'
import type { JsonRow } from './payment-rows.ts'
import { inTransaction } from './transaction.ts'

/** A row of `events` read as JSON. */
export function eventOf(row: JsonRow): PaymentEvent {
  return {
    merchantId: row.merchant_id,
    eventId: row.event_id,
    mode: row.mode,
    paymentId: row.payment_id,
    sequence: row.sequence,
    type: row.type,
    snapshot: row.snapshot,
    createdAtMs: row.created_at,
  }
}

export async function findEvent(pool: Pool, scope: Scope, eventId: EventId): Promise<PaymentEvent | undefined> {
  const result = await pool.query<{ event: JsonRow }>(
    'select to_json(e) as event from events e where merchant_id = $1 and event_id = $2 and mode = $3',
    [scope.merchantId, eventId, scope.mode],
  )
  const row = result.rows[0]
  return row === undefined ? undefined : eventOf(row.event)
}

/** An event without a position yet stands after all that have one, so as a cursor it gives an empty page. */
const selectPage = `
select to_json(e) as event from events e
where merchant_id = $1 and mode = $2 and type <> 'payment.created' and created_at >= $3
  and ($4::text is null or type = $4)
  and feed_position > case when $5::text is null then 0
    else (select c.feed_position from events c where c.merchant_id = $1 and c.event_id = $5) end
order by feed_position limit $6`

export async function listEvents(
  pool: Pool,
  scope: Scope,
  filter: Parameters<WebhookStore['listEvents']>[1],
): Promise<{ events: PaymentEvent[]; hasMore: boolean }> {
  const result = await pool.query<{ event: JsonRow }>(selectPage, [
    scope.merchantId,
    scope.mode,
    filter.createdFromMs,
    filter.type,
    filter.startingAfter,
    filter.limit + 1,
  ])
  const events = result.rows.slice(0, filter.limit).map((row) => eventOf(row.event))
  return { events, hasMore: result.rows.length > filter.limit }
}

const selectUnstampedFeeds = `
select merchant_id, mode from (
  select merchant_id, mode from events where feed_position is null and sequence > 0 order by created_at limit $1
) u group by merchant_id, mode order by merchant_id, mode`

/** Locks the feed and answers its last position. A statement of its own: what it locked out must be seen by the next. */
const lockFeed = `
insert into event_feeds (merchant_id, mode, last_position) values ($1, $2, 0)
on conflict (merchant_id, mode) do update set last_position = event_feeds.last_position
returning last_position`

const stampFeed = `
with u as materialized (
  select payment_id, sequence, row_number() over (order by created_at, payment_id, sequence) as place from (
    select payment_id, sequence, created_at from events
    where merchant_id = $1 and mode = $2 and feed_position is null and sequence > 0
    order by created_at, payment_id, sequence limit $4
  ) oldest
), s as (
  update events e set feed_position = $3::bigint + u.place from u
  where e.merchant_id = $1 and e.payment_id = u.payment_id and e.sequence = u.sequence returning 1
)
update event_feeds set last_position = $3::bigint + (select count(*) from s) where merchant_id = $1 and mode = $2
returning last_position`

/**
 * Gives unstamped events their places in their merchants' feeds, without gaps and in order of time as far as they are
 * committed; returns how many. `payment.created`, number 0, has no place: the feed does not show it. A late committer gets a later place, so whoever reads on from a place misses nothing.
 */
export async function stampEvents(pool: Pool, limit: number): Promise<number> {
  const feeds = await pool.query<{ merchant_id: string; mode: string }>(selectUnstampedFeeds, [limit])
  let stamped = 0
  for (const { merchant_id, mode } of feeds.rows) stamped += await stampOneFeed(pool, merchant_id, mode, limit)
  return stamped
}

async function stampOneFeed(pool: Pool, merchantId: string, mode: string, limit: number): Promise<number> {
  try {
    return await inTransaction(pool, async (client) => {
      const before = await client.query<{ last_position: string }>(lockFeed, [merchantId, mode])
      const last = before.rows[0]?.last_position
      const after = await client.query<{ last_position: string }>(stampFeed, [merchantId, mode, last, limit])
      return Number(after.rows[0]?.last_position) - Number(last)
    })
  } catch (error) {
    // Another worker is at this feed; the next round finds what it left.
    if (isSerializationFailure(error)) return 0
    throw error
  }
}
