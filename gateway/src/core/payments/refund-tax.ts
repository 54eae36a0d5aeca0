import { splitRefund } from '../tax/split-refund.ts'
import type { PaymentRecord } from './payment.ts'

/**
 * What of a refund is tax; null where the payment has no order. All refunds together hold their share of it, those that failed
 * left out: neither the net nor the tax of the order is ever given back twice.
 */
export function taxOfRefund({ payment, operations }: PaymentRecord, amountMinor: number): number | null {
  if (payment.order === null) return null
  const counted = operations.filter(({ kind, state }) => kind === 'refund' && state !== 'declined')
  const refundedMinor = counted.reduce((sum, refund) => sum + refund.amountMinor, 0)
  const taxMinor = counted.reduce((sum, refund) => sum + (refund.taxMinor ?? 0), 0)
  return splitRefund(payment.order, amountMinor, refundedMinor, taxMinor).taxMinor
}
