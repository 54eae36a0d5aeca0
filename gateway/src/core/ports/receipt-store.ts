import type { MerchantId, PaymentId } from '../ids.ts'
import type { Payment } from '../payments/payment.ts'

/** A receipt that may have to be sent, leased so that no other worker takes it meanwhile. */
export interface DueReceipt {
  merchantId: MerchantId
  paymentId: PaymentId
  /** How often sending it has failed. */
  tries: number
  createdAtMs: number
  /** As it was claimed. Another time afterwards says that a further card was tried meanwhile. */
  dueAtMs: number
  leaseUntilMs: number
}

/** Receipts by e-mail. The row is the job: made before a card is tried, gone or sent when its payment is decided. */
export interface ReceiptStore {
  /** From now on somebody looks whether the payment was paid. May be repeated. */
  expect(payment: Pick<Payment, 'merchantId' | 'paymentId'>, nowMs: number): Promise<void>
  claim(nowMs: number, leaseMs: number, limit: number): Promise<DueReceipt[]>
  /** Sent, once and for all. */
  finish(due: DueReceipt, nowMs: number): Promise<void>
  /** Looked at again then; at once where a further card was tried meanwhile. So it is with `giveUp`. */
  postpone(due: DueReceipt, next: { dueAtMs: number; tries: number }): Promise<void>
  /** Nothing will be sent: the payment was not paid, or every try has failed. */
  giveUp(due: DueReceipt): Promise<void>
}
