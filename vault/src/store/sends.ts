import type { Mode } from '@tessera/contracts/vault-protocol'
import { type Batcher, createBatcher } from '@tessera/lib/batcher'
import type { AuditChains } from '../audit/audit-chains.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import type { HeldCard } from '../cards/card-safe.ts'
import type { NewCard } from './cards.ts'
import { type batching, columns, type Database, type Statement } from './database.ts'
import { faceTypes, faceValues } from './faces.ts'
import { heldCardColumns, heldCardJoins, heldCardOf } from './held-cards.ts'

/** A request that is about to be sent with a card in it. */
export interface SendRow {
  merchantId: string
  mode: Mode
  attemptId: string
  stepId: string
  nowMs: number
  entry: AuditEntry
  /** Written, provisional, in the same commit. */
  save: NewCard | null
}

/**
 * Null: there is no such permit or hold any more. Otherwise this use is committed, even where the card behind it turns out
 * to have been erased.
 */
export type SendResult = { held: HeldCard | null } | null

const given = `given as materialized (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
    $8::text[], $9::bytea[]) with ordinality
  as given (merchant_id, mode, attempt_id, step_id, now_ms, action, subject_id, destination, mac, ordinal))`

const stepIsFree = `not exists (select 1 from step_marks
  where step_marks.merchant_id = given.merchant_id and step_marks.mode = given.mode
    and step_marks.step_id = given.step_id)`

const liveHold = `holds.merchant_id = given.merchant_id and holds.mode = given.mode
  and holds.attempt_id = given.attempt_id and holds.expires_at_ms > given.now_ms`

const audited = `audited as (
  insert into audit_log (merchant_id, chain_id, sequence, position, mode, action, subject_id, step_id, destination,
    at_ms, previous, mac)
  select merchant_id, $10::text, $11::bigint, ordinal - 1, mode, action, subject_id, step_id, destination,
    now_ms, $12::bytea, mac from use)`

const marked = `marked as (
  insert into step_marks (merchant_id, mode, step_id, state, marked_at_ms)
  select merchant_id, mode, step_id, 'sent', now_ms from use)`

/**
 * The permit goes first: a fence or a release at the same moment waits for that row, and finds it gone. The mark makes
 * the step known for good, beyond a crash that empties the short-lived tables.
 */
const consumePermits = {
  name: 'consume_permits',
  text: `with ${given},
    use as (
      delete from permits using given, holds
      where permits.merchant_id = given.merchant_id and permits.mode = given.mode
        and permits.attempt_id = given.attempt_id and ${liveHold} and ${stepIsFree}
      returning given.*, holds.token, holds.card_id),
    ${marked},
    ${audited},
    erased as (
      delete from cvcs using use
      where cvcs.merchant_id = use.merchant_id and cvcs.mode = use.mode and cvcs.token = use.token
      returning use.ordinal, cvcs.sealed)
    select use.ordinal, erased.sealed as sealed_cvc, ${heldCardColumns} from use ${heldCardJoins}
    left join erased on erased.ordinal = use.ordinal`,
}

const saved = `
  saved as (
    insert into cards (merchant_id, mode, card_id, state, sealed_number, wrapped_key, bin, last4, brand, exp_month,
      exp_year, cardholder_name, fingerprint_id, created_at_ms, updated_at_ms)
    select use.merchant_id, use.mode, save.card_id, 'provisional', save.sealed_number, save.wrapped_key, save.bin,
      save.last4, save.brand, save.exp_month, save.exp_year, save.cardholder_name, save.fingerprint_id, use.now_ms,
      use.now_ms
    from use join unnest($13::text[], $14::bytea[], $15::bytea[], $16::text[], ${faceTypes(17)}) with ordinality
      as save (card_id, sealed_number, wrapped_key, fingerprint_id, bin, last4, brand, exp_month, exp_year,
        cardholder_name, ordinal) on save.ordinal = use.ordinal
    where save.card_id is not null
    on conflict do nothing),`

/** The same for batches in which some card is to be saved; most are not. */
const consumePermitsAndSave = {
  name: 'consume_permits_and_save',
  text: consumePermits.text.replace('erased as (', `${saved} erased as (`),
}

/** A use of the hold that needs no permit: without the CVC, which has gone or stays for the authorization. */
const useHolds = {
  name: 'use_holds',
  text: `with ${given},
    use as materialized (
      select given.*, holds.token, holds.card_id from given join holds on ${liveHold}),
    ${audited}
    select use.ordinal, ${heldCardColumns} from use ${heldCardJoins}`,
}

type Parts = ReturnType<typeof batching> & { chains: AuditChains }

/** Consumes the attempt's permit. Resolves, once that is committed, with the card and its CVC for a single send. */
export function permitConsumer(database: Database, parts: Parts): Batcher<SendRow, SendResult> {
  return sender(database, parts, 'permits', (rows) =>
    rows.some((row) => row.save !== null) ? consumePermitsAndSave : consumePermits,
  )
}

export function holdUser(database: Database, parts: Parts): Batcher<SendRow, SendResult> {
  return sender(database, parts, 'hold uses', () => useHolds)
}

function sender(
  database: Database,
  parts: Parts,
  name: string,
  statementFor: (rows: readonly SendRow[]) => Statement,
): Batcher<SendRow, SendResult> {
  const { chains, ...rest } = parts
  return createBatcher<SendRow, SendResult>({
    ...rest,
    name,
    aggregateKey: (row) => row.attemptId,
    write(rows) {
      const statement = statementFor(rows)
      const entries = rows.map((row) => row.entry)
      return chains.append(entries, async (link, macs) => {
        const values = [...valuesOf(rows), macs, link.chainId, link.sequence, link.previous]
        if (statement === consumePermitsAndSave) values.push(...saveValues(rows))
        const results = new Array<SendResult>(rows.length).fill(null)
        const committed: number[] = []
        for (const row of await database.run(statement, values)) {
          const position = Number(row.ordinal) - 1
          committed.push(position)
          results[position] = { held: heldCardOf(row) }
        }
        return { committed, result: results }
      })
    },
  })
}

function valuesOf(rows: readonly SendRow[]): unknown[] {
  return columns(
    rows,
    (row) => row.merchantId,
    (row) => row.mode,
    (row) => row.attemptId,
    (row) => row.stepId,
    (row) => row.nowMs,
    (row) => row.entry.action,
    (row) => row.entry.subjectId,
    (row) => row.entry.destination,
  )
}

function saveValues(rows: readonly SendRow[]): unknown[][] {
  return [
    ...columns(
      rows,
      (row) => row.save?.cardId ?? null,
      (row) => row.save?.sealedNumber ?? null,
      (row) => row.save?.wrappedKey ?? null,
      (row) => row.save?.fingerprintId ?? null,
    ),
    ...faceValues(rows.map((row) => row.save?.face ?? null)),
  ]
}
