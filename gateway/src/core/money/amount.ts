import type { Brand } from '@tessera/lib/brand'
import { type Currency, exponentOf } from './currencies.ts'

/** A whole number of minor units, 0 … `largestAmountMinor`: sums of a few stay far below 2^53. */
export type AmountMinor = Brand<number, 'AmountMinor'>

export interface Money {
  amountMinor: AmountMinor
  currency: Currency
}

/** ISO 8583 field 4 has twelve digits; one is left free, so that no sum of ours ever needs a thirteenth. */
export const largestAmountMinor = 99_999_999_999 as AmountMinor

/** Asserts what arithmetic of ours must give; a violation is a bug, never a caller's mistake. */
export function amountMinor(value: number): AmountMinor {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not an amount in minor units: ${value}`)
  return value as AmountMinor
}

export type DecimalFault = 'not_a_decimal' | 'negative' | 'too_many_decimals' | 'too_large'

const decimalShape = /^(-?)(\d{1,130})(?:\.(\d{1,130}))?$/

/**
 * Major units as text ("17.62", "1000") to minor units, exactly and without floating arithmetic. Trailing zeros beyond the
 * currency's decimals change nothing and are accepted ("10.000" is USD 10); exponent notation is not.
 */
export function parseDecimal(
  text: string,
  currency: Currency,
): { ok: true; amountMinor: AmountMinor } | { ok: false; fault: DecimalFault } {
  const match = decimalShape.exec(text)
  if (match === null) return { ok: false, fault: 'not_a_decimal' }
  const [, sign, whole = '', fraction = ''] = match
  const exponent = exponentOf(currency)
  const significant = fraction.replace(/0+$/, '')
  if (significant.length > exponent) return { ok: false, fault: 'too_many_decimals' }
  const digits = (whole + significant.padEnd(exponent, '0')).replace(/^0+(?=\d)/, '')
  if (sign === '-' && digits !== '0') return { ok: false, fault: 'negative' }
  if (digits.length > 11) return { ok: false, fault: 'too_large' }
  return { ok: true, amountMinor: Number(digits) as AmountMinor }
}

/**
 * A JSON number as plain decimal text: RFC 8259 allows an exponent, and some serialisers write 12345678.9 as 1.23456789E7.
 * Undefined for exponents that no amount has.
 */
export function plainDecimal(jsonNumber: string): string | undefined {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(jsonNumber)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  if (shift === 0) return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
  const point = whole.length + shift
  const digits = (whole + fraction)
    .padEnd(point, '0')
    .padStart(whole.length + fraction.length - Math.min(point, 0), '0')
  const at = Math.max(point, 0)
  const plain = `${digits.slice(0, at) || '0'}.${digits.slice(at)}`.replace(/\.$/, '')
  return sign + plain.replace(/^0+(?=\d)/, '')
}

/** Minor units to major units as text with all of the currency's decimals: "17.62", "1000", "1.250". */
export function formatDecimal(value: number, currency: Currency): string {
  const exponent = exponentOf(currency)
  if (exponent === 0) return String(value)
  const digits = String(value).padStart(exponent + 1, '0')
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** Minor units to major units as a JSON number. Exact: at most eleven digits, so the shortest decimal is the true one. */
export function majorUnits(value: number, currency: Currency): number {
  return Number(formatDecimal(value, currency))
}
