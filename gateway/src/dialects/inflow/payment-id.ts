import { Type } from 'typebox'
import { type PaymentId, trustedId } from '../../core/ids.ts'

const idShape = /^(?:pay|tx|req)_([0-9a-hjkmnp-tv-z]{26})$/

/** Every spelling of one payment. Undefined for anything else, which is answered like a payment that does not exist. */
export function readPaymentId(text: string): PaymentId | undefined {
  const suffix = idShape.exec(text)?.[1]
  return suffix === undefined ? undefined : trustedId<PaymentId>(suffix)
}

export function payIdOf(paymentId: PaymentId): string {
  return `pay_${paymentId}`
}

/** The pages of this gateway know payments by the spelling that all its APIs share. */
export function pageIdOf(paymentId: PaymentId): string {
  return `req_${paymentId}`
}

export interface PaymentPath {
  Params: { id: string }
}

export const paymentPath = Type.Object({ id: Type.String({ description: 'pay_…' }) })
