import { roundedQuotient } from './rounding.ts'

export interface RefundSplit {
  netMinor: number
  taxMinor: number
}

/**
 * How a refund divides into net and tax: so that all refunds together hold their share of the tax, rounded once. Neither part
 * is ever exceeded, and a full refund gives back both exactly.
 *
 * Where refunds have failed since, what was given back is no longer what this function would have said: pass the tax of those
 * that count as `taxRefundedBeforeMinor`.
 */
export function splitRefund(
  order: { netMinor: number; taxMinor: number },
  amountMinor: number,
  refundedBeforeMinor: number,
  taxRefundedBeforeMinor: number = taxShare(order, refundedBeforeMinor),
): RefundSplit {
  const taxLeft = order.taxMinor - taxRefundedBeforeMinor
  const netLeft = order.netMinor - (refundedBeforeMinor - taxRefundedBeforeMinor)
  if (amountMinor < 0 || taxLeft < 0 || netLeft < 0 || amountMinor > netLeft + taxLeft) {
    throw new Error(`a refund of ${amountMinor} after ${refundedBeforeMinor} does not fit ${JSON.stringify(order)}`)
  }
  const wanted = taxShare(order, refundedBeforeMinor + amountMinor) - taxRefundedBeforeMinor
  // The share is never above the tax, nor further below it than the order is from being refunded, so that neither part can be
  // exceeded; what failed refunds have left uneven is made up for as far as this refund reaches.
  const taxMinor = Math.min(Math.max(wanted, 0), amountMinor)
  return { netMinor: amountMinor - taxMinor, taxMinor }
}

function taxShare(order: { netMinor: number; taxMinor: number }, amountMinor: number): number {
  const grossMinor = order.netMinor + order.taxMinor
  if (grossMinor === 0) return 0
  return Number(roundedQuotient(BigInt(order.taxMinor) * BigInt(amountMinor), BigInt(grossMinor)))
}
