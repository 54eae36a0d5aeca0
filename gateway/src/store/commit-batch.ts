import type { Batcher } from '@tessera/lib/batcher'
import type { Pool } from 'pg'
import { ledgerOccasions } from '../core/payments/decision.ts'
import type { CommitOutcome, PaymentCommit } from '../core/ports/payment-store.ts'
import { authenticationRow, writtenAuthentications } from './authentication-rows.ts'
import { deliveriesOfEvents, eventRecord, eventRow, placesOfEvents } from './event-rows.ts'
import { readKeys } from './idempotency-keys.ts'
import {
  assignmentsOf,
  changingOperationRecord,
  changingPaymentRecord,
  changingPaymentRow,
  columnsOf,
  isRareOperation,
  operationRecord,
  operationRow,
  rareOperationRecord,
  rareOperationRow,
  rarePaymentRecord,
  rarePaymentRow,
} from './payment-rows.ts'

export type CommitBatcher = Batcher<PaymentCommit, CommitOutcome>

const decisionRecord = (changes: string) =>
  `merchant_id text, payment_id text, mode text, expected_version integer, ${changes}, idem_key text, ` +
  'idem_fingerprint text, idem_operation_id text, answer_key text, answer_status smallint, answer_body text'
const ledgerRecord =
  'merchant_id text, operation_id text, line smallint, payment_id text, mode text, account text, currency text, ' +
  'amount_minor bigint, created_at bigint'
const methodRecord =
  'merchant_id text, payment_id text, payment_method_id text, mode text, customer_id text, card_id text, fingerprint_id text, ' +
  'connector_id text, card jsonb, network_transaction_id text, created_at bigint'
const settlementRecord = 'merchant_id text, payment_id text, card_id text, mode text, due_at bigint'

const opened = (parameter: number, record: string) => `json_to_recordset($${parameter}::json) as r(${record})`
const ofWinners = 'where ((r.merchant_id, r.payment_id) in (select merchant_id, payment_id from p)) is true'

/** What a batch asks for beyond the changes to its payments. Each part costs every batch that runs a statement with it. */
interface Extras {
  /** A decision brings an idempotency key of its own. */
  keys: boolean
  /** A card is saved, or a saved one is to be settled. */
  cards: boolean
  /** Something changes that nearly all decisions leave alone (`payment-rows.ts`). */
  rare: boolean
}

/**
 * One decision per payment, any number of payments, one statement, one commit. A decision wins when its payment still has the
 * version it was made on and, where it brings a key, that key is new; everything else is done for the payments that won (`p`).
 */
function textWith({ keys, cards, rare }: Extras): string {
  const changes = rare ? `${changingPaymentRecord}, ${rarePaymentRecord}` : changingPaymentRecord
  const changesOfOperation = rare ? `${changingOperationRecord}, ${rareOperationRecord}` : changingOperationRecord
  const operation = rare ? `${operationRecord}, ${rareOperationRecord}` : operationRecord
  return `
with i as materialized (
  select * from ${opened(1, decisionRecord(changes))}
)${keys ? claimedKeys : ''}, p as (
  update payments x set ${assignmentsOf(changes, 'i')}
  from i
  where x.merchant_id = i.merchant_id and x.payment_id = i.payment_id and x.version = i.expected_version${keys ? keyIsWon : ''}
  returning x.merchant_id, x.payment_id
), o as (
  insert into operations (${columnsOf(operation)})
  select ${columnsOf(operation, 'r.')} from ${opened(2, operation)} ${ofWinners}
  on conflict (merchant_id, payment_id, operation_id) do update
  set ${assignmentsOf(changesOfOperation, 'excluded')}, lease_until = 0
), l as (
  insert into ledger_entries (${columnsOf(ledgerRecord)})
  select ${columnsOf(ledgerRecord, 'r.')} from ${opened(3, ledgerRecord)} ${ofWinners}
), e as (
  insert into events (${columnsOf(eventRecord)})
  select ${columnsOf(eventRecord, 'r.')} from ${opened(4, eventRecord)} ${ofWinners}
  returning ${columnsOf(eventRecord)}
), d as (${deliveriesOfEvents}), f as (${placesOfEvents})${cards ? savedCards : ''}${rare ? authenticated(cards) : ''}, a as (
  update idempotency_keys x set status = i.answer_status, body = i.answer_body
  from i where ((i.merchant_id, i.payment_id) in (select merchant_id, payment_id from p)) is true
    and i.answer_key is not null and i.idem_key is null
    and x.merchant_id = i.merchant_id and x.mode = i.mode and x.key = i.answer_key and x.payment_id = i.payment_id
    and x.body is null
)
select payment_id from p`
}

