import { type OperationId, trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import type { Buyer, Order } from '../payments/order.ts'
import type { HeldCard, Payment } from '../payments/payment.ts'

export const ann: Buyer = {
  country: 'DE',
  postalCode: null,
  isBusiness: false,
  businessName: null,
  taxId: null,
  firstName: 'Ann',
  lastName: null,
}

/** An order of two things at 19 %, EUR 100.00 net: EUR 119.00 are charged. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    items: [
      { name: 'Teapot', unitPriceMinor: 6_000, quantity: 1, netMinor: 6_000, taxMinor: 1_140 },
      { name: 'Cup', unitPriceMinor: 2_000, quantity: 2, netMinor: 4_000, taxMinor: 760 },
    ],
    pricingMode: 'tax_exclusive',
    buyer: { ...ann, lastName: 'O’Hara' },
    pricedMinor: 10_000,
    netMinor: 10_000,
    taxMinor: 1_900,
    tax: {
      country: 'DE',
      region: null,
      name: 'VAT',
      rateMillionths: 190_000,
      reason: 'standard',
      reversedRateMillionths: 0,
      validFrom: '2007-01-01',
      taxIdCheck: null,
    },
    ...changes,
  }
}

export function aHeldCard(changes: Partial<HeldCard> = {}): HeldCard {
  return {
    attemptId: trustedId<OperationId>('att_held'),
    saves: null,
    transactionId: null,
    expiresAtMs: 1_800_003_600_000,
    ...changes,
  }
}

/** What makes a payment one that waits for its confirmation. */
export const waitsForConfirmation = (order: Order = anOrder()): Partial<Payment> => ({
  order,
  amountMinor: (order.netMinor + order.taxMinor) as AmountMinor,
  captureMethod: 'automatic',
  confirmation: 'manual',
  held: aHeldCard(),
  dueAtMs: 1_800_003_540_000,
})
