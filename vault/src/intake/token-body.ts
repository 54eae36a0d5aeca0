import { isUtf8 } from 'node:buffer'
import type { CardFields, Field } from '../cards/read-card.ts'
import { isKey } from '../json/keys.ts'
import { type JsonFault, type JsonKind, type PlaceStep, scanJson } from '../json/scan.ts'
import { decodeInto } from '../json/strings.ts'
import { secretBuffer } from '../secret-buffer.ts'

export type BodyFault = { kind: JsonFault['kind'] | 'invalid_utf8' | 'not_an_object'; position: number }

export type TokenBody =
  | { ok: true; card: CardFields; wipe(): void }
  /** `card` is missing or no object. */
  | { ok: true; card: null }
  | { ok: false; fault: BodyFault }

const limits = { maxDepth: 16, maxMembers: 100 }
const cardKey = Buffer.from('card')
const fieldKeys = Object.entries({
  number: Buffer.from('number'),
  cvc: Buffer.from('cvc'),
  expMonth: Buffer.from('exp_month'),
  expYear: Buffer.from('exp_year'),
  cardholderName: Buffer.from('cardholder_name'),
})

interface Found {
  kind: JsonKind
  start: number
  end: number
}

/**
 * Takes the card's fields out of the raw bytes of `{"card": {…}}`. Number and CVC are copied from buffer to buffer and
 * never become a string, which could not be wiped; other fields are passed over unread.
 */
export function readTokenBody(bytes: Buffer): TokenBody {
  if (!isUtf8(bytes)) return { ok: false, fault: { kind: 'invalid_utf8', position: 0 } }
  let rootKind: JsonKind | undefined
  let cardKind: JsonKind | undefined
  const found = new Map<string, Found>()
  const onValue = (kind: JsonKind, start: number, end: number, place: readonly PlaceStep[]): void => {
    if (place.length > 2) return
    const [outer, inner] = place
    if (outer === undefined) {
      rootKind = kind
    } else if (isStep(bytes, outer, cardKey)) {
      if (inner === undefined) cardKind = kind
      else for (const [name, key] of fieldKeys) if (isStep(bytes, inner, key)) found.set(name, { kind, start, end })
    }
  }
  const fault = scanJson(bytes, { onValue }, limits)
  if (fault !== null) return { ok: false, fault }
  if (rootKind !== 'object') return { ok: false, fault: { kind: 'not_an_object', position: 0 } }
  if (cardKind !== 'object') return { ok: true, card: null }
  return takeFields(bytes, found)
}

function isStep(bytes: Buffer, step: PlaceStep, key: Buffer): boolean {
  return 'keyStart' in step && isKey(bytes, step, key)
}

function takeFields(bytes: Buffer, found: ReadonlyMap<string, Found>): TokenBody {
  // One piece of memory for all of them: allocating it costs more than filling it.
  const taken = secretBuffer([...found.values()].reduce((sum, { start, end }) => sum + end - start, 0))
  let takenBytes = 0
  const stringField = (name: string): Field<Buffer> => {
    const place = found.get(name)
    if (place === undefined || place.kind === 'null') return { is: 'absent' }
    if (place.kind !== 'string') return { is: 'wrong_type' }
    const target = taken.subarray(takenBytes)
    const length = decodeInto(target, bytes, place.start + 1, place.end - 1)
    takenBytes += length
    return { is: 'given', value: target.subarray(0, length) }
  }
  // No card number is this short, so what fits may become a string.
  const shortField = (name: string): Field<string> => {
    const place = found.get(name)
    if (place === undefined || place.kind === 'null') return { is: 'absent' }
    const quotes = place.kind === 'string' ? 1 : 0
    const isShort = place.end - place.start - 2 * quotes <= 4
    if ((place.kind !== 'string' && place.kind !== 'number') || !isShort) return { is: 'wrong_type' }
    return { is: 'given', value: bytes.toString('latin1', place.start + quotes, place.end - quotes) }
  }
  const card: CardFields = {
    number: stringField('number'),
    cvc: stringField('cvc'),
    expMonth: shortField('expMonth'),
    expYear: shortField('expYear'),
    cardholderName: stringField('cardholderName'),
  }
  return { ok: true, card, wipe: () => void taken.fill(0) }
}