/** The row lock in `v` comes before the key: otherwise a stale decision could leave a key behind that stands for nothing. */
const claimedKeys = `, v as materialized (
  select x.merchant_id, x.payment_id from payments x
  join i on i.merchant_id = x.merchant_id and i.payment_id = x.payment_id
  where i.idem_key is not null and x.version = i.expected_version
  order by x.merchant_id, x.payment_id for update of x
), k as (
  insert into idempotency_keys (merchant_id, mode, key, fingerprint, payment_id, operation_id, status, body, created_at)
  select i.merchant_id, i.mode, i.idem_key, i.idem_fingerprint, i.payment_id, i.idem_operation_id,
    case when i.answer_key = i.idem_key then i.answer_status end, case when i.answer_key = i.idem_key then i.answer_body end,
    i.updated_at
  from i join v on v.merchant_id = i.merchant_id and v.payment_id = i.payment_id
  order by i.merchant_id, i.mode, i.idem_key
  on conflict do nothing returning merchant_id, payment_id, key
)`
const keyIsWon = `
    and (i.idem_key is null or exists (
      select from k where k.merchant_id = i.merchant_id and k.payment_id = i.payment_id and k.key = i.idem_key))`

/** A card saved once more as it was stays in its place, and the new copy is erased; a renewed one takes its place. */
const savedCards = `, m as materialized (
  select r.* from ${opened(5, methodRecord)} ${ofWinners}
), n as (
  insert into payment_methods (merchant_id, payment_method_id, mode, customer_id, card_id, fingerprint_id, connector_id, card,
    network_transaction_id, status, saved_at, created_at, updated_at)
  -- Two payments of one batch may save the same card: the newer one's number is kept, the other's is left to be erased.
  select distinct on (merchant_id, payment_method_id) merchant_id, payment_method_id, mode, customer_id, card_id,
    fingerprint_id, connector_id, card, network_transaction_id, 'active', created_at, created_at, created_at
  from m order by merchant_id, payment_method_id, payment_id desc
  on conflict (merchant_id, payment_method_id) do update set updated_at = excluded.updated_at, card = excluded.card,
    saved_at = greatest(payment_methods.saved_at, excluded.saved_at),
    card_id = case when payment_methods.card = excluded.card then payment_methods.card_id else excluded.card_id end
), c as (
  insert into card_settlements (merchant_id, card_id, mode, tries, due_at)
  select merchant_id, card_id, mode, 0, max(due_at) from (
    select r.merchant_id, r.card_id, r.mode, r.due_at from ${opened(6, settlementRecord)} ${ofWinners}
    union all
    select old.merchant_id, old.card_id, old.mode, m.created_at
    from payment_methods old join m on m.merchant_id = old.merchant_id and m.payment_method_id = old.payment_method_id
    where old.card <> m.card
  ) u group by merchant_id, card_id, mode
  on conflict (merchant_id, card_id) do update set due_at = excluded.due_at, tries = 0, lease_until = 0
)`

const authenticated = (withCards: boolean) => `, t as (${writtenAuthentications(withCards ? 7 : 5, ofWinners)})`

const statements = Array.from({ length: 8 }, (_, bits) => {
  const extras: Extras = { keys: (bits & 1) > 0, cards: (bits & 2) > 0, rare: (bits & 4) > 0 }
  const suffix = Object.entries(extras).flatMap(([name, isAsked]) => (isAsked ? [`-${name}`] : []))
  return { extras, name: `commit-decisions${suffix.join('')}`, text: textWith(extras) }
})

export function statementWith({ keys, cards, rare }: Extras): { name: string; text: string } {
  const found = statements[(keys ? 1 : 0) + (cards ? 2 : 0) + (rare ? 4 : 0)]
  if (found === undefined) throw new Error('there is no such statement')
  return { name: found.name, text: found.text }
}

