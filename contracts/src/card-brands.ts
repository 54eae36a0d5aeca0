import type { CardBrand } from './vault-protocol.ts'

/**
 * Card brands by number. Everything here works on ASCII digits in place, so that the vault never turns a card number
 * into a string. Ranges are ISO/IEC 7812 issuer identification numbers as the schemes publish them.
 */
export interface BrandRule {
  lengths: readonly number[]
  /** 0: the card may carry none, so it may be left out. */
  cvcLengths: readonly number[]
  /** UnionPay issues numbers whose last digit is no check digit. */
  luhn: boolean
}

const sixteen = [16]
const sixteenToNineteen = [16, 17, 18, 19]
const fourteenToNineteen = [14, 15, ...sixteenToNineteen]
const threeOrNone = [0, 3]

function rule(lengths: readonly number[], cvcLengths: readonly number[] = [3], luhn = true): BrandRule {
  return { lengths, cvcLengths, luhn }
}

export const brandRules: Readonly<Record<CardBrand, BrandRule>> = {
  visa: rule([13, 16, 18, 19]),
  mastercard: rule(sixteen),
  amex: rule([15], [4]),
  discover: rule(sixteenToNineteen),
  diners: rule(fourteenToNineteen),
  jcb: rule(sixteenToNineteen),
  unionpay: rule(fourteenToNineteen, [3], false),
  maestro: rule([12, 13, ...fourteenToNineteen], threeOrNone),
  mir: rule(sixteenToNineteen),
  rupay: rule(sixteen),
  troy: rule(sixteen),
  verve: rule(sixteenToNineteen),
  uatp: rule([15], threeOrNone),
  dankort: rule(sixteen),
  bancontact: rule([16, 17], threeOrNone),
}

/** Prefixes, or the first and last prefix of a range; the longest that fits decides. */
const ranges: Readonly<Record<CardBrand, string>> = {
  visa: '4',
  mastercard: '51-55 222100-272099',
  amex: '34 37',
  discover: '6011 644-649 65',
  diners: '300-305 3095 36 38-39',
  jcb: '3528-3589',
  unionpay: '62 810-816 8170-8171',
  maestro: '50 56-58 63 67',
  mir: '2200-2204',
  rupay: '508500-508999 606985-607984 608001-608500 652150-653149 817200-819999 82',
  troy: '9792',
  verve: '506099-506198 507865-507964 650002-650027',
  uatp: '1',
  dankort: '5019',
  bancontact: '6703',
}

const prefixDigits = 6
const shortestNumber = 12
const longestNumber = 19

interface Range {
  brand: CardBrand
  low: number
  high: number
  prefixLength: number
}

const longestPrefixFirst: readonly Range[] = Object.entries(ranges)
  .flatMap(([brand, prefixes]) =>
    prefixes.split(' ').map((prefix): Range => {
      const [first, last = first] = prefix.split('-') as [string, string?]
      const low = Number(first.padEnd(prefixDigits, '0'))
      return {
        brand: brand as CardBrand,
        low,
        high: Number(last.padEnd(prefixDigits, '9')),
        prefixLength: first.length,
      }
    }),
  )
  .sort((left, right) => right.prefixLength - left.prefixLength)

/** The brand of a number of at least six ASCII digits; null is a range that we do not know. */
export function brandOf(digits: Uint8Array): CardBrand | null {
  if (digits.length < prefixDigits) return null
  let prefix = 0
  for (let index = 0; index < prefixDigits; index += 1) prefix = prefix * 10 + ((digits[index] as number) - 48)
  return longestPrefixFirst.find((range) => prefix >= range.low && prefix <= range.high)?.brand ?? null
}

/** ISO/IEC 7812-1 Annex B, over ASCII digits. */
export function passesLuhn(digits: Uint8Array): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = (digits[digits.length - 1 - index] as number) - 48
    const counted = index % 2 === 1 ? digit * 2 : digit
    sum += counted > 9 ? counted - 9 : counted
  }
  return digits.length > 0 && sum % 10 === 0
}

