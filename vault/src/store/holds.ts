import type { Mode, UnsentClaimsReply } from '@tessera/contracts/vault-protocol'
import { retry } from '@tessera/lib/retry'
import type { HeldCard } from '../cards/card-safe.ts'
import { type batching, columns, type Database } from './database.ts'
import { heldCardColumns, heldCardJoins, heldCardOf } from './held-cards.ts'

export interface ReleaseRow {
  merchantId: string
  mode: Mode
  attemptId: string
}

const endHolds = {
  name: 'end_holds',
  text: `with given as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[]) as given (merchant_id, mode, attempt_id)),
    unsent as (
      delete from permits using given
      where permits.merchant_id = given.merchant_id and permits.mode = given.mode
        and permits.attempt_id = given.attempt_id),
    ended as (
      delete from holds using given
      where holds.merchant_id = given.merchant_id and holds.mode = given.mode
        and holds.attempt_id = given.attempt_id
      returning holds.merchant_id, holds.mode, holds.token),
    erased as (
      delete from cvcs using ended
      where cvcs.merchant_id = ended.merchant_id and cvcs.mode = ended.mode and cvcs.token = ended.token)
    update tokens set sealed_number = null from ended
    where tokens.merchant_id = ended.merchant_id and tokens.mode = ended.mode and tokens.token = ended.token`,
}

/** A token that expired meanwhile is emptied instead: nobody can claim it any more. */
const freeHolds = {
  name: 'free_holds',
  text: `with given as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[]) as given (merchant_id, mode, attempt_id)),
    unsent as (
      delete from permits using given
      where permits.merchant_id = given.merchant_id and permits.mode = given.mode
        and permits.attempt_id = given.attempt_id
      returning given.*),
    ended as (
      delete from holds using unsent
      where holds.merchant_id = unsent.merchant_id and holds.mode = unsent.mode
        and holds.attempt_id = unsent.attempt_id
      returning holds.merchant_id, holds.mode, holds.attempt_id, holds.token),
    freed as (
      update tokens set claimed_by = null,
        sealed_number = case when expires_at_ms > $4 then sealed_number end
      from ended
      where tokens.merchant_id = ended.merchant_id and tokens.mode = ended.mode and tokens.token = ended.token
        and tokens.claimed_by = ended.attempt_id
      returning tokens.merchant_id, tokens.mode, tokens.token, tokens.sealed_number)
    delete from cvcs using freed
    where cvcs.merchant_id = freed.merchant_id and cvcs.mode = freed.mode and cvcs.token = freed.token
      and freed.sealed_number is null`,
}

const listUnsentClaims = {
  name: 'list_unsent_claims',
  text: `select merchant_id, mode, attempt_id, claimed_at_ms from permits
    where claimed_at_ms >= $1 and claimed_at_ms <= $2 order by claimed_at_ms limit $3`,
}

const readHold = {
  name: 'read_hold',
  text: `with use as materialized (
      select merchant_id, mode, token, card_id from holds
      where merchant_id = $1 and mode = $2 and attempt_id = $3 and expires_at_ms > $4)
    select ${heldCardColumns} from use ${heldCardJoins}`,
}

type Parts = ReturnType<typeof batching>

export interface HoldRows {
  /** The card behind a live hold; null when there is none. */
  heldCard(key: ReleaseRow, nowMs: number): Promise<HeldCard | null>
  /** Oldest first; both bounds included. */
  unsentClaims(claimedFromMs: number, claimedToMs: number, limit: number): Promise<UnsentClaimsReply['claims']>
  end(rows: readonly ReleaseRow[]): Promise<void>
  free(rows: readonly ReleaseRow[], nowMs: number): Promise<void>
}

/** Releases meet sends and the end of what expired on the same rows; a deadlock ends one of them, which runs again. */
function patiently(parts: Parts, run: () => Promise<unknown>): Promise<unknown> {
  const { clock, timers, random, isRetryable } = parts
  const bounds = { attempts: 5, firstPauseMs: 10, maxPauseMs: 200, deadlineMs: 3_000 }
  return retry(run, { ...bounds, clock, timers, random, isRetryable })
}

export function holdRows(database: Database, parts: Parts): HoldRows {
  const keysOf = (rows: readonly ReleaseRow[]) =>
    columns(
      rows,
      (row) => row.merchantId,
      (row) => row.mode,
      (row) => row.attemptId,
    )
  return {
    async heldCard({ merchantId, mode, attemptId }, nowMs) {
      const [row] = await database.run(readHold, [merchantId, mode, attemptId, nowMs])
      return row === undefined ? null : heldCardOf(row)
    },
    async unsentClaims(claimedFromMs, claimedToMs, limit) {
      const rows = await database.run(listUnsentClaims, [claimedFromMs, claimedToMs, limit])
      return rows.map((row) => ({
        merchantId: row.merchant_id,
        mode: row.mode,
        attemptId: row.attempt_id,
        claimedAtMs: Number(row.claimed_at_ms),
      }))
    },
    async end(rows) {
      if (rows.length > 0) await patiently(parts, () => database.run(endHolds, keysOf(rows)))
    },
    async free(rows, nowMs) {
      if (rows.length > 0) await patiently(parts, () => database.run(freeHolds, [...keysOf(rows), nowMs]))
    },
  }
}
