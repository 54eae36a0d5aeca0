import { brandOf, brandRules, passesLuhn } from './card-brands.ts'
import type { CardBrand } from './vault-protocol.ts'

/**
 * What a browser can tell of a card before anybody is asked. The vault checks the same again, over bytes
 * (`vault/src/cards/read-card.ts`); where the two differ, the vault is right.
 */
export type CardFieldFault = 'required' | 'incomplete' | 'invalid' | 'expired'

const prefixDigits = 6
const usualNumber = 16

export const digitsIn = (text: string): string => text.replace(/\D/g, '')

const ascii = (digits: string): Uint8Array => new TextEncoder().encode(digits)

/** Null while it cannot be told. Of fewer than six digits it can where all numbers that begin so are of one brand. */
export function brandOfText(number: string): CardBrand | null {
  const prefix = digitsIn(number).slice(0, prefixDigits)
  if (prefix === '') return null
  const brand = brandOf(ascii(prefix.padEnd(prefixDigits, '0')))
  return brand === brandOf(ascii(prefix.padEnd(prefixDigits, '9'))) ? brand : null
}

export function longestNumberOf(brand: CardBrand | null): number {
  return brand === null ? 19 : Math.max(...brandRules[brand].lengths)
}

export function cvcLengthOf(brand: CardBrand | null): number {
  return brand === null ? 4 : Math.max(...brandRules[brand].cvcLengths)
}

export function numberFault(number: string): CardFieldFault | null {
  const digits = digitsIn(number)
  if (/[^\d\s-]/.test(number)) return 'invalid'
  if (digits === '') return 'required'
  if (digits.length < prefixDigits) return 'incomplete'
  const brand = brandOf(ascii(digits))
  if (brand === null) return 'invalid'
  const { lengths, luhn } = brandRules[brand]
  if (lengths.includes(digits.length) && (!luhn || passesLuhn(ascii(digits)))) return null
  // Of some brands there are shorter numbers than the usual ones: on the way to sixteen digits nothing is wrong yet.
  return digits.length < Math.min(usualNumber, Math.max(...lengths)) ? 'incomplete' : 'invalid'
}

/** A card is good to the end of its month, wherever on earth that comes last (UTC-12). */
const lastZoneMs = 12 * 3_600_000
/** No scheme issues cards for longer; a later year is a slip. */
const yearsAheadMax = 50

/** `year` has four digits. */
export function expiryFault(month: number | string, year: number | string, nowMs: number): CardFieldFault | null {
  if (`${month}${year}` === '') return 'required'
  if (!/^(0?[1-9]|1[0-2])$/.test(`${month}`) || !/^2\d{3}$/.test(`${year}`)) return 'invalid'
  const now = new Date(nowMs - lastZoneMs)
  const monthsLeft = (Number(year) - now.getUTCFullYear()) * 12 + Number(month) - 1 - now.getUTCMonth()
  if (monthsLeft < 0) return 'expired'
  return monthsLeft > yearsAheadMax * 12 ? 'invalid' : null
}

/** Some brands have cards without one. */
export function cvcFault(cvc: string, brand: CardBrand | null): CardFieldFault | null {
  const lengths: readonly number[] = brand === null ? [3, 4] : brandRules[brand].cvcLengths
  if (/\D/.test(cvc)) return 'invalid'
  if (lengths.includes(cvc.length)) return null
  if (cvc === '') return 'required'
  return cvc.length < Math.max(...lengths) ? 'incomplete' : 'invalid'
}
