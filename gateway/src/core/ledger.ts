import type { Currency } from './money/currencies.ts'

/**
 * Double entry, in minor units: the lines of one posting sum to zero. `merchant_payable` is what the merchant has earned
 * (negative: owed to it): captured, less refunded, less lost in disputes. The other accounts say where that money is:
 *
 * - `acquirer_receivable`: captured, not settled yet;
 * - `acquirer_settled`: settled, with the acquirer until it pays out;
 * - `merchant_balance`: paid out;
 * - `dispute_reserve`: taken off the balance again by an open dispute, until that is decided.
 *
 * A refund takes the same way as a capture with the other sign, whenever it is made: it lowers the receivable at once and is
 * settled and paid out (taken off the balance) by the acquirer's report. So what was refunded after the payout stands as a negative
 * receivable for as long as the acquirer has not taken it, and when all is reported, receivable and settled are 0 for every payment.
 * A dispute is taken off the balance even where that payout is still to come: the balance of that payment is then negative for
 * a while, which is what it is.
 */
export type LedgerAccount =
  | 'acquirer_receivable'
  | 'acquirer_settled'
  | 'merchant_balance'
  | 'dispute_reserve'
  | 'merchant_payable'

export interface LedgerLine {
  account: LedgerAccount
  amountMinor: number
  currency: Currency
}

/** Negative amounts go the other way. */
function moved(from: LedgerAccount, to: LedgerAccount, amountMinor: number, currency: Currency): LedgerLine[] {
  return [
    { account: to, amountMinor, currency },
    { account: from, amountMinor: -amountMinor, currency },
  ]
}

export function captureLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('merchant_payable', 'acquirer_receivable', amountMinor, currency)
}

export function refundLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return captureLines(-amountMinor, currency)
}

/** Of a capture; with a negative amount, of a refund. */
export function settledLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('acquirer_receivable', 'acquirer_settled', amountMinor, currency)
}

/** Of a capture; with a negative amount, of a refund. */
export function paidOutLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('acquirer_settled', 'merchant_balance', amountMinor, currency)
}

export function disputeOpenedLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('merchant_balance', 'dispute_reserve', amountMinor, currency)
}

export function disputeWonLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('dispute_reserve', 'merchant_balance', amountMinor, currency)
}

/** The money is gone, and with it what was earned. */
export function disputeLostLines(amountMinor: number, currency: Currency): LedgerLine[] {
  return moved('dispute_reserve', 'merchant_payable', amountMinor, currency)
}
