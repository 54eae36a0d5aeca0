import { ExactNumber } from '@tessera/lib/strict-json'
import { Type } from 'typebox'
import type { AmountMinor, Money } from '../../core/money/amount.ts'
import { parseDecimal, plainDecimal } from '../../core/money/amount.ts'
import { findCurrency } from '../../core/money/currencies.ts'
import type { Faults } from '../../http/form.ts'
import { amountFaults } from './errors.ts'
import { named } from './schema.ts'

/** As it was written, so that no amount ever passes through a double. */
export type AmountOnWire = ExactNumber | string

export const AmountWire = named(
  'Amount',
  Type.Unsafe<AmountOnWire>({}),
  Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.String({ pattern: '^\\d+(\\.\\d+)?$' })], {
    description: 'In major units: 17.62 is USD 17.62, 1000 is JPY 1000. At most the decimals of the currency.',
    examples: [17.62, '17.62'],
  }),
)

/** The decimal text of an amount; undefined when it is no amount at all. Only a JSON number may have an exponent. */
export function amountText(value: unknown): string | undefined {
  const text = value instanceof ExactNumber ? plainDecimal(value.exactNumber) : value
  return typeof text === 'string' && /^-?\d{1,130}(?:\.\d{1,130})?$/.test(text) ? text : undefined
}

/** Reads amount and currency of a new payment; what is wrong with either goes to `faults`, and the result is then undefined. */
export function readMoney(body: { amount?: unknown; currency?: unknown }, faults: Faults): Money | undefined {
  const currency = typeof body.currency === 'string' ? findCurrency(body.currency) : undefined
  if (typeof body.currency === 'string' && currency === undefined) {
    faults.add('currency', 'must be an ISO 4217 code of a currency in use, such as usd.', 'unsupported_currency')
  }
  if (body.amount === undefined) return undefined
  const text = amountText(body.amount)
  if (text === undefined) {
    faults.add('amount', amountFaults.not_a_decimal(), 'invalid_amount')
    return undefined
  }
  if (currency === undefined) {
    if (isNotPositive(text)) faults.add('amount', amountFaults.zero(), 'invalid_amount')
    return undefined
  }
  const parsed = parseDecimal(text, currency)
  if (!parsed.ok) {
    const code = parsed.fault === 'too_large' ? 'amount_above_maximum' : 'invalid_amount'
    faults.add('amount', amountFaults[parsed.fault](currency), code)
    return undefined
  }
  if (parsed.amountMinor === 0) {
    faults.add('amount', amountFaults.zero(), 'invalid_amount')
    return undefined
  }
  return { amountMinor: parsed.amountMinor as AmountMinor, currency }
}

/** For an amount in the payment's own currency, which only the engine knows. */
export function checkAmountText(value: unknown, faults: Faults): void {
  if (value === undefined || value === null) return
  const text = amountText(value)
  if (text === undefined) faults.add('amount', amountFaults.not_a_decimal(), 'invalid_amount')
  else if (isNotPositive(text)) faults.add('amount', amountFaults.zero(), 'invalid_amount')
}

function isNotPositive(text: string): boolean {
  return text.startsWith('-') || /^[0.]+$/.test(text)
}
