import type { Payment, Stage } from '../../core/payments/payment.ts'
import { undisputedStageOf } from '../../core/payments/stage.ts'

/** What this API calls where a payment stands. */
export const statuses = [
  'INITIATION',
  'CHECKOUT_PENDING',
  'CHECKOUT_SUCCESS',
  'PAYMENT_RECEIVED',
  'PAYMENT_SUCCESS',
  'PAYMENT_FAILED',
  'CANCELED',
  'REFUND_PENDING',
  'PARTIAL_REFUNDED',
  'FULLY_REFUNDED',
  'REFUND_FAILED',
] as const
export type Status = (typeof statuses)[number]

export const depositStatuses = [
  'requires_action',
  'requires_confirmation',
  'processing',
  'authorized',
  'succeeded',
  'failed',
] as const
export type DepositStatus = (typeof depositStatuses)[number]

/** A dispute is told in the timeline alone. */
export const timelineStatuses = [...statuses, 'DISPUTED'] as const

type Words = { status: Status; deposit: DepositStatus | null }

const words = (status: Status, deposit: DepositStatus | null): Words => ({ status, deposit })

const ofStage: Record<Exclude<Stage, 'disputed'>, Words> = {
  created: words('INITIATION', null),
  requires_action: words('CHECKOUT_PENDING', 'requires_action'),
  requires_confirmation: words('INITIATION', 'requires_confirmation'),
  processing: words('CHECKOUT_PENDING', 'processing'),
  authorized: words('CHECKOUT_SUCCESS', 'authorized'),
  captured: words('CHECKOUT_SUCCESS', 'succeeded'),
  settled: words('PAYMENT_RECEIVED', 'succeeded'),
  paid_out: words('PAYMENT_SUCCESS', 'succeeded'),
  failed: words('PAYMENT_FAILED', 'failed'),
  canceled: words('CANCELED', null),
  expired: words('CANCELED', null),
  refund_pending: words('REFUND_PENDING', 'succeeded'),
  partially_refunded: words('PARTIAL_REFUNDED', 'succeeded'),
  refunded: words('FULLY_REFUNDED', 'succeeded'),
  refund_failed: words('REFUND_FAILED', 'succeeded'),
}

function wordsOf(payment: Payment): Words {
  const stage = undisputedStageOf(payment)
  if (stage === 'disputed') throw new Error(`payment ${payment.paymentId} stands nowhere but in its dispute`)
  return ofStage[stage]
}

export const statusOf = (payment: Payment): Status => wordsOf(payment).status
export const depositStatusOf = (payment: Payment): DepositStatus | null => wordsOf(payment).deposit

/** One entry per change: stages that this API calls the same follow each other as one. */
export function timelineOf(payment: Payment): { status: (typeof timelineStatuses)[number]; atMs: number }[] {
  const entries = payment.timeline.map(({ stage, atMs }) => ({
    status: stage === 'disputed' ? ('DISPUTED' as const) : ofStage[stage].status,
    atMs,
  }))
  return entries.filter((entry, index) => entry.status !== entries[index - 1]?.status)
}
