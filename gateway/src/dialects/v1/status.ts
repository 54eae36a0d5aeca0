import type { Payment, PaymentAmounts } from '../../core/payments/payment.ts'
import type { PaymentState } from '../../core/payments/states.ts'
import type { PaymentFilter } from '../../core/ports/payment-store.ts'

/** What this API calls where a payment stands. */
export const statuses = [
  'pending',
  'requires_action',
  'authorized',
  'completed',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
] as const
export type Status = (typeof statuses)[number]

const ofState: Record<PaymentState, Status | ((amounts: PaymentAmounts) => Status)> = {
  created: 'pending',
  requires_action: 'requires_action',
  requires_confirmation: 'pending',
  processing: 'pending',
  authorized: 'authorized',
  captured: ({ capturedMinor, refundedMinor }) => {
    if (refundedMinor === 0) return 'completed'
    return refundedMinor < capturedMinor ? 'partially_refunded' : 'refunded'
  },
  failed: 'failed',
  canceled: 'canceled',
  expired: 'canceled',
}

export function statusOf(payment: Pick<Payment, 'state' | 'amounts'>): Status {
  const status = ofState[payment.state]
  return typeof status === 'string' ? status : status(payment.amounts)
}

/** The other way round: which payments have this status. */
export const statesOfStatus: Record<Status, NonNullable<PaymentFilter['states']>> = {
  pending: [{ state: 'created' }, { state: 'requires_confirmation' }, { state: 'processing' }],
  requires_action: [{ state: 'requires_action' }],
  authorized: [{ state: 'authorized' }],
  completed: [{ state: 'captured', refunds: 'none' }],
  failed: [{ state: 'failed' }],
  canceled: [{ state: 'canceled' }, { state: 'expired' }],
  partially_refunded: [{ state: 'captured', refunds: 'partial' }],
  refunded: [{ state: 'captured', refunds: 'full' }],
}
