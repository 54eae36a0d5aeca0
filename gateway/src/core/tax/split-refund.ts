export interface RefundSplit {
  netMinor: number
  taxMinor: number
}

export declare function splitRefund(
  order: { netMinor: number; taxMinor: number },
  amountMinor: number,
  refundedBeforeMinor: number,
  taxRefundedBeforeMinor?: number,
): RefundSplit