export async function writeDecisions(pool: Pool, rows: readonly PaymentCommit[]): Promise<CommitOutcome[]> {
  const extras: Extras = {
    keys: rows.some((row) => row.claim !== null),
    cards: rows.some(({ decision }) => decision.paymentMethod !== null || decision.settleCards.length > 0),
    rare: rows.some(({ decision }) => decision.isRare || decision.operations.some(isRareOperation)),
  }
  const result = await pool.query<{ payment_id: string }>({
    ...statementWith(extras),
    values: [
      JSON.stringify(rows.map((row) => decisionRow(row, extras.rare))),
      JSON.stringify(rows.flatMap((row) => row.decision.operations.map(extras.rare ? rareOperationRow : operationRow))),
      JSON.stringify(rows.flatMap(ledgerRows)),
      JSON.stringify(rows.flatMap((row) => row.decision.events.map(eventRow))),
      ...(extras.cards ? [JSON.stringify(rows.flatMap(methodRows)), JSON.stringify(rows.flatMap(settlementRows))] : []),
      ...(extras.rare
        ? [JSON.stringify(rows.flatMap(({ decision }) => decision.authentications.map(authenticationRow)))]
        : []),
    ],
  })
  const won = new Set(result.rows.map((row) => row.payment_id))
  if (won.size === rows.length) return rows.map(() => ({ kind: 'committed' }))
  return answerLosers(pool, rows, won)
}

/** A decision lost because its key was taken, or because its payment has moved on: the key is looked at first. */
async function answerLosers(
  pool: Pool,
  rows: readonly PaymentCommit[],
  won: ReadonlySet<string>,
): Promise<CommitOutcome[]> {
  const keyed = rows.flatMap((row) =>
    row.claim && !won.has(row.decision.payment.paymentId)
      ? [{ ...row.decision.payment, key: row.claim.claim.key }]
      : [],
  )
  const keys = keyed.length === 0 ? undefined : await readKeys(pool, keyed)
  return rows.map((row) => {
    const { payment } = row.decision
    if (won.has(payment.paymentId)) return { kind: 'committed' }
    const record = row.claim && keys?.find(payment, row.claim.claim.key)
    // A key that stands for our own operation means that an earlier run of this batch committed: the re-read will show it.
    const isOurs = record?.operationId != null && record.operationId === row.claim?.operationId
    return record && !isOurs ? { kind: 'key_taken', record } : { kind: 'stale' }
  })
}

function decisionRow({ decision, claim, answer }: PaymentCommit, isRare: boolean): Record<string, unknown> {
  const { payment } = decision
  return {
    merchant_id: payment.merchantId,
    payment_id: payment.paymentId,
    mode: payment.mode,
    expected_version: decision.expectedVersion,
    ...changingPaymentRow(payment),
    ...(isRare ? rarePaymentRow(payment) : {}),
    idem_key: claim?.claim.key ?? null,
    idem_fingerprint: claim?.claim.fingerprint ?? null,
    idem_operation_id: claim?.operationId ?? null,
    answer_key: answer?.key ?? null,
    answer_status: answer?.status ?? null,
    answer_body: answer?.body ?? null,
  }
}

/** Each occasion has ten line numbers of its own, so that an operation can be booked on again when it is settled or disputed. */
const linesPerOccasion = 10

function ledgerRows({ decision: { payment, ledger } }: PaymentCommit): Record<string, unknown>[] {
  return ledger.flatMap(({ operationId, occasion, lines }) =>
    lines.map((line, index) => ({
      merchant_id: payment.merchantId,
      operation_id: operationId,
      line: ledgerOccasions.indexOf(occasion) * linesPerOccasion + index,
      payment_id: payment.paymentId,
      mode: payment.mode,
      account: line.account,
      currency: line.currency,
      amount_minor: line.amountMinor,
      created_at: payment.updatedAtMs,
    })),
  )
}

function methodRows({ decision: { payment, paymentMethod } }: PaymentCommit): Record<string, unknown>[] {
  if (paymentMethod === null) return []
  return [
    {
      merchant_id: payment.merchantId,
      payment_id: payment.paymentId,
      payment_method_id: paymentMethod.paymentMethodId,
      mode: payment.mode,
      customer_id: paymentMethod.customerId,
      card_id: paymentMethod.cardId,
      fingerprint_id: paymentMethod.fingerprintId,
      connector_id: paymentMethod.connectorId,
      card: paymentMethod.card,
      network_transaction_id: paymentMethod.networkTransactionId,
      created_at: payment.updatedAtMs,
    },
  ]
}

function settlementRows({ decision: { payment, settleCards } }: PaymentCommit): Record<string, unknown>[] {
  return settleCards.map((cardId) => ({
    merchant_id: payment.merchantId,
    payment_id: payment.paymentId,
    card_id: cardId,
    mode: payment.mode,
    due_at: payment.updatedAtMs,
  }))
}
