import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import { type Batcher, createBatcher } from '@tessera/lib/batcher'
import type { batching } from './database.ts'
import { columns, type Database, oneLane } from './database.ts'
import { faceOf } from './faces.ts'

export interface ClaimRow {
  merchantId: string
  mode: Mode
  attemptId: string
  /** Token or saved card. */
  sourceId: string
  nowMs: number
  holdExpiresAtMs: number
}

/** What a claim that did not win finds. */
export interface ClaimFacts {
  /** Null: no such token, or no such active card. */
  source: { face: CardFace; fingerprintId: string | null; expiresAtMs: number; claimedBy: string | null } | null
  /** The hold that the attempt has already. */
  hold: { sourceId: string; expiresAtMs: number } | null
}

export type ClaimResult =
  | { won: true; face: CardFace; fingerprintId: string | null; holdExpiresAtMs: number }
  | { won: false; facts: ClaimFacts }

const given = `given as materialized (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) with ordinality
  as given (merchant_id, mode, attempt_id, source_id, now_ms, hold_expires_at_ms, position))`

const attemptIsFree = `not exists (select 1 from holds
  where holds.merchant_id = given.merchant_id and holds.mode = given.mode and holds.attempt_id = given.attempt_id)`

const permitted = `permitted as (
  insert into permits (merchant_id, mode, attempt_id, claimed_at_ms)
  select merchant_id, mode, attempt_id, now_ms from claimed)`

const claimTokens = {
  name: 'claim_tokens',
  text: `with ${given},
    claimed as (
      update tokens set claimed_by = given.attempt_id from given
      where tokens.merchant_id = given.merchant_id and tokens.mode = given.mode and tokens.token = given.source_id
        and tokens.claimed_by is null and tokens.sealed_number is not null and tokens.expires_at_ms > given.now_ms
        and ${attemptIsFree}
      returning given.*, bin, last4, brand, exp_month, exp_year, cardholder_name),
    held as (
      insert into holds (merchant_id, mode, attempt_id, token, expires_at_ms)
      select merchant_id, mode, attempt_id, source_id, hold_expires_at_ms from claimed),
    ${permitted}
    select position, bin, last4, brand, exp_month, exp_year, cardholder_name, null as fingerprint_id from claimed`,
}

const claimCards = {
  name: 'claim_cards',
  text: `with ${given},
    claimed as materialized (
      select given.*, bin, last4, brand, exp_month, exp_year, cardholder_name, fingerprint_id from given
      join cards on cards.merchant_id = given.merchant_id and cards.mode = given.mode
        and cards.card_id = given.source_id
      where cards.state = 'active' and ${attemptIsFree}),
    held as (
      insert into holds (merchant_id, mode, attempt_id, card_id, expires_at_ms)
      select merchant_id, mode, attempt_id, source_id, hold_expires_at_ms from claimed),
    ${permitted}
    select position, bin, last4, brand, exp_month, exp_year, cardholder_name, fingerprint_id from claimed`,
}

/** A statement does not see what it or a concurrent one changed, so those that did not win are looked up afterwards. */
const readTokenFacts = {
  name: 'read_token_facts',
  text: `with ${given}
    select position, bin, last4, brand, exp_month, exp_year, cardholder_name, null as fingerprint_id,
      tokens.expires_at_ms, claimed_by, holds.token as held_source, holds.expires_at_ms as hold_expires_at_ms
    from given
    left join tokens on tokens.merchant_id = given.merchant_id and tokens.mode = given.mode
      and tokens.token = given.source_id
    left join holds on holds.merchant_id = given.merchant_id and holds.mode = given.mode
      and holds.attempt_id = given.attempt_id`,
}

const readCardFacts = {
  name: 'read_card_facts',
  text: `with ${given}
    select position, bin, last4, brand, exp_month, exp_year, cardholder_name, fingerprint_id,
      null as expires_at_ms, null as claimed_by, holds.card_id as held_source,
      holds.expires_at_ms as hold_expires_at_ms
    from given
    left join cards on cards.merchant_id = given.merchant_id and cards.mode = given.mode
      and cards.card_id = given.source_id and cards.state = 'active'
    left join holds on holds.merchant_id = given.merchant_id and holds.mode = given.mode
      and holds.attempt_id = given.attempt_id`,
}

type Parts = ReturnType<typeof batching>

/** Resolves with the hold, or with what stands in its way. */
export function tokenClaimer(database: Database, parts: Parts): Batcher<ClaimRow, ClaimResult> {
  return claimer(database, parts, 'token claims', claimTokens, readTokenFacts)
}

export function cardClaimer(database: Database, parts: Parts): Batcher<ClaimRow, ClaimResult> {
  return claimer(database, parts, 'card claims', claimCards, readCardFacts)
}

function claimer(
  database: Database,
  parts: Parts,
  name: string,
  claim: typeof claimTokens,
  readFacts: typeof claimTokens,
): Batcher<ClaimRow, ClaimResult> {
  return createBatcher<ClaimRow, ClaimResult>({
    ...parts,
    ...oneLane,
    name,
    // Two holds of one attempt in one statement would fail it. Two claims of one token are fine: one of them updates it.
    aggregateKey: (row) => row.attemptId,
    async write(rows) {
      const results = new Array<ClaimResult>(rows.length)
      for (const row of await database.run(claim, valuesOf(rows))) {
        const index = Number(row.position) - 1
        const { holdExpiresAtMs } = rows[index] as ClaimRow
        results[index] = { won: true, face: faceOf(row), fingerprintId: row.fingerprint_id, holdExpiresAtMs }
      }
      const lost = rows.flatMap((row, index) => (results[index] === undefined ? [{ row, index }] : []))
      if (lost.length > 0) {
        for (const row of await database.run(readFacts, valuesOf(lost.map((entry) => entry.row)))) {
          const index = lost[Number(row.position) - 1]?.index as number
          results[index] = { won: false, facts: factsOf(row) }
        }
      }
      return results
    },
  })
}

function valuesOf(rows: readonly ClaimRow[]): unknown[][] {
  return columns(
    rows,
    (row) => row.merchantId,
    (row) => row.mode,
    (row) => row.attemptId,
    (row) => row.sourceId,
    (row) => row.nowMs,
    (row) => row.holdExpiresAtMs,
  )
}

// biome-ignore lint/suspicious/noExplicitAny: the shape that the two statements above give.
function factsOf(row: any): ClaimFacts {
  const source = {
    face: faceOf(row),
    fingerprintId: row.fingerprint_id,
    expiresAtMs: Number(row.expires_at_ms),
    claimedBy: row.claimed_by,
  }
  const holdExpiresAtMs = row.hold_expires_at_ms
  return {
    source: row.bin === null ? null : source,
    hold: holdExpiresAtMs === null ? null : { sourceId: row.held_source, expiresAtMs: Number(holdExpiresAtMs) },
  }
}
