import type { PaymentEvent } from '../core/events.ts'

export const eventRecord =
  'merchant_id text, payment_id text, sequence integer, event_id text, mode text, type text, snapshot json, created_at bigint'

export function eventRow(event: PaymentEvent): Record<string, unknown> {
  return {
    merchant_id: event.merchantId,
    payment_id: event.paymentId,
    sequence: event.sequence,
    event_id: event.eventId,
    mode: event.mode,
    type: event.type,
    snapshot: event.snapshot,
    created_at: event.createdAtMs,
  }
}

/**
 * The delivery rows of new events `e`: one per enabled endpoint of the merchant and mode that wants the type, written in the
 * commit of the event itself. `payment.created` is not part of `v1`. `offset 0` keeps the planner from reading all merchants'
 * endpoints instead of looking up one merchant's.
 */
export const deliveriesOfEvents = `
  insert into deliveries (merchant_id, event_id, endpoint_id, payment_id, sequence, mode, state, tries, due_at, created_at, updated_at)
  select e.merchant_id, e.event_id, w.endpoint_id, e.payment_id, e.sequence, e.mode, 'waiting', 0, e.created_at, e.created_at, e.created_at
  from e cross join lateral (
    select w.endpoint_id from webhook_endpoints w
    where w.merchant_id = e.merchant_id and w.mode = e.mode and w.status = 'enabled'
      and (w.event_types is null or e.type = any (w.event_types))
      and (e.type <> 'payment.created' or w.dialect <> 'v1')
    offset 0
  ) w
  on conflict do nothing`

/** New events `e` wait for their places in the feed; `payment.created` is not shown there. */
export const placesOfEvents = `
  insert into events_to_place (merchant_id, mode, created_at, event_id)
  select merchant_id, mode, created_at, event_id from e where type <> 'payment.created'`
