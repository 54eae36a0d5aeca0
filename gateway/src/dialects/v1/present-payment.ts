import { sessionPaths } from '../../core/authentication/authentications.ts'
import { isOver } from '../../core/authentication/states.ts'
import { formatDecimal, majorUnits } from '../../core/money/amount.ts'
import type { Operation, Payment, PaymentRecord } from '../../core/payments/payment.ts'
import type { Presented } from '../../http/answering.ts'
import { requestIdOf, transactionIdOf } from './payment-id.ts'
import type {
  CreatedPaymentBody,
  ListedPaymentBody,
  ModifiedPaymentBody,
  PaymentBody,
  RefundBody,
} from './payment-wire.ts'
import { type AnswerOrigin, presentCancellation, presentFailure, wireDeclineCodes } from './present-failure.ts'
import { type Status, statusOf } from './status.ts'

export const isoTime = (ms: number): string => new Date(ms).toISOString()

/** The answer to a creation. Where a repeated request is answered late, the payment may have moved on: any status may come. */
export function presentCreated(
  payment: Payment,
  origin: AnswerOrigin,
  publicUrl: string,
): Presented<CreatedPaymentBody> {
  const status = statusOf(payment)
  const isHosted = payment.paymentType === 'single' || payment.paymentType === 'initial'
  const body: CreatedPaymentBody = {
    id: requestIdOf(payment.paymentId),
    transaction_id: transactionIdOf(payment.paymentId),
    status,
    amount: majorUnits(payment.amountMinor, payment.currency),
    currency: payment.currency,
    capture_method: payment.captureMethod,
    external_id: payment.externalId,
    metadata: payment.metadata,
    flow_id: payment.flowId,
    payment_type: payment.paymentType,
    payment_url: isHosted ? `${publicUrl}/pay/${requestIdOf(payment.paymentId)}` : null,
    card: presentCard(payment),
    customer_id: payment.customerId,
    created_at: isoTime(payment.createdAtMs),
  }
  if (status === 'requires_action') Object.assign(body, redirectOf(payment, publicUrl))
  const error = failureOf(payment, status, origin)
  if (error !== undefined) body.error = error
  return { status: isHosted ? 201 : createdStatuses[status], body }
}

const createdStatuses: Record<Status, number> = {
  pending: 202,
  requires_action: 202,
  authorized: 201,
  completed: 201,
  partially_refunded: 201,
  refunded: 201,
  failed: 400,
  canceled: 400,
}

function failureOf(payment: Payment, status: Status, origin: AnswerOrigin): CreatedPaymentBody['error'] {
  if (status === 'failed' && payment.failure !== null) return presentFailure(payment.failure, origin)
  return status === 'canceled' ? presentCancellation(origin) : undefined
}

export function presentCapture(
  record: PaymentRecord,
  capture: Operation,
  origin: AnswerOrigin,
): Presented<ModifiedPaymentBody> {
  const { payment } = record
  const body: ModifiedPaymentBody = {
    ...modifiedFields(payment),
    amount: majorUnits(capture.amountMinor, payment.currency),
  }
  if (capture.state === 'approved') return { status: 200, body }
  if (capture.state !== 'declined') return { status: 202, body: { ...body, status: 'pending' } }
  if (capture.failure === null) throw new Error(`capture ${capture.operationId} was declined without a failure`)
  return { status: 400, body: { ...body, error: presentFailure(capture.failure, origin, 'capture_failed') } }
}

/**
 * What was not captured is canceled from now on; giving it back is an obligation, done or not. After a partial capture the
 * payment itself stays as it is, which reading it tells.
 */
export function presentVoid(payment: Payment): Presented<ModifiedPaymentBody> {
  return { status: 200, body: { ...modifiedFields(payment), status: 'canceled' } }
}

export function presentRefund(refund: Operation, origin: AnswerOrigin): Presented<RefundBody> {
  const body: RefundBody = {
    id: refund.operationId,
    transaction_id: transactionIdOf(refund.paymentId),
    amount: formatDecimal(refund.amountMinor, refund.currency),
    currency: refund.currency,
    status: refundStatusOf(refund),
    reason: refund.reason,
    psp_refund_id: refund.acquirerReference,
    refund_fee: formatDecimal(0, refund.currency),
    created_at: isoTime(refund.createdAtMs),
  }
  if (refund.state === 'approved') return { status: 200, body }
  if (refund.state !== 'declined') return { status: 202, body }
  if (refund.failure === null) throw new Error(`refund ${refund.operationId} was declined without a failure`)
  return { status: 400, body: { ...body, error: presentFailure(refund.failure, origin, 'refund_failed') } }
}

