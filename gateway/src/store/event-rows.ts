import {
  type AlertEvent,
  type EventSnapshot,
  isAlert,
  isPublic,
  type MerchantEvent,
  type PaymentEvent,
} from '../core/events.ts'
import type { Payment } from '../core/payments/payment.ts'
import type { JsonRow } from './payment-rows.ts'

/**
 * `payment_id` of an alert's event is the alert's own id: with the sequence it is the key, by which an alert that is told twice is
 * written once. It has no column of its own, since gateways of before there were alerts may run beside.
 */
export const eventRecord =
  'merchant_id text, payment_id text, sequence integer, event_id text, mode text, type text, snapshot json, created_at bigint, ' +
  'public_sequence integer'

export function eventRow(event: PaymentEvent): Record<string, unknown> {
  return {
    merchant_id: event.merchantId,
    payment_id: event.paymentId,
    sequence: event.sequence,
    event_id: event.eventId,
    mode: event.mode,
    type: event.type,
    snapshot: storedSnapshot(event.snapshot),
    created_at: event.createdAtMs,
    public_sequence: event.publicSequence ?? undefined,
  }
}

export function alertRow(event: AlertEvent): Record<string, unknown> {
  const { suspicion, outcome, suspectedAtMs } = event.alert
  return {
    merchant_id: event.merchantId,
    payment_id: event.alert.alertId,
    sequence: event.sequence,
    event_id: event.eventId,
    mode: event.mode,
    type: event.type,
    snapshot: { suspicion, outcome, suspectedAtMs },
    created_at: event.createdAtMs,
    public_sequence: event.publicSequence,
  }
}

/** What an event is about, as `eventRecord` says. */
export const subjectIdOf = (event: MerchantEvent): string => (isAlert(event) ? event.alert.alertId : event.paymentId)

/** What few payments have: left out of the snapshots of all others, as it is missing from those that are older than it is. */
const rarities = {
  order: null,
  confirmation: 'automatic',
  held: null,
  authentication: null,
  authenticationWish: null,
  failureUrl: null,
  checkout: null,
  dispute: null,
  timeline: [],
} as const satisfies Partial<Payment>
const rarelyNotZero = { settledMinor: 0, paidOutMinor: 0, disputedMinor: 0 } as const

function storedSnapshot({ payment, operation, failure }: EventSnapshot): unknown {
  const { amounts } = payment
  return {
    payment: {
      ...payment,
      order: payment.order ?? undefined,
      confirmation: payment.confirmation === 'manual' ? 'manual' : undefined,
      held: payment.held ?? undefined,
      authentication: payment.authentication ?? undefined,
      authenticationWish: payment.authenticationWish ?? undefined,
      failureUrl: payment.failureUrl ?? undefined,
      checkout: payment.checkout ?? undefined,
      dispute: payment.dispute ?? undefined,
      amounts: {
        ...amounts,
        settledMinor: amounts.settledMinor || undefined,
        paidOutMinor: amounts.paidOutMinor || undefined,
        disputedMinor: amounts.disputedMinor || undefined,
      },
    },
    operation,
    failure,
  }
}

/** A row of `events` read as JSON. */
export function eventOf(row: JsonRow): MerchantEvent {
  if (row.type !== 'card_testing.suspected') return paymentEventOf(row)
  return {
    merchantId: row.merchant_id,
    eventId: row.event_id,
    mode: row.mode,
    alert: { alertId: row.payment_id, ...row.snapshot },
    sequence: 1,
    publicSequence: 1,
    type: row.type,
    createdAtMs: row.created_at,
  }
}

/** Before there were public sequences, all events but `payment.created` were public. */
export function paymentEventOf(row: JsonRow): PaymentEvent {
  const { payment } = row.snapshot
  return {
    merchantId: row.merchant_id,
    eventId: row.event_id,
    mode: row.mode,
    paymentId: row.payment_id,
    sequence: row.sequence,
    publicSequence: isPublic(row.type) ? (row.public_sequence ?? row.sequence) : null,
    type: row.type,
    snapshot: {
      ...row.snapshot,
      payment: {
        ...rarities,
        lastPublicSequence: payment.lastSequence,
        ...payment,
        amounts: { ...rarelyNotZero, ...payment.amounts },
      },
    },
    createdAtMs: row.created_at,
  }
}

/**
 * The delivery rows of new events `e`: one per enabled endpoint of the merchant and mode that wants the type, written in the
 * commit of the event itself. `offset 0` keeps the planner from reading all merchants' endpoints instead of looking up one
 * merchant's.
 */
const deliveriesTo = (hears: string) => `
  insert into deliveries (merchant_id, event_id, endpoint_id, payment_id, sequence, mode, state, tries, due_at, created_at, updated_at)
  select e.merchant_id, e.event_id, w.endpoint_id, e.payment_id, e.sequence, e.mode, 'waiting', 0, e.created_at, e.created_at, e.created_at
  from e cross join lateral (
    select w.endpoint_id from webhook_endpoints w
    where w.merchant_id = e.merchant_id and w.mode = e.mode and w.status = 'enabled'
      and (w.event_types is null or e.type = any (w.event_types))
      and ${hears}
    offset 0
  ) w
  on conflict do nothing`

/** Of payments `v1` is told what is public; `inflow` everything but saved cards, which it has no word for. */
export const deliveriesOfEvents = deliveriesTo(
  "case w.dialect when 'v1' then e.public_sequence is not null else e.type <> 'payment_method.saved' end",
)
/** `inflow` has no word for any alert. */
export const deliveriesOfAlerts = deliveriesTo("w.dialect = 'v1'")

/** New events `e` that are public wait for their places in the feed. */
export const placesOfEvents = `
  insert into events_to_place (merchant_id, mode, created_at, event_id)
  select merchant_id, mode, created_at, event_id from e where public_sequence is not null`
