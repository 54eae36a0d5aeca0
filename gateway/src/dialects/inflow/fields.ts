import { type Static, Type } from 'typebox'
import { type Currency, findCurrency } from '../../core/money/currencies.ts'
import type { PricingMode, RequestedItem } from '../../core/payments/order.ts'
import { findCountry } from '../../core/tax/countries.ts'
import type { Faults } from '../../http/form.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { checkText } from '../../http/text-checks.ts'
import { oneOf, optional, optionalChoice } from '../../http/wire-schema.ts'
import { named } from './schema.ts'

/** Fields that several requests of this API share. */

const productsMax = 100

export const ProductWire = named(
  'Product',
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 255 }),
    price: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Of one, in minor units.' }),
    quantity: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  }),
)
export type ProductBody = Static<typeof ProductWire>

export const productsField = Type.Array(ProductWire, {
  minItems: 1,
  maxItems: productsMax,
  examples: [[{ name: 'Pro Plan', price: 4999, quantity: 1 }]],
})

export const currencies = ['EUR', 'USD', 'GBP'] as const
export type CurrencyText = (typeof currencies)[number]
export const currencyField = oneOf(currencies)

export const pricingModes = ['TAX_EXCLUSIVE', 'TAX_INCLUSIVE'] as const
export const pricingModeField = optionalChoice(
  pricingModes,
  'Whether prices bear the tax on top (default) or contain it.',
)

export const emailSchema = {
  type: 'string',
  maxLength: 254,
  pattern: '^[^\\s@\\x00]+@[^\\s@\\x00]+\\.[^\\s@\\x00]+$',
  'x-rule': 'must be an email',
} as const

export const countrySchema = {
  type: 'string',
  pattern: '^[A-Za-z]{2}$',
  description: 'ISO 3166-1 alpha-2: decides about tax.',
  'x-rule': 'must be a valid ISO31661 Alpha2 code',
  examples: ['FR'],
} as const

/** Optional, and not empty where it is given. */
export const optionalName = (description?: string) =>
  optional<string>({ type: 'string', maxLength: 255, ...(description === undefined ? {} : { description }) })

const itemTexts = ['name'] as const

/** Card numbers in texts, which would be stored in clear. */
export function checkTexts(body: JsonObject, names: readonly string[], faults: Faults): void {
  for (const name of names) checkText(name, body[name], faults)
}

export function checkProducts(body: JsonObject, faults: Faults): void {
  if (!Array.isArray(body.products)) return
  body.products.forEach((product, index) => {
    if (typeof product !== 'object' || product === null) return
    for (const name of itemTexts) checkText(`products.${index}.${name}`, (product as JsonObject)[name], faults)
  })
}

/** The schema says what a code looks like, this says which ones there are. */
export function checkCountry(param: string, value: unknown, faults: Faults): void {
  if (typeof value !== 'string' || findCountry(value) !== undefined) return
  faults.add(param, countrySchema['x-rule'])
}

export function itemsOf(products: readonly ProductBody[]): RequestedItem[] {
  return products.map(({ name, price, quantity }) => ({ name, unitPriceMinor: price, quantity }))
}

export function currencyOf(text: CurrencyText): Currency {
  const currency = findCurrency(text)
  if (currency === undefined) throw new Error(`${text} is not a currency`)
  return currency
}

export function pricingModeOf(text: (typeof pricingModes)[number] | null | undefined): PricingMode {
  return text === 'TAX_INCLUSIVE' ? 'tax_inclusive' : 'tax_exclusive'
}
