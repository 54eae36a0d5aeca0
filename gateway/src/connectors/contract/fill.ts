import type { Placeholder, RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import { isPlaceholder } from './manifest-check.ts'

/** The card of a recorded request. */
export interface RecordedCard {
  number: string
  expMonth: number
  expYear: number
  cvc: string | null
  cardholderName: string | null
}

/** The JSON body that the vault would send for this card; undefined stands for "no body". */
export function filledBody(template: RequestTemplate, card: RecordedCard | null): unknown {
  if (template.body === null) return null
  if (template.body.kind !== 'json') return template.body.fields
  return filled(template.body.value, card)
}

function filled(value: TemplateJson, card: RecordedCard | null): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isPlaceholder(value)) return cardValue(value, card)
  if (Array.isArray(value)) return value.map((inner) => filled(inner, card))
  const entries = Object.entries(value).map(([key, inner]) => [key, filled(inner, card)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
}

function cardValue(placeholder: Placeholder, card: RecordedCard | null): string | number | undefined {
  if (card === null) throw new Error('a placeholder in a request without a card')
  const twoDigits = (value: number): string => String(value % 100).padStart(2, '0')
  const values = {
    number: card.number,
    cvc: card.cvc,
    exp_month: card.expMonth,
    exp_month_2: twoDigits(card.expMonth),
    exp_year_2: twoDigits(card.expYear),
    exp_year_4: card.expYear,
    exp_mmyy: twoDigits(card.expMonth) + twoDigits(card.expYear),
    exp_yymm: twoDigits(card.expYear) + twoDigits(card.expMonth),
    cardholder_name: card.cardholderName,
  }
  const value = values[placeholder.$card]
  if (value === null && placeholder.optional !== true) throw new Error(`${placeholder.$card} is missing`)
  return value ?? undefined
}
