import type { Owner } from '../cards/card-safe.ts'
import type { Database } from './database.ts'

/**
 * A token that no payment took goes at once, with the claim of the attempt that came to nothing. Where the claim's permit is
 * gone already the card was sent, and nothing is touched.
 */
const discardToken = {
  name: 'discard_token',
  text: `with due as materialized (
      select merchant_id, mode, token, claimed_by from tokens where merchant_id = $1 and mode = $2 and token = $3),
    unsent as (
      delete from permits using due
      where permits.merchant_id = due.merchant_id and permits.mode = due.mode and permits.attempt_id = due.claimed_by
      returning permits.attempt_id),
    ended as (
      delete from holds using due, unsent
      where holds.merchant_id = due.merchant_id and holds.mode = due.mode and holds.attempt_id = unsent.attempt_id),
    discarded as (
      delete from tokens using due
      where tokens.merchant_id = due.merchant_id and tokens.mode = due.mode and tokens.token = due.token
        and tokens.claimed_by is not distinct from due.claimed_by
        and (due.claimed_by is null or exists (select 1 from unsent))
      returning tokens.merchant_id, tokens.mode, tokens.token),
    erased as (
      delete from cvcs using discarded
      where cvcs.merchant_id = discarded.merchant_id and cvcs.mode = discarded.mode and cvcs.token = discarded.token)
    select 1 from discarded`,
}

/** The gateway releases the claim at the same time: whichever statement waited for the other then sees a token that changed. */
const triesMax = 3

export type DiscardToken = (owner: Owner, token: string) => Promise<void>

export function tokenDiscarder(database: Database): DiscardToken {
  return async ({ merchantId, mode }, token) => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const discarded = await database.run(discardToken, [merchantId, mode, token])
      if (discarded.length > 0) return
    }
  }
}