export function presentPayment(record: PaymentRecord): PaymentBody {
  const refunds = record.operations.filter((operation) => operation.kind === 'refund')
  return {
    ...presentListed(record.payment),
    three_d_secure: presentWithExemption(record),
    refunds: refunds.map((refund) => ({
      id: refund.operationId,
      amount: formatDecimal(refund.amountMinor, refund.currency),
      status: refundStatusOf(refund),
      reason: refund.reason,
      created_at: isoTime(refund.createdAtMs),
    })),
  }
}

/** A payment in a list, where its refunds are told by their sum alone. */
export function presentListed(payment: Payment): ListedPaymentBody {
  const { card, currency, amounts } = payment
  return {
    id: transactionIdOf(payment.paymentId),
    request_id: requestIdOf(payment.paymentId),
    status: statusOf(payment),
    amount: formatDecimal(payment.amountMinor, currency),
    currency,
    capture_method: payment.captureMethod,
    external_id: payment.externalId,
    payment_method: 'card',
    amount_captured: formatDecimal(amounts.capturedMinor, currency),
    amount_refunded: formatDecimal(amounts.refundedMinor, currency),
    original_amount: null,
    original_currency: null,
    applied_rate: null,
    card_brand: card?.brand ?? null,
    card_last4: card?.last4 ?? null,
    cardholder_name: card?.cardholderName ?? null,
    card_exp_month: card?.expMonth ?? null,
    card_exp_year: card?.expYear ?? null,
    card_country: null,
    card_funding: null,
    payment_method_id: payment.paymentMethodId,
    is_recurring: payment.paymentType === 'recurring',
    customer_id: payment.customerId,
    email: payment.email,
    tel: payment.tel,
    product_name: payment.productName,
    error_code: payment.failure === null ? null : wireDeclineCodes[payment.failure.code],
    metadata: payment.metadata,
    capture_before: payment.captureBeforeMs === null ? null : isoTime(payment.captureBeforeMs),
    three_d_secure: presentAuthentication(payment),
    dispute: presentDispute(payment),
    created_at: isoTime(payment.createdAtMs),
    updated_at: isoTime(payment.updatedAtMs),
  }
}

/** Where the shopper is to be sent, while there is something to be done there. */
function redirectOf({ authentication }: Payment, publicUrl: string): Pick<CreatedPaymentBody, 'redirect_url'> {
  const sessionId = authentication?.sessionId
  return sessionId ? { redirect_url: `${publicUrl}${sessionPaths(sessionId).page}` } : {}
}

function presentAuthentication({ authentication }: Payment): ListedPaymentBody['three_d_secure'] {
  if (authentication === null) return null
  const { version, state, eci, flow, liabilityShift } = authentication
  return { version, status: isOver(state) ? state : 'pending', eci, flow, liability_shift: liabilityShift }
}

const notAuthenticated = { version: null, status: 'exempt', eci: null, flow: null, liability_shift: false } as const

/** An exemption belongs to the attempt that claimed it; an issuer may have asked for authentication all the same. */
function presentWithExemption({ payment, operations }: PaymentRecord): PaymentBody['three_d_secure'] {
  const attempt = operations.findLast(({ kind }) => kind === 'authorize')
  const exemption = attempt?.authentication?.exemption ?? null
  const authentication = presentAuthentication(payment) ?? (exemption === null ? null : notAuthenticated)
  return authentication && { ...authentication, exemption }
}

export function presentDispute({
  dispute,
  currency,
}: Pick<Payment, 'dispute' | 'currency'>): ListedPaymentBody['dispute'] {
  if (dispute === null) return null
  return {
    id: dispute.disputeId,
    status: dispute.state,
    amount: formatDecimal(dispute.amountMinor, currency),
    reason: dispute.reason,
    created_at: isoTime(dispute.openedAtMs),
    closed_at: dispute.closedAtMs === null ? null : isoTime(dispute.closedAtMs),
  }
}

function modifiedFields(payment: Payment): ModifiedPaymentBody {
  const { currency, amounts } = payment
  return {
    id: transactionIdOf(payment.paymentId),
    request_id: requestIdOf(payment.paymentId),
    status: statusOf(payment),
    amount: majorUnits(payment.amountMinor, currency),
    currency,
    amount_captured: formatDecimal(amounts.capturedMinor, currency),
    amount_refunded: formatDecimal(amounts.refundedMinor, currency),
    capture_method: payment.captureMethod,
    external_id: payment.externalId,
    metadata: payment.metadata,
    flow_id: payment.flowId,
    payment_type: payment.paymentType,
    card: presentCard(payment),
    customer_id: payment.customerId,
    created_at: isoTime(payment.createdAtMs),
  }
}

function presentCard({ card }: Payment): CreatedPaymentBody['card'] {
  if (card === null) return null
  return { brand: card.brand, last4: card.last4, exp_month: card.expMonth, exp_year: card.expYear, bin: card.bin }
}

function refundStatusOf(refund: Operation): RefundBody['status'] {
  if (refund.state === 'approved') return 'succeeded'
  return refund.state === 'declined' ? 'failed' : 'pending'
}
