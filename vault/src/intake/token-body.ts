import { isUtf8 } from 'node:buffer'
import type { CardFields } from '../cards/read-card.ts'
import { type JsonFault, type JsonKind, type PlaceStep, scanJson } from '../json/scan.ts'
import { createCardMember, fieldKeys } from './card-member.ts'

export type BodyFault = { kind: JsonFault['kind'] | 'invalid_utf8' | 'not_an_object'; position: number }

export type TokenBody =
  | { ok: true; card: CardFields; wipe(): void }
  /** `card` is missing or no object. */
  | { ok: true; card: null }
  | { ok: false; fault: BodyFault }

const limits = { maxDepth: 16, maxMembers: 100 }
const names = fieldKeys({
  number: 'number',
  cvc: 'cvc',
  expMonth: 'exp_month',
  expYear: 'exp_year',
  cardholderName: 'cardholder_name',
})

/** Takes the card's fields out of the raw bytes of `{"card": {…}}`. */
export function readTokenBody(bytes: Buffer): TokenBody {
  if (!isUtf8(bytes)) return { ok: false, fault: { kind: 'invalid_utf8', position: 0 } }
  let rootKind: JsonKind | undefined
  const card = createCardMember(bytes, names)
  const onValue = (kind: JsonKind, start: number, end: number, place: readonly PlaceStep[]): void => {
    if (place.length === 0) rootKind = kind
    else card.onValue(kind, start, end, place)
  }
  const fault = scanJson(bytes, { onValue }, limits)
  if (fault !== null) return { ok: false, fault }
  if (rootKind !== 'object') return { ok: false, fault: { kind: 'not_an_object', position: 0 } }
  if (card.kind !== 'object') return { ok: true, card: null }
  const { fields, wipe } = card.take()
  return { ok: true, card: fields, wipe }
}
