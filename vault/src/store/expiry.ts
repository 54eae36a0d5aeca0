import type { Database } from './database.ts'

/**
 * What has passed its time goes, CVC first. Each statement takes a bounded number of rows; zero means that it is done.
 */
export interface ExpiryRows {
  /** Unclaimed tokens that expired in the window: CVC and number go, the token stays as a tombstone. */
  emptyTokens(expiredFromMs: number, expiredUntilMs: number, limit: number): Promise<number>
  /** Holds past their deadline, with permit, CVC and number. */
  endHolds(expiredUntilMs: number, limit: number): Promise<number>
  deleteTombstones(expiredUntilMs: number, limit: number): Promise<number>
  deleteStepMarks(markedUntilMs: number, limit: number): Promise<number>
}

const emptyTokens = {
  name: 'empty_tokens',
  text: `with due as materialized (
      select merchant_id, mode, token from tokens
      where expires_at_ms > $1 and expires_at_ms <= $2 and claimed_by is null and sealed_number is not null
      order by expires_at_ms limit $3 for update skip locked),
    erased as (
      delete from cvcs using due
      where cvcs.merchant_id = due.merchant_id and cvcs.mode = due.mode and cvcs.token = due.token)
    update tokens set sealed_number = null, cardholder_name = null from due
    where tokens.merchant_id = due.merchant_id and tokens.mode = due.mode and tokens.token = due.token
    returning 1`,
}

const endHolds = {
  name: 'end_expired_holds',
  text: `with due as materialized (
      select merchant_id, mode, attempt_id, token from holds where expires_at_ms <= $1
      order by expires_at_ms limit $2 for update skip locked),
    unsent as (
      delete from permits using due
      where permits.merchant_id = due.merchant_id and permits.mode = due.mode
        and permits.attempt_id = due.attempt_id),
    erased as (
      delete from cvcs using due
      where cvcs.merchant_id = due.merchant_id and cvcs.mode = due.mode and cvcs.token = due.token),
    emptied as (
      update tokens set sealed_number = null, cardholder_name = null from due
      where tokens.merchant_id = due.merchant_id and tokens.mode = due.mode and tokens.token = due.token)
    delete from holds using due
    where holds.merchant_id = due.merchant_id and holds.mode = due.mode and holds.attempt_id = due.attempt_id
    returning 1`,
}

const deleteTombstones = {
  name: 'delete_tombstones',
  text: `with due as materialized (
      select merchant_id, mode, token from tokens where expires_at_ms <= $1 order by expires_at_ms limit $2
      for update skip locked),
    erased as (
      delete from cvcs using due
      where cvcs.merchant_id = due.merchant_id and cvcs.mode = due.mode and cvcs.token = due.token)
    delete from tokens using due
    where tokens.merchant_id = due.merchant_id and tokens.mode = due.mode and tokens.token = due.token
    returning 1`,
}

const deleteStepMarks = {
  name: 'delete_step_marks',
  text: `with due as materialized (
      select merchant_id, mode, step_id from step_marks where marked_at_ms <= $1 order by marked_at_ms limit $2
      for update skip locked)
    delete from step_marks using due
    where step_marks.merchant_id = due.merchant_id and step_marks.mode = due.mode
      and step_marks.step_id = due.step_id
    returning 1`,
}

export function expiryRows(database: Database): ExpiryRows {
  const count = async (statement: typeof emptyTokens, values: number[]) =>
    (await database.run(statement, values)).length
  return {
    emptyTokens: (fromMs, untilMs, limit) => count(emptyTokens, [fromMs, untilMs, limit]),
    endHolds: (untilMs, limit) => count(endHolds, [untilMs, limit]),
    deleteTombstones: (untilMs, limit) => count(deleteTombstones, [untilMs, limit]),
    deleteStepMarks: (untilMs, limit) => count(deleteStepMarks, [untilMs, limit]),
  }
}
