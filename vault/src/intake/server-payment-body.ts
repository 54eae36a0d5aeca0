import { isUtf8 } from 'node:buffer'
import { relayMembers } from '@tessera/contracts/relay-protocol'
import { isKey, type KeyRange } from '../json/keys.ts'
import { type JsonKind, type PlaceStep, scanJson } from '../json/scan.ts'
import { createCardMember, fieldKeys, type TakenCard } from './card-member.ts'
import { type KeptMember, RestOfBody } from './rest-of-body.ts'
import type { BodyFault } from './token-body.ts'

export type ServerPaymentBody =
  | { ok: true; card: TakenCard | 'none' | 'not_an_object'; rest: RestOfBody }
  | { ok: false; fault: BodyFault }

/** Members per object: more than the gateway takes of anything. */
const limits = { maxDepth: 16, maxMembers: 256 }
const names = fieldKeys({ number: 'number', cvc: 'cvc', expMonth: 'expMonth', expYear: 'expYear' })
const cardKey = Buffer.from('card')
/** What these say counts when the vault says it, so nobody else gets to say it. */
const ownKeys = Object.values(relayMembers).map((name) => Buffer.from(name))

interface Member extends KeyRange {
  kind: JsonKind
}

/** Takes the body of a server payment apart into its card and all that is not the card, over its bytes. */
export function readServerPaymentBody(bytes: Buffer): ServerPaymentBody {
  if (!isUtf8(bytes)) return { ok: false, fault: { kind: 'invalid_utf8', position: 0 } }
  let rootKind: JsonKind | undefined
  const card = createCardMember(bytes, names)
  const members: Member[] = []
  const onValue = (kind: JsonKind, start: number, end: number, place: readonly PlaceStep[]): void => {
    const [step] = place
    if (place.length === 0) rootKind = kind
    else if (place.length === 1 && step !== undefined && 'keyStart' in step) members.push({ ...step, kind })
    card.onValue(kind, start, end, place)
  }
  const fault = scanJson(bytes, { onValue }, limits)
  if (fault !== null) return { ok: false, fault }
  if (rootKind !== 'object') return { ok: false, fault: { kind: 'not_an_object', position: 0 } }
  const rest = new RestOfBody(bytes, keptMembers(bytes, members), members.length)
  // As good as absent, to the gateway too.
  if (card.kind === undefined || card.kind === 'null') return { ok: true, card: 'none', rest }
  return { ok: true, card: card.kind === 'object' ? card.take() : 'not_an_object', rest }
}

function keptMembers(bytes: Buffer, members: readonly Member[]): KeptMember[] {
  return members.flatMap((member, index): KeptMember[] => {
    const isCard = member.kind !== 'null' && isKey(bytes, member, cardKey)
    if (isCard || ownKeys.some((key) => isKey(bytes, member, key))) return []
    const next = members[index + 1]
    return [{ ...member, start: member.keyStart - 1, end: endBefore(bytes, next) }]
  })
}

/** A member ends where the comma before the next one, or the last brace of the body, stands. */
function endBefore(bytes: Buffer, next: KeyRange | undefined): number {
  const [mark, from] = next === undefined ? [0x7d, bytes.length] : [0x2c, next.keyStart - 1]
  return bytes.lastIndexOf(mark, from - 1)
}
