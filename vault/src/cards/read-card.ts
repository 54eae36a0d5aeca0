import { brandOf, brandRules, holdsCardNumber, isNumberOf } from '@tessera/contracts/card-brands'
import type { CardBrand } from '@tessera/contracts/vault-protocol'
import { secretBuffer } from '../secret-buffer.ts'
import type { OpenCard } from './card-safe.ts'
import { isPast } from './expiry.ts'

/** What a body said about a card: buffers are the caller's to wipe, texts are no secrets. */
export interface CardFields {
  number: Field<Buffer>
  cvc: Field<Buffer>
  expMonth: Field<string>
  expYear: Field<string>
  cardholderName: Field<Buffer>
}

export type Field<T> = { is: 'absent' } | { is: 'wrong_type' } | { is: 'given'; value: T }

export interface CardFault {
  param: 'card' | 'card.number' | 'card.exp_month' | 'card.exp_year' | 'card.cvc' | 'card.cardholder_name'
  message: string
}

const nameBytesMax = 255

/** The card, or all that is wrong with it. `number` and `cvc` of the card are the very buffers of the fields. */
export function readCard(fields: CardFields, nowMs: number): { card: OpenCard } | { faults: CardFault[] } {
  const faults: CardFault[] = []
  const number = readNumber(fields.number, faults)
  const expMonth = readMonth(fields.expMonth, faults)
  const expYear = readYear(fields.expYear, faults)
  if (expMonth !== null && expYear !== null) faults.push(...expiryFaults(expMonth, expYear, nowMs))
  const cvc = readCvc(fields.cvc, number?.brand ?? null, faults)
  const cardholderName = readName(fields.cardholderName, number?.digits ?? null, faults)
  if (faults.length > 0 || number === null || expMonth === null || expYear === null) return { faults }
  const { digits, brand } = number
  const bin = digits.toString('latin1', 0, 6)
  const last4 = digits.toString('latin1', digits.length - 4)
  return { card: { number: digits, cvc, face: { bin, last4, brand, expMonth, expYear, cardholderName } } }
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57
const space = 32
const dash = 45

/** Moves the digits together, in place. Null when something else than digits, spaces and dashes is there. */
function digitsOf(text: Buffer): Buffer | null {
  let length = 0
  for (const byte of text) {
    if (isDigit(byte)) text[length++] = byte
    else if (byte !== space && byte !== dash) return null
  }
  text.fill(0, length)
  return text.subarray(0, length)
}

function readNumber(field: Field<Buffer>, faults: CardFault[]): { digits: Buffer; brand: CardBrand } | null {
  const fault = (message: string): null => {
    faults.push({ param: 'card.number', message })
    return null
  }
  if (field.is === 'absent') return fault('is required')
  if (field.is === 'wrong_type') return fault('must be a string of digits')
  const digits = digitsOf(field.value)
  if (digits === null || digits.length === 0) return fault('must hold digits only; spaces and dashes may group them')
  if (digits.length < 12 || digits.length > 19) return fault('must have 12 to 19 digits')
  const brand = brandOf(digits)
  if (brand === null) return fault('is of no card brand that can be accepted')
  if (!brandRules[brand].lengths.includes(digits.length)) return fault('has the wrong number of digits for its brand')
  if (!isNumberOf(brand, digits)) return fault('is not a valid card number (its check digit is wrong)')
  return { digits, brand }
}

function readMonth(field: Field<string>, faults: CardFault[]): number | null {
  if (field.is === 'given' && /^(0?[1-9]|1[0-2])$/.test(field.value)) return Number(field.value)
  const message = field.is === 'absent' ? 'is required' : 'must be a month from 1 to 12'
  faults.push({ param: 'card.exp_month', message })
  return null
}

function readYear(field: Field<string>, faults: CardFault[]): number | null {
  if (field.is === 'given' && /^2\d{3}$/.test(field.value)) return Number(field.value)
  const message = field.is === 'absent' ? 'is required' : 'must be a year of four digits'
  faults.push({ param: 'card.exp_year', message })
  return null
}

function expiryFaults(expMonth: number, expYear: number, nowMs: number): CardFault[] {
  const past = isPast(expMonth, expYear, nowMs)
  if (past === null) return []
  return [
    { param: past === 'year' ? 'card.exp_year' : 'card.exp_month', message: 'is in the past: the card has expired' },
  ]
}

function readCvc(field: Field<Buffer>, brand: CardBrand | null, faults: CardFault[]): Buffer | null {
  const lengths = brand === null ? [3, 4] : brandRules[brand].cvcLengths
  const expected = lengths.filter((length) => length > 0).join(' or ')
  if (field.is === 'wrong_type') {
    faults.push({ param: 'card.cvc', message: 'must be a string of digits' })
    return null
  }
  const length = field.is === 'given' ? field.value.length : 0
  if (lengths.includes(length) && (field.is === 'absent' || field.value.every(isDigit))) {
    return field.is === 'given' && length > 0 ? field.value : null
  }
  const message = field.is === 'absent' ? 'is required' : `must have ${expected} digits`
  faults.push({ param: 'card.cvc', message })
  return null
}

/** The name is stored and shown in clear, so a number must not hide in it. */
function readName(field: Field<Buffer>, digits: Buffer | null, faults: CardFault[]): string | null {
  if (field.is === 'absent') return null
  const fault = (message: string): null => {
    faults.push({ param: 'card.cardholder_name', message })
    return null
  }
  if (field.is === 'wrong_type') return fault('must be a string')
  const { value } = field
  if (value.length > nameBytesMax) return fault(`must not be longer than ${nameBytesMax} bytes`)
  if (holdsCardNumber(value) || (digits !== null && holdsDigits(value, digits))) {
    return fault('must not hold a card number')
  }
  if (value.some((byte) => byte < 0x20 || byte === 0x7f)) return fault('must not hold control characters')
  const name = value.toString('utf8').trim()
  return name === '' ? null : name
}

/** Whether the digits of the text, whatever stands between them, contain these. */
function holdsDigits(text: Buffer, digits: Buffer): boolean {
  if (text.reduce((count, byte) => count + (isDigit(byte) ? 1 : 0), 0) < digits.length) return false
  const inText = secretBuffer(text.length)
  let length = 0
  for (const byte of text) if (isDigit(byte)) inText[length++] = byte
  const holds = inText.includes(digits)
  inText.fill(0)
  return holds
}
