import type { Placeholder, PlaceholderName, RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import type { OpenCard } from '../cards/card-safe.ts'
import { secretBuffer } from '../secret-buffer.ts'
import { isPlaceholder } from './template-check.ts'

/** A template asks for a value that this card has not, and does not call it optional. */
export class ValueMissing extends Error {
  readonly placeholder: PlaceholderName

  constructor(placeholder: PlaceholderName) {
    super(`the template needs ${placeholder}, which this use of the card does not have`)
    this.name = 'ValueMissing'
    this.placeholder = placeholder
  }
}

/** Bytes are digits of a number or CVC; text is anything else. */
type Piece = string | Buffer

/**
 * The request body, in a buffer that the caller wipes. Number and CVC are copied from buffer to buffer and never become
 * a string. Throws ValueMissing. The template must have passed the manifest.
 */
export function fillBody(body: RequestTemplate['body'], card: OpenCard | null): Buffer | null {
  if (body === null) return null
  const pieces: Piece[] = []
  if (body.kind === 'json') writeJson(body.value, card, pieces)
  else writeForm(body.fields, card, pieces)
  return joined(pieces)
}

function writeJson(value: TemplateJson, card: OpenCard | null, pieces: Piece[]): void {
  if (typeof value !== 'object' || value === null) {
    pieces.push(JSON.stringify(value))
  } else if (isPlaceholder(value)) {
    writeJsonValue(value, card, pieces)
  } else if (Array.isArray(value)) {
    writeMembers(
      '[',
      ']',
      value.map((item) => ['', item] as const),
      card,
      pieces,
    )
  } else {
    const members = Object.entries(value).map(([key, item]) => [`${JSON.stringify(key)}:`, item] as const)
    writeMembers('{', '}', members, card, pieces)
  }
}

function writeMembers(
  open: string,
  close: string,
  members: readonly (readonly [lead: string, value: TemplateJson])[],
  card: OpenCard | null,
  pieces: Piece[],
): void {
  let separator = open
  for (const [lead, value] of members) {
    if (isDropped(value, card)) continue
    pieces.push(separator + lead)
    writeJson(value, card, pieces)
    separator = ','
  }
  pieces.push(separator === open ? open + close : close)
}

function isDropped(value: TemplateJson, card: OpenCard | null): boolean {
  if (typeof value !== 'object' || value === null || !isPlaceholder(value)) return false
  return value.optional === true && cardValue(value.$card, card) === null
}

function writeJsonValue(placeholder: Placeholder, card: OpenCard | null, pieces: Piece[]): void {
  const value = requiredValue(placeholder.$card, card)
  if (typeof value === 'number') pieces.push(String(value))
  else if (typeof value === 'string') pieces.push(JSON.stringify(value))
  else pieces.push('"', value, '"')
}

function writeForm(
  fields: [name: string, value: string | Placeholder][],
  card: OpenCard | null,
  pieces: Piece[],
): void {
  let separator = ''
  for (const [name, value] of fields) {
    if (typeof value === 'object' && isDropped(value, card)) continue
    pieces.push(`${separator}${formEncoded(name)}=`)
    const filled = typeof value === 'string' ? value : requiredValue(value.$card, card)
    pieces.push(Buffer.isBuffer(filled) ? filled : formEncoded(String(filled)))
    separator = '&'
  }
}

/** application/x-www-form-urlencoded as the URL standard serializes it. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function requiredValue(name: PlaceholderName, card: OpenCard | null): Buffer | string | number {
  const value = cardValue(name, card)
  if (value === null) throw new ValueMissing(name)
  return value
}

function cardValue(name: PlaceholderName, card: OpenCard | null): Buffer | string | number | null {
  if (card === null) return null
  const { number, cvc, face } = card
  const month = String(face.expMonth).padStart(2, '0')
  const year = String(face.expYear)
  const values: Record<PlaceholderName, Buffer | string | number | null> = {
    number,
    cvc,
    exp_month: face.expMonth,
    exp_month_2: month,
    exp_year_2: year.slice(-2),
    exp_year_4: face.expYear,
    exp_mmyy: month + year.slice(-2),
    exp_yymm: year.slice(-2) + month,
    cardholder_name: face.cardholderName,
  }
  return values[name]
}

function joined(pieces: readonly Piece[]): Buffer {
  const merged = mergeTexts(pieces)
  const lengths = merged.map((piece) => (typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length))
  const whole = secretBuffer(lengths.reduce((sum, length) => sum + length, 0))
  let offset = 0
  for (const [index, piece] of merged.entries()) {
    if (typeof piece === 'string') whole.write(piece, offset, 'utf8')
    else piece.copy(whole, offset)
    offset += lengths[index] as number
  }
  return whole
}

/** A template is many small texts around few secrets; each write has its price. */
function mergeTexts(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = []
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece
      continue
    }
    merged.push(text, piece)
    text = ''
  }
  merged.push(text)
  return merged
}
