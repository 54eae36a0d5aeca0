import { Type } from 'typebox'
import { type PaymentId, trustedId } from '../../core/ids.ts'

const idShape = /^(?:tx|req)_([0-9a-hjkmnp-tv-z]{26})$/

/** Both spellings of one payment. Undefined for anything else, which is answered like a payment that does not exist. */
export function readPaymentId(text: string): PaymentId | undefined {
  const suffix = idShape.exec(text)?.[1]
  return suffix === undefined ? undefined : trustedId<PaymentId>(suffix)
}

/** Reads, webhooks, captures and refunds speak of it so. */
export function transactionIdOf(paymentId: PaymentId): string {
  return `tx_${paymentId}`
}

/** The answer to its creation calls it so. */
export function requestIdOf(paymentId: PaymentId): string {
  return `req_${paymentId}`
}

export interface PaymentPath {
  Params: { id: string }
}

export const paymentPath = Type.Object({ id: Type.String({ description: 'tx_… or req_…' }) })