/** Length and check digit, as the brand has them. */
export function isNumberOf(brand: CardBrand, digits: Uint8Array): boolean {
  const rule = brandRules[brand]
  return rule.lengths.includes(digits.length) && (!rule.luhn || passesLuhn(digits))
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57
const separators = /* @__PURE__ */ new Set([32, 45, 46, 95, 47, 9])
const separatorsMax = 2

/**
 * Whether a text (its UTF-8 bytes) holds a card number: digits alone or in groups, of a known range and length, with a
 * right check digit (of UnionPay too: without it a tenth of all long order numbers would be refused). Digits inside a UUID
 * or a long hexadecimal id do not count: one random UUID in 1,400 would be taken for a card.
 */
export function holdsCardNumber(text: Uint8Array): boolean {
  let digitsInAll = 0
  for (const byte of text) if (isDigit(byte)) digitsInAll += 1
  if (digitsInAll < shortestNumber) return false
  // More than 64 bytes, so that V8 does not keep it inside its heap, where moving it would leave copies.
  const digits = new Uint8Array(128)
  try {
    for (let start = 0; start + shortestNumber <= text.length; start += 1) {
      if (!isDigit(text[start]) || isDigit(text[start - 1])) continue
      if (cardNumberStartsAt(text, start, digits) && !isInsideRandomId(text, start)) return true
    }
    return false
  } finally {
    digits.fill(0)
  }
}

/** Tries every end of a group of digits; `digits` is the caller's scratch. */
function cardNumberStartsAt(text: Uint8Array, start: number, digits: Uint8Array): boolean {
  let count = 0
  let index = start
  while (index < text.length) {
    if (isDigit(text[index])) {
      if (count === longestNumber) return false
      digits[count] = text[index] as number
      count += 1
      index += 1
      if (!isDigit(text[index]) && count >= shortestNumber && isCardNumber(digits.subarray(0, count))) return true
      continue
    }
    let gap = 0
    while (gap < separatorsMax && separators.has(text[index + gap] as number)) gap += 1
    if (gap === 0 || !isDigit(text[index + gap])) return false
    index += gap
  }
  return false
}

function isCardNumber(digits: Uint8Array): boolean {
  const brand = brandOf(digits)
  return brand !== null && brandRules[brand].lengths.includes(digits.length) && passesLuhn(digits)
}

const uuidLength = 36
const hexIdLengthMin = 24

const isHexLetter = (byte: number | undefined): boolean => byte !== undefined && (byte | 32) >= 97 && (byte | 32) <= 102
const isHex = (byte: number | undefined): boolean => isDigit(byte) || isHexLetter(byte)
const isAlphanumeric = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 32) >= 97 && (byte | 32) <= 122)

/** RFC 9562 text form, or at least 24 hexadecimal digits with a letter among them; neither is part of a longer word. */
function isInsideRandomId(text: Uint8Array, index: number): boolean {
  let from = index
  while (isHex(text[from - 1])) from -= 1
  let to = index
  while (isHex(text[to])) to += 1
  const isWord = !isAlphanumeric(text[from - 1]) && !isAlphanumeric(text[to])
  if (isWord && to - from >= hexIdLengthMin && text.subarray(from, to).some(isHexLetter)) return true
  for (let start = Math.max(0, index - uuidLength + 1); start <= index; start += 1) {
    if (isUuidAt(text, start)) return true
  }
  return false
}

function isUuidAt(text: Uint8Array, start: number): boolean {
  if (isAlphanumeric(text[start - 1]) || isAlphanumeric(text[start + uuidLength])) return false
  for (let offset = 0; offset < uuidLength; offset += 1) {
    const isDash = offset === 8 || offset === 13 || offset === 18 || offset === 23
    const byte = text[start + offset]
    if (isDash ? byte !== 45 : !isHex(byte)) return false
  }
  return true
}
