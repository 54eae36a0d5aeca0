import type { PaymentId } from '../ids.ts'
import { checkoutLifetimeMs } from './new-payment.ts'
import type { Payment } from './payment.ts'

/** Made without a card, which the shopper brings: a card that is declined does not end it. */
export function isHosted({ paymentType }: Pick<Payment, 'paymentType'>): boolean {
  return paymentType === 'single' || paymentType === 'initial'
}

/** Paid on our own page, and not by the merchant's with the browser SDK. */
export function isPaidOnOurPage(payment: Pick<Payment, 'paymentType' | 'order' | 'checkout'>): boolean {
  return isHosted(payment) && (payment.order === null || payment.checkout !== null)
}

/** The page's path under the gateway's public address. */
export function payPagePath(paymentId: PaymentId): string {
  return `/pay/req_${paymentId}`
}

/** How long a hosted payment may be paid. */
export function checkoutDeadlineMs({ createdAtMs }: Pick<Payment, 'createdAtMs'>): number {
  return createdAtMs + checkoutLifetimeMs
}
