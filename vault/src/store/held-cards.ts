import type { HeldCard } from '../cards/card-safe.ts'
import { faceOf } from './faces.ts'

/** What `heldCardOf` reads; to be selected from a row set `use` (token, card_id) with these joins. */
export const heldCardColumns = `use.token, use.card_id, tokens.sealed_number as token_number,
  cards.sealed_number as card_number, cards.wrapped_key, coalesce(tokens.bin, cards.bin) as bin,
  coalesce(tokens.last4, cards.last4) as last4, coalesce(tokens.brand, cards.brand) as brand,
  coalesce(tokens.exp_month, cards.exp_month) as exp_month, coalesce(tokens.exp_year, cards.exp_year) as exp_year,
  coalesce(tokens.cardholder_name, cards.cardholder_name) as cardholder_name`
export const heldCardJoins = `
  left join tokens on tokens.merchant_id = use.merchant_id and tokens.mode = use.mode and tokens.token = use.token
  left join cards on cards.merchant_id = use.merchant_id and cards.mode = use.mode and cards.card_id = use.card_id
    and cards.state = 'active'`

// biome-ignore lint/suspicious/noExplicitAny: the shape that `heldCardColumns` gives.
export function heldCardOf(row: any): HeldCard | null {
  if (row.bin === null) return null
  const face = faceOf(row)
  if (row.card_id !== null) {
    const { card_id: cardId, card_number: sealedNumber, wrapped_key: wrappedKey } = row
    return { face, source: { kind: 'card', cardId, sealedNumber, wrappedKey } }
  }
  const { token, token_number: sealedNumber, sealed_cvc: sealedCvc = null } = row
  return { face, source: { kind: 'token', token, sealedNumber, sealedCvc } }
}
