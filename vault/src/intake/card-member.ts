import type { CardFields, Field } from '../cards/read-card.ts'
import { isKey } from '../json/keys.ts'
import type { JsonKind, PlaceStep } from '../json/scan.ts'
import { decodeInto } from '../json/strings.ts'
import { secretBuffer } from '../secret-buffer.ts'

/** How an API calls the fields of a card; one that it has not is absent. */
export type CardFieldNames = Readonly<Record<keyof CardFields, string>>

export interface TakenCard {
  fields: CardFields
  /** Zeroes number, CVC and name; the body that they stood in stays the caller's. */
  wipe(): void
}

interface Found {
  kind: JsonKind
  start: number
  end: number
}

const cardKey = Buffer.from('card')

/**
 * Watches a scan of `bytes` for the `card` of the outermost object and notes where its fields stand. Number and CVC are
 * copied from buffer to buffer and never become a string, which could not be wiped; other fields are passed over unread.
 */
export function createCardMember(bytes: Buffer, names: readonly (readonly [keyof CardFields, Buffer])[]) {
  let kind: JsonKind | undefined
  const found = new Map<keyof CardFields, Found>()
  return {
    /** Undefined when there is no `card`. */
    get kind() {
      return kind
    },
    onValue(valueKind: JsonKind, start: number, end: number, place: readonly PlaceStep[]): void {
      if (place.length > 2) return
      const [outer, inner] = place
      if (outer === undefined || !isStep(bytes, outer, cardKey)) return
      if (inner === undefined) {
        kind = valueKind
        return
      }
      for (const [name, key] of names) {
        if (isStep(bytes, inner, key)) found.set(name, { kind: valueKind, start, end })
      }
    },
    take: (): TakenCard => takeFields(bytes, found),
  }
}

/** As `createCardMember` takes them. */
export function fieldKeys(names: Partial<CardFieldNames>): readonly (readonly [keyof CardFields, Buffer])[] {
  return Object.entries(names).map(([name, key]) => [name as keyof CardFields, Buffer.from(key)] as const)
}

function isStep(bytes: Buffer, step: PlaceStep, key: Buffer): boolean {
  return 'keyStart' in step && isKey(bytes, step, key)
}

function takeFields(bytes: Buffer, found: ReadonlyMap<keyof CardFields, Found>): TakenCard {
  // One piece of memory for all of them: allocating it costs more than filling it.
  const taken = secretBuffer([...found.values()].reduce((sum, { start, end }) => sum + end - start, 0))
  let takenBytes = 0
  const stringField = (name: keyof CardFields): Field<Buffer> => {
    const place = found.get(name)
    if (place === undefined || place.kind === 'null') return { is: 'absent' }
    if (place.kind !== 'string') return { is: 'wrong_type' }
    const target = taken.subarray(takenBytes)
    const length = decodeInto(target, bytes, place.start + 1, place.end - 1)
    takenBytes += length
    return { is: 'given', value: target.subarray(0, length) }
  }
  // No card number is this short, so what fits may become a string.
  const shortField = (name: keyof CardFields): Field<string> => {
    const place = found.get(name)
    if (place === undefined || place.kind === 'null') return { is: 'absent' }
    const quotes = place.kind === 'string' ? 1 : 0
    const isShort = place.end - place.start - 2 * quotes <= 4
    if ((place.kind !== 'string' && place.kind !== 'number') || !isShort) return { is: 'wrong_type' }
    return { is: 'given', value: bytes.toString('latin1', place.start + quotes, place.end - quotes) }
  }
  const fields: CardFields = {
    number: stringField('number'),
    cvc: stringField('cvc'),
    expMonth: shortField('expMonth'),
    expYear: shortField('expYear'),
    cardholderName: stringField('cardholderName'),
  }
  return { fields, wipe: () => void taken.fill(0) }
}
