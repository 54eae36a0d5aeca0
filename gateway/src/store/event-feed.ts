import { isSerializationFailure } from '@tessera/lib/postgres-errors'
import type { Pool } from 'pg'
import type { MerchantEvent } from '../core/events.ts'
import type { EventId } from '../core/ids.ts'
import type { Scope } from '../core/ports/payment-store.ts'
import type { WebhookStore } from '../core/webhooks/ports.ts'
import { eventOf } from './event-rows.ts'
import type { JsonRow } from './payment-rows.ts'
import { inTransaction } from './transaction.ts'

export async function findEvent(pool: Pool, scope: Scope, eventId: EventId): Promise<MerchantEvent | undefined> {
  const result = await pool.query<{ event: JsonRow }>(
    'select to_json(e) as event from events e where merchant_id = $1 and event_id = $2 and mode = $3',
    [scope.merchantId, eventId, scope.mode],
  )
  const row = result.rows[0]
  return row === undefined ? undefined : eventOf(row.event)
}

/** An event without a place yet stands after all that have one, so as a cursor it gives an empty page. */
const selectPage = `
select to_json(e) as event
from event_places p join events e on e.merchant_id = p.merchant_id and e.event_id = p.event_id
where p.merchant_id = $1 and p.mode = $2 and e.created_at >= $3 and ($4::text is null or e.type = $4)
  and p.position > case when $5::text is null then 0
    else (select c.position from event_places c where c.merchant_id = $1 and c.event_id = $5) end
order by p.position limit $6`

export async function listEvents(
  pool: Pool,
  scope: Scope,
  filter: Parameters<WebhookStore['listEvents']>[1],
): Promise<{ events: MerchantEvent[]; hasMore: boolean }> {
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

const selectWaitingFeeds = `
select merchant_id, mode from (select merchant_id, mode from events_to_place limit $1) u
group by merchant_id, mode order by merchant_id, mode`

/** Locks the feed and answers its last position. A statement of its own: what it locked out must be seen by the next. */
const lockFeed = `
insert into event_feeds (merchant_id, mode, last_position) values ($1, $2, 0)
on conflict (merchant_id, mode) do update set last_position = event_feeds.last_position
returning last_position`

const placeEvents = `
with w as (
  delete from events_to_place w using (
    select merchant_id, mode, created_at, event_id from events_to_place where merchant_id = $1 and mode = $2
    order by created_at, event_id limit $4
  ) o
  where w.merchant_id = o.merchant_id and w.mode = o.mode and w.created_at = o.created_at and w.event_id = o.event_id
  returning w.created_at, w.event_id
), p as (
  insert into event_places (merchant_id, mode, position, event_id)
  select $1, $2, $3::bigint + row_number() over (order by created_at, event_id), event_id from w returning 1
)
update event_feeds set last_position = $3::bigint + (select count(*) from p) where merchant_id = $1 and mode = $2
returning last_position`

/**
 * Gives events that wait for one their places in their merchants' feeds, without gaps and in order of time as far as they
 * are committed; returns how many. A late committer gets a later place, so whoever reads on from a place misses nothing.
 */
export async function placeWaitingEvents(pool: Pool, limit: number): Promise<number> {
  const feeds = await pool.query<{ merchant_id: string; mode: string }>(selectWaitingFeeds, [limit])
  let placed = 0
  for (const { merchant_id, mode } of feeds.rows) placed += await placeInFeed(pool, merchant_id, mode, limit)
  return placed
}

async function placeInFeed(pool: Pool, merchantId: string, mode: string, limit: number): Promise<number> {
  try {
    return await inTransaction(pool, async (client) => {
      const before = await client.query<{ last_position: string }>(lockFeed, [merchantId, mode])
      const last = before.rows[0]?.last_position
      const after = await client.query<{ last_position: string }>(placeEvents, [merchantId, mode, last, limit])
      return Number(after.rows[0]?.last_position) - Number(last)
    })
  } catch (error) {
    // Another worker is at this feed; the next round finds what it left.
    if (isSerializationFailure(error)) return 0
    throw error
  }
}
