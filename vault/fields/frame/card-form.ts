import type { CardFieldFault } from '@tessera/contracts/card-check'
import {
  brandOfText,
  cvcFault,
  digitsIn,
  expiryFault,
  longestNumberOf,
  numberFault,
} from '@tessera/contracts/card-check'
import { type CardFieldName, cardFieldNames, frameName } from '@tessera/contracts/fields-protocol'
import type { TokenCard } from '@tessera/contracts/token-request'
import { expiryParts } from './written-card.ts'

export interface CardForm {
  input(field: CardFieldName): HTMLInputElement | null
  value(field: CardFieldName): string
  fault(field: CardFieldName): CardFieldFault | null
  brand(): string | null
  /** Where the shopper goes on once the field is filled in; null where that cannot be told, or nothing follows. */
  next(field: CardFieldName): HTMLInputElement | null
  card(cardholderName: string | undefined): TokenCard
}

/** The fields of one card, in this document or in the frames beside it, which are of this origin and so open to it. */
export function cardForm(nowMs: () => number): CardForm {
  const siblingOf = (field: CardFieldName): Document | null => {
    const group = /^tessera-(.+)-\w+$/.exec(window.name)?.[1] ?? ''
    for (let index = 0; index < parent.length; index += 1) {
      try {
        const frame = parent[index] as Window
        if (frame.name === frameName(group, field)) return frame.document
      } catch {
        // A frame of somebody else.
      }
    }
    return null
  }
  const input = (field: CardFieldName) =>
    (document.getElementById(field) ?? siblingOf(field)?.getElementById(field) ?? null) as HTMLInputElement | null
  const value = (field: CardFieldName) => input(field)?.value ?? ''
  const brand = () => brandOfText(value('number'))

  const fault = (field: CardFieldName): CardFieldFault | null => {
    const text = value(field)
    if (field === 'number') return numberFault(text)
    if (field === 'cvc') return cvcFault(text, brand())
    const { month, year } = expiryParts(text)
    const found = expiryFault(month, year, nowMs())
    return found === 'invalid' && isUnfinished(month, year) ? 'incomplete' : found
  }

  return {
    input,
    value,
    fault,
    brand,
    next(field) {
      const isDone = fault(field) === null && (field !== 'number' || isWholeNumber(value(field)))
      const following = cardFieldNames[cardFieldNames.indexOf(field) + 1]
      return isDone && following !== undefined && value(following) === '' ? input(following) : null
    },
    card(cardholderName) {
      const { month, year } = expiryParts(value('expiry'))
      const cvc = value('cvc')
      return {
        number: digitsIn(value('number')),
        exp_month: Number(month),
        exp_year: Number(year),
        ...(cvc === '' ? {} : { cvc }),
        ...(cardholderName ? { cardholder_name: cardholderName } : {}),
      }
    },
  }
}

/** A month that could be one, and a year that is still being typed. */
function isUnfinished(month: string, year: string): boolean {
  return (month === '' || month < '13') && year.length < 4
}

/** Whether more digits are unlikely. UnionPay's numbers have no check digit that would tell. */
function isWholeNumber(number: string): boolean {
  const digits = digitsIn(number)
  const brand = brandOfText(digits)
  if (digits.length === longestNumberOf(brand)) return true
  if (brand === 'diners' && digits.startsWith('36')) return digits.length === 14
  return digits.length === 16 && brand !== 'unionpay'
}
