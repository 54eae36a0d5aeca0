import { brandOfText, cvcLengthOf, digitsIn, longestNumberOf } from '@tessera/contracts/card-check'
import type { CardFieldName } from '@tessera/contracts/fields-protocol'

/** A text and where the caret stands in it. */
export interface Written {
  text: string
  caret: number
}

export interface Typing extends Written {
  isDeleting: boolean
}

/** Digits of other scripts as shoppers' keyboards have them (Arabic, Persian, full width), as ASCII digits. */
export function asciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) => String(digit.charCodeAt(0) & 15))
}

/** What stands in a field after it was typed in: grouped, cut to length, and the caret after the same digit as before. */
export function written(field: CardFieldName, typing: Typing, cardNumber: string): Written {
  const text = asciiDigits(typing.text)
  if (field === 'expiry') return writtenExpiry({ ...typing, text })
  const before = digitsIn(text.slice(0, typing.caret)).length
  if (field === 'cvc') {
    const digits = digitsIn(text).slice(0, cvcLengthOf(brandOfText(cardNumber)))
    return { text: digits, caret: Math.min(before, digits.length) }
  }
  const grouped = groupedNumber(text)
  return { text: grouped, caret: placeAfter(before, grouped) }
}

function groupedNumber(text: string): string {
  const brand = brandOfText(text)
  const digits = digitsIn(text).slice(0, longestNumberOf(brand))
  // As printed on the card: American Express and the short Diners Club numbers 4-6-5, all others in fours.
  const isShort = brand === 'amex' || (brand === 'diners' && digits.length <= 14 && digits.startsWith('36'))
  const groups = isShort ? /(\d{1,4})(\d{0,6})(\d*)/.exec(digits)?.slice(1) : digits.match(/\d{1,4}/g)
  return (groups ?? []).filter((group) => group !== '').join(' ')
}

function placeAfter(digitCount: number, text: string): number {
  let left = digitCount
  let place = 0
  while (left > 0 && place < text.length) {
    if (/\d/.test(text[place] as string)) left -= 1
    place += 1
  }
  return place
}

const separator = ' / '

/** `MM / YY`. Takes years of four digits too, and dates that begin with the year, as other programs fill them in. */
function writtenExpiry({ text, caret, isDeleting }: Typing): Written {
  const { month, year, isMonthDone } = monthAndYear(text)
  const shown = month + (year !== '' || (isMonthDone && !isDeleting) ? separator + year : '')
  if (caret >= text.length) return { text: shown, caret: shown.length }
  return { text: shown, caret: placeAfter(digitsIn(text.slice(0, caret)).length, shown) }
}

function monthAndYear(text: string): { month: string; year: string; isMonthDone: boolean } {
  const yearFirst = /^\s*(\d{4})\D+(\d{1,2})\s*$/.exec(text)
  const apart = /^\D*(\d{1,2})\s*[^\d\s]\s*(\d*)|^\D*(\d{1,2})\s+(\d*)/.exec(text)
  const digits = digitsIn(text)
  const takesTwo = /^(0[1-9]|1[0-2])/.test(digits)
  const [month = '', year = ''] =
    yearFirst !== null
      ? [yearFirst[2], yearFirst[1]]
      : apart !== null
        ? [apart[1] ?? apart[3], apart[2] ?? apart[4]]
        : takesTwo || digits === '0' || digits === '1' || digits === ''
          ? [digits.slice(0, 2), digits.slice(2)]
          : [digits.slice(0, 1), digits.slice(1)]
  const isMonthDone = month.length === 2 || year !== '' || apart !== null || month > '1'
  return { month: isMonthDone ? month.padStart(2, '0') : month, year: shortYear(year), isMonthDone }
}

/** Two digits, or as many of four as were typed so far. */
function shortYear(year: string): string {
  if (!year.startsWith('20')) return year.slice(0, 2)
  return year.length >= 4 ? year.slice(2, 4) : year
}

/** As the API spells it; empty where it is not filled in. */
export function expiryParts(text: string): { month: string; year: string } {
  const [month = '', year = ''] = text.split(separator)
  return { month, year: year.length === 2 ? `20${year}` : year }
}
