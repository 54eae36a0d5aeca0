import type { Batcher } from '@tessera/lib/batcher'
import type { Pool } from 'pg'
import type { IdempotencyRecord, NewPayment } from '../core/ports/payment-store.ts'
import { authenticationRow, insertedAuthentications } from './authentication-rows.ts'
import { deliveriesOfEvents, eventRecord, eventRow, placesOfEvents } from './event-rows.ts'
import { readKeys } from './idempotency-keys.ts'
import {
  columnsOf,
  isOrdered,
  isRareOperation,
  operationRecord,
  operationRow,
  orderedPaymentRecord,
  orderedPaymentRow,
  paymentRecord,
  paymentRow,
  rareNewPaymentRecord,
  rareNewPaymentRow,
  rareOperationRecord,
  rareOperationRow,
} from './payment-rows.ts'

export type CreateOutcome = { kind: 'created' } | { kind: 'key_taken'; record: IdempotencyRecord }
export type CreateBatcher = Batcher<NewPayment, CreateOutcome>

/** The key that a row lost to was given back before it could be read: the batch is to be run again. */
export class KeyFreed extends Error {
  override name = 'KeyFreed'
}

/** What a batch brings beyond plain payments. Each part costs every batch that runs a statement with it. */
interface Extras {
  ordered: boolean
  /** What few payments begin with: a shopper who is to authenticate, or has. */
  rare: boolean
}

/**
 * Commit A for a batch of new payments, in one statement: claim the keys, then write payment, attempt and event of the rows
 * that won theirs. Running it again with the same ids changes nothing, so a lost connection is answered by running it again.
 */
function textWith({ ordered, rare }: Extras): string {
  const payment = [
    paymentRecord,
    ...(ordered ? [orderedPaymentRecord] : []),
    ...(rare ? [rareNewPaymentRecord] : []),
  ].join(', ')
  const operation = rare ? `${operationRecord}, ${rareOperationRecord}` : operationRecord
  return `
with i as materialized (
  select * from json_to_recordset($1::json) as r(${payment}, idem_key text, idem_fingerprint text,
    idem_operation_id text, answer_status smallint, answer_body text)
), k as (
  insert into idempotency_keys (merchant_id, mode, key, fingerprint, payment_id, operation_id, status, body, created_at)
  select merchant_id, mode, idem_key, idem_fingerprint, payment_id, idem_operation_id, answer_status, answer_body, created_at
  from i where idem_key is not null order by merchant_id, mode, idem_key
  on conflict do nothing returning merchant_id, payment_id
), w as materialized (
  select i.* from i
  where i.idem_key is null or (i.merchant_id, i.payment_id) in (select merchant_id, payment_id from k)
), p as (
  insert into payments (${columnsOf(payment)}) select ${columnsOf(payment)} from w on conflict do nothing
), o as (
  insert into operations (${columnsOf(operation)})
  select ${columnsOf(operation, 'r.')} from json_to_recordset($2::json) as r(${operation}) ${ofWinners} on conflict do nothing
), e as (
  insert into events (${columnsOf(eventRecord)})
  select ${columnsOf(eventRecord, 'r.')} from json_to_recordset($3::json) as r(${eventRecord}) ${ofWinners}
  on conflict do nothing returning ${columnsOf(eventRecord)}
), d as (${deliveriesOfEvents}), f as (${placesOfEvents})${rare ? `, t as (${insertedAuthentications(4, ofWinners)})` : ''}
select payment_id from w`
}

const ofWinners = 'where ((r.merchant_id, r.payment_id) in (select merchant_id, payment_id from w)) is true'

const statements = [false, true].flatMap((ordered) =>
  [false, true].map((rare) => ({
    name: `insert-payments${ordered ? '-ordered' : ''}${rare ? '-rare' : ''}`,
    text: textWith({ ordered, rare }),
  })),
)

export function insertWith({ ordered, rare }: Extras): { name: string; text: string } {
  const found = statements[(ordered ? 2 : 0) + (rare ? 1 : 0)]
  if (found === undefined) throw new Error('there is no such statement')
  return found
}

export async function writeNewPayments(pool: Pool, rows: readonly NewPayment[]): Promise<CreateOutcome[]> {
  const extras: Extras = { ordered: rows.some(({ payment }) => isOrdered(payment)), rare: rows.some(isRareRow) }
  const isRare = extras.rare
  const result = await pool.query<{ payment_id: string }>({
    ...insertWith(extras),
    values: [
      JSON.stringify(rows.map((row) => newPaymentRow(row, extras))),
      JSON.stringify(
        rows.flatMap(({ operation }) =>
          operation ? [isRare ? rareOperationRow(operation) : operationRow(operation)] : [],
        ),
      ),
      JSON.stringify(rows.flatMap((row) => row.events.map(eventRow))),
      ...(isRare
        ? [
            JSON.stringify(
              rows.flatMap(({ authentication }) => (authentication ? [authenticationRow(authentication)] : [])),
            ),
          ]
        : []),
    ],
  })
  const created = new Set(result.rows.map((row) => row.payment_id))
  if (created.size === rows.length) return rows.map(() => ({ kind: 'created' }))
  return answerLosers(pool, rows, created)
}

/**
 * A second statement, because the first one's snapshot cannot see the rows that it lost to. A key that holds our own payment
 * means that an earlier run of the same batch committed.
 */
async function answerLosers(
  pool: Pool,
  rows: readonly NewPayment[],
  created: ReadonlySet<string>,
): Promise<CreateOutcome[]> {
  const losers = rows.flatMap((row) =>
    row.claim && !created.has(row.payment.paymentId) ? [{ ...row.payment, key: row.claim.key }] : [],
  )
  const keys = await readKeys(pool, losers)
  return rows.map((row) => {
    if (row.claim === null || created.has(row.payment.paymentId)) return { kind: 'created' }
    const record = keys.find(row.payment, row.claim.key)
    if (record === undefined) throw new KeyFreed('an idempotency key was taken and is gone')
    return record.paymentId === row.payment.paymentId ? { kind: 'created' } : { kind: 'key_taken', record }
  })
}

function isRareRow({ payment, operation }: NewPayment): boolean {
  return (
    payment.authentication !== null ||
    payment.authenticationWish !== null ||
    (operation !== null && isRareOperation(operation))
  )
}

function newPaymentRow(row: NewPayment, { ordered, rare }: Extras): Record<string, unknown> {
  return {
    ...paymentRow(row.payment),
    ...(ordered ? orderedPaymentRow(row.payment) : {}),
    ...(rare ? rareNewPaymentRow(row.payment) : {}),
    idem_key: row.claim?.key ?? null,
    idem_fingerprint: row.claim?.fingerprint ?? null,
    idem_operation_id: row.operation?.operationId ?? null,
    answer_status: row.answer?.status ?? null,
    answer_body: row.answer?.body ?? null,
  }
}
