import { type Currency, exponentOf } from './currencies.ts'

/** An amount as people of that locale write it, with exactly the currency's own decimals. */
export function amountText(amountMinor: number, currency: Currency, localeTag: string): string {
  const decimals = exponentOf(currency)
  const digits = String(amountMinor).padStart(decimals + 1, '0')
  const cut = digits.length - decimals
  const major = decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`
  const format = new Intl.NumberFormat(localeTag, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  // A text of digits is formatted exactly; a number would pass through a double.
  return format.format(major as Intl.StringNumericLiteral)
}
