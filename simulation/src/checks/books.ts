import type { Sessions } from '../database/sessions.ts'

export interface PaymentRow {
  payment_id: string
  state: string
  version: number
  currency: string
  amount_minor: number
  last_sequence: number
  last_public_sequence: number
  external_id: string | null
  amounts: Record<
    | 'authorized'
    | 'captured'
    | 'capturing'
    | 'reversed'
    | 'reversing'
    | 'refunded'
    | 'refunding'
    | 'settled'
    | 'paidOut'
    | 'disputed',
    number
  >
  /** Its code. */
  failure: string | null
  dispute: { disputeId: string; state: string } | null
}

export interface OperationRow {
  payment_id: string
  operation_id: string
  kind: string
  state: string
  amount_minor: number
}

export interface EventRow {
  payment_id: string
  event_id: string
  sequence: number
  public_sequence: number | null
  type: string
  /** The payment's state and version at that moment. */
  state: string
  version: number
  position: number | null
}

export interface KeyRow {
  key: string
  fingerprint: string
  payment_id: string | null
  operation_id: string | null
  status: number | null
  body: string | null
}

export interface DeliveryRow {
  event_id: string
  endpoint_id: string
  url: string
  state: string
  tries: number
}

export interface LedgerRow {
  operation_id: string
  payment_id: string
  account: string
  currency: string
  amount_minor: number
}

/** Everything that a run has left in the gateway's database. */
export interface Books {
  payments: PaymentRow[]
  operations: OperationRow[]
  events: EventRow[]
  keys: KeyRow[]
  deliveries: DeliveryRow[]
  ledger: LedgerRow[]
}

const statement = `
select json_build_object(
  'payments', (select coalesce(json_agg(json_build_object('payment_id', payment_id, 'state', state, 'version', version,
      'currency', currency, 'amount_minor', amount_minor, 'last_sequence', last_sequence,
      'last_public_sequence', last_public_sequence, 'external_id', external_id, 'amounts', json_build_object(
        'authorized', authorized_minor, 'captured', captured_minor, 'capturing', capturing_minor,
        'reversed', reversed_minor, 'reversing', reversing_minor, 'refunded', refunded_minor,
        'refunding', refunding_minor, 'settled', settled_minor, 'paidOut', paid_out_minor,
        'disputed', disputed_minor), 'dispute', dispute, 'failure', failure ->> 'code') order by payment_id), '[]') from payments),
  'operations', (select coalesce(json_agg(json_build_object('payment_id', payment_id, 'operation_id', operation_id,
      'kind', kind, 'state', state, 'amount_minor', amount_minor) order by operation_id), '[]') from operations),
  'events', (select coalesce(json_agg(json_build_object('payment_id', e.payment_id, 'event_id', e.event_id,
      'sequence', e.sequence, 'public_sequence', e.public_sequence, 'type', e.type,
      'state', e.snapshot -> 'payment' ->> 'state', 'version', (e.snapshot -> 'payment' ->> 'version')::integer,
      'position', p.position) order by e.payment_id, e.sequence), '[]')
    from events e left join event_places p on p.merchant_id = e.merchant_id and p.event_id = e.event_id),
  'keys', (select coalesce(json_agg(json_build_object('key', key, 'fingerprint', fingerprint, 'payment_id', payment_id,
      'operation_id', operation_id, 'status', status, 'body', body) order by key), '[]') from idempotency_keys),
  'deliveries', (select coalesce(json_agg(json_build_object('event_id', d.event_id, 'endpoint_id', d.endpoint_id,
      'url', w.url, 'state', d.state, 'tries', d.tries) order by d.event_id, d.endpoint_id), '[]')
    from deliveries d join webhook_endpoints w on w.merchant_id = d.merchant_id and w.endpoint_id = d.endpoint_id),
  'ledger', (select coalesce(json_agg(json_build_object('operation_id', operation_id, 'payment_id', payment_id,
      'account', account, 'currency', currency, 'amount_minor', amount_minor) order by operation_id, line), '[]')
    from ledger_entries)
) as books`

export async function readBooks(sessions: Sessions): Promise<Books> {
  const [row] = await sessions.ask<{ books: Books }>(statement)
  if (row === undefined) throw new Error('no books')
  return row.books
}

const atRest = `
select (select count(*) from operations where state not in ('approved', 'declined'))
  + (select count(*) from deliveries where state = 'waiting')
  + (select count(*) from payments where state in ('requires_action', 'requires_confirmation'))
  -- Whose account nobody reads yet has no cursor, and its report waits as well.
  + case when coalesce($1, 1) = 0 or exists (select from report_cursors where position = $1) then 0 else 1 end
  + (select count(*) from events_to_place) + (select count(*) from card_settlements) as waiting`

/** How many things are still to be done by somebody. `reported`: how long the acquirer's report is in the end, once that is known. */
export async function countWaiting(sessions: Sessions, reported: number | null): Promise<number> {
  const [row] = await sessions.ask<{ waiting: string }>(atRest, [reported])
  return Number(row?.waiting)
}
