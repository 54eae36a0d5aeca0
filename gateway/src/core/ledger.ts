import type { Currency } from './money/currencies.ts'

/**
 * Double entry, in minor units: the lines of one posting sum to zero. `acquirer_receivable` is what the acquirer owes the
 * merchant, `merchant_payable` what the merchant has earned.
 */
export type LedgerAccount = 'acquirer_receivable' | 'merchant_payable'

export interface LedgerLine {
  account: LedgerAccount
  amountMinor: number
  currency: Currency
}

export function captureLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return [
    { account: 'acquirer_receivable', amountMinor, currency },
    { account: 'merchant_payable', amountMinor: -amountMinor, currency },
  ]
}

export function refundLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return captureLines(-amountMinor, currency)
}
