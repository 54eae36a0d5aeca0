import type { MerchantId } from '../ids.ts'
import type { Payment } from '../payments/payment.ts'

/** Where the shopper goes when the authentication has come to its end. */
export interface ReturnLinks {
  /** The shop's own address with the outcome and a signature appended; null where the shop gave none for it. */
  linkFor(payment: Payment, outcome: 'succeeded' | 'failed'): Promise<string | null>
}

/** With what the shop tells our parameters from those that anyone could type. */
export interface ReturnSigningSecrets {
  secretOf(merchantId: MerchantId): Promise<string>
}
