import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import { type Batcher, createBatcher } from '@tessera/lib/batcher'
import { type batching, columns, type Database, oneLane } from './database.ts'
import { faceTypes, faceValues } from './faces.ts'

export interface NewToken {
  merchantId: string
  mode: Mode
  token: string
  sealedNumber: Buffer
  sealedCvc: Buffer | null
  face: CardFace
  createdAtMs: number
  expiresAtMs: number
}

/** A token that is claimed from the first moment on. */
export interface ClaimedToken extends NewToken {
  attemptId: string
  holdExpiresAtMs: number
}

/** `on conflict`: the same rows run again after a lost connection; nobody else has these ids. */
const insertTokens = {
  name: 'insert_tokens',
  text: `with given as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[], $7::bigint[],
        ${faceTypes(8)})
      as given (merchant_id, mode, token, sealed_number, sealed_cvc, created_at_ms, expires_at_ms,
        bin, last4, brand, exp_month, exp_year, cardholder_name)),
    stored as (
      insert into tokens (merchant_id, mode, token, sealed_number, bin, last4, brand, exp_month, exp_year,
        cardholder_name, created_at_ms, expires_at_ms)
      select merchant_id, mode, token, sealed_number, bin, last4, brand, exp_month, exp_year, cardholder_name,
        created_at_ms, expires_at_ms
      from given on conflict do nothing)
    insert into cvcs (merchant_id, mode, token, sealed)
    select merchant_id, mode, token, sealed_cvc from given where sealed_cvc is not null on conflict do nothing`,
}

const insertClaimedTokens = {
  name: 'insert_claimed_tokens',
  text: `with given as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[], $7::bigint[],
        $8::text[], $9::bigint[], ${faceTypes(10)})
      as given (merchant_id, mode, token, sealed_number, sealed_cvc, created_at_ms, expires_at_ms,
        attempt_id, hold_expires_at_ms, bin, last4, brand, exp_month, exp_year, cardholder_name)),
    stored as (
      insert into tokens (merchant_id, mode, token, sealed_number, bin, last4, brand, exp_month, exp_year,
        cardholder_name, claimed_by, created_at_ms, expires_at_ms)
      select merchant_id, mode, token, sealed_number, bin, last4, brand, exp_month, exp_year, cardholder_name,
        attempt_id, created_at_ms, expires_at_ms
      from given on conflict do nothing),
    held as (
      insert into holds (merchant_id, mode, attempt_id, token, expires_at_ms)
      select merchant_id, mode, attempt_id, token, hold_expires_at_ms from given on conflict do nothing),
    permitted as (
      insert into permits (merchant_id, mode, attempt_id, claimed_at_ms)
      select merchant_id, mode, attempt_id, created_at_ms from given on conflict do nothing)
    insert into cvcs (merchant_id, mode, token, sealed)
    select merchant_id, mode, token, sealed_cvc from given where sealed_cvc is not null on conflict do nothing`,
}

/** Resolves once the token is stored, with the hold and the permit of its attempt. */
export function claimedTokenWriter(
  database: Database,
  parts: ReturnType<typeof batching>,
): Batcher<ClaimedToken, void> {
  return createBatcher<ClaimedToken, void>({
    ...parts,
    ...oneLane,
    name: 'claimed tokens',
    async write(rows) {
      const claims = columns(
        rows,
        (row) => row.attemptId,
        (row) => row.holdExpiresAtMs,
      )
      const values = [...tokenValues(rows), ...claims, ...faceValues(rows.map((row) => row.face))]
      await database.run(insertClaimedTokens, values)
      return rows.map(() => undefined)
    },
  })
}

function tokenValues(rows: readonly NewToken[]): unknown[][] {
  return columns(
    rows,
    (row) => row.merchantId,
    (row) => row.mode,
    (row) => row.token,
    (row) => row.sealedNumber,
    (row) => row.sealedCvc,
    (row) => row.createdAtMs,
    (row) => row.expiresAtMs,
  )
}

/** Resolves once the token is stored. */
export function tokenWriter(database: Database, parts: ReturnType<typeof batching>): Batcher<NewToken, void> {
  return createBatcher<NewToken, void>({
    ...parts,
    ...oneLane,
    name: 'tokens',
    async write(rows) {
      await database.run(insertTokens, [...tokenValues(rows), ...faceValues(rows.map((row) => row.face))])
      return rows.map(() => undefined)
    },
  })
}
