import type { Payment, Stage, TimelineEntry } from './payment.ts'
import type { PaymentState } from './states.ts'

type Standing = Pick<Payment, 'state' | 'amounts' | 'dispute'>

/** Where a payment stands, in one word: its state and, after capture, what its amounts and its dispute tell. */
export function derivedStage(payment: Standing): Stage {
  return payment.state === 'captured' ? stageAfterCapture(payment) : stageOfState[payment.state]
}

const stageOfState: Record<Exclude<PaymentState, 'captured'>, Stage> = {
  created: 'created',
  requires_action: 'requires_action',
  requires_confirmation: 'requires_confirmation',
  processing: 'processing',
  authorized: 'authorized',
  failed: 'failed',
  canceled: 'canceled',
  expired: 'expired',
}

function stageAfterCapture({ amounts, dispute }: Standing): Stage {
  if (dispute !== null && dispute.state !== 'won') return 'disputed'
  if (amounts.refundingMinor > 0) return 'refund_pending'
  if (amounts.refundedMinor > 0) {
    return amounts.refundedMinor < amounts.capturedMinor ? 'partially_refunded' : 'refunded'
  }
  if (amounts.paidOutMinor >= amounts.capturedMinor) return 'paid_out'
  return amounts.settledMinor >= amounts.capturedMinor ? 'settled' : 'captured'
}

/** The last entry of the timeline, which also knows of a refund that failed: no amount tells of that. */
export function stageOf(payment: Standing & Pick<Payment, 'timeline'>): Stage {
  return payment.timeline.at(-1)?.stage ?? derivedStage(payment)
}

/** Where the payment stands for those to whom a dispute is not a standing of its own. */
export function undisputedStageOf(payment: Standing & Pick<Payment, 'timeline'>): Stage {
  const before = payment.timeline.findLast(({ stage }) => stage !== 'disputed')?.stage
  return before === 'refund_failed' ? before : derivedStage({ ...payment, dispute: null })
}

/** The timeline of a payment as it begins. */
export function firstEntries(payment: Standing, nowMs: number): TimelineEntry[] {
  const stage = derivedStage(payment)
  const created: TimelineEntry = { stage: 'created', atMs: nowMs }
  return stage === 'created' ? [created] : [created, { stage, atMs: nowMs }]
}
