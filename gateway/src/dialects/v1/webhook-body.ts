import { type Static, Type } from 'typebox'
import {
  isAlert,
  isPublic,
  type MerchantEvent,
  type PaymentEvent,
  type PublicPaymentEventType,
} from '../../core/events.ts'
import type { Merchant } from '../../core/merchants/merchant.ts'
import { formatDecimal } from '../../core/money/amount.ts'
import {
  decimalText,
  literal,
  nullable,
  nullableInteger,
  nullableText,
  oneOf,
  timestamp,
} from '../../http/wire-schema.ts'
import { type CardTestingPayload, renderCardTesting } from './card-testing-body.ts'
import { transactionIdOf } from './payment-id.ts'
import { categories, DisputeWire, recommendedActions } from './payment-wire.ts'
import { wireDeclineCodes } from './present-failure.ts'
import { isoTime, presentDispute } from './present-payment.ts'
import { named } from './schema.ts'
import { paymentWebhookEventTypes } from './webhook-endpoint-wire.ts'

const webhookStatuses = [
  'succeeded',
  'failed',
  'canceled',
  'refunded',
  'chargeback',
  'authorized',
  'requires_action',
  'captured',
  'pending',
  'saved',
  'refund_failed',
] as const
type WebhookStatus = (typeof webhookStatuses)[number]

export const WebhookPayloadWire = named(
  'WebhookPayload',
  Type.Object({
    id: Type.String({ description: 'evt_…; the same on every delivery of this event.' }),
    event: oneOf(paymentWebhookEventTypes),
    sequence: Type.Integer({ description: 'Numbers the events of a payment without gaps.' }),
    livemode: Type.Boolean(),
    transaction_id: Type.String(),
    merchant_id: Type.String(),
    merchant_name: Type.String(),
    status: oneOf(webhookStatuses),
    amount: decimalText(),
    currency: Type.String(),
    payment_method: literal('card'),
    payment_method_id: Type.Optional(Type.String({ description: 'Of a saved card that was charged, or was saved.' })),
    is_recurring: Type.Boolean(),
    save_card: Type.Boolean({ description: 'True when the card was saved.' }),
    external_id: nullableText(),
    product_name: nullableText(),
    customer_id: nullableText(),
    email: nullableText(),
    tel: nullableText(),
    amount_refunded: Type.Optional(decimalText()),
    amount_captured: Type.Optional(decimalText()),
    refund_id: Type.Optional(Type.String()),
    reason: Type.Optional(nullableText()),
    dispute: Type.Optional(DisputeWire),
    error: Type.Optional(
      Type.Object({
        code: Type.String(),
        category: oneOf(categories),
        message: Type.String(),
        recommended_action: oneOf(recommendedActions),
      }),
    ),
    card_brand: nullableText(),
    card_last4: nullableText(),
    cardholder_name: nullableText(),
    card_exp_month: nullableInteger(),
    card_exp_year: nullableInteger(),
    metadata: nullable<Record<string, string | number | boolean | null>>({ type: 'object' }),
    created_at: timestamp('When the payment was made.'),
    timestamp: timestamp('When this happened.'),
  }),
)
export type WebhookPayload = Static<typeof WebhookPayloadWire>

const statusOfEvent: Record<PublicPaymentEventType, WebhookStatus> = {
  'payment.requires_action': 'requires_action',
  'payment.pending': 'pending',
  'payment.authorized': 'authorized',
  'payment.succeeded': 'succeeded',
  'payment.captured': 'captured',
  'payment.failed': 'failed',
  'payment.canceled': 'canceled',
  'payment.refunded': 'refunded',
  'payment.chargeback': 'chargeback',
  'payment_method.saved': 'saved',
  'refund.failed': 'refund_failed',
}

/** The body of a v1 webhook: one flat object. */
export function renderV1Webhook(event: PaymentEvent, merchant: Merchant): WebhookPayload
export function renderV1Webhook(event: MerchantEvent, merchant: Merchant): WebhookPayload | CardTestingPayload
export function renderV1Webhook(event: MerchantEvent, merchant: Merchant): WebhookPayload | CardTestingPayload {
  return isAlert(event) ? renderCardTesting(event, merchant) : renderPayment(event, merchant)
}

/** The payment as it stood after the change. */
function renderPayment(event: PaymentEvent, merchant: Merchant): WebhookPayload {
  const { payment } = event.snapshot
  const { card, currency } = payment
  const { type, publicSequence } = event
  if (!isPublic(type) || publicSequence === null) throw new Error(`${type} is no event of this API`)
  return {
    id: event.eventId,
    event: type,
    sequence: publicSequence,
    livemode: event.mode === 'live',
    transaction_id: transactionIdOf(event.paymentId),
    merchant_id: event.merchantId,
    merchant_name: merchant.name,
    status: statusOfEvent[type],
    amount: formatDecimal(payment.amountMinor, currency),
    currency,
    payment_method: 'card',
    ...(payment.paymentMethodId === null ? {} : { payment_method_id: payment.paymentMethodId }),
    is_recurring: payment.paymentType === 'recurring',
    save_card: payment.saveCard && payment.paymentMethodId !== null,
    external_id: payment.externalId,
    product_name: payment.productName,
    customer_id: payment.customerId,
    email: payment.email,
    tel: payment.tel,
    ...operationFields(event),
    ...errorFields(event),
    card_brand: card?.brand ?? null,
    card_last4: card?.last4 ?? null,
    cardholder_name: card?.cardholderName ?? null,
    card_exp_month: card?.expMonth ?? null,
    card_exp_year: card?.expYear ?? null,
    metadata: payment.metadata,
    created_at: isoTime(payment.createdAtMs),
    timestamp: isoTime(event.createdAtMs),
  }
}

/** Refunds tell the sum of all refunds; a capture tells the sum of all captures. */
function operationFields({ type, snapshot }: PaymentEvent): Partial<WebhookPayload> {
  const { payment, operation } = snapshot
  const { capturedMinor, refundedMinor } = payment.amounts
  if (type === 'payment.captured') return { amount_captured: formatDecimal(capturedMinor, payment.currency) }
  const dispute = type === 'payment.chargeback' ? presentDispute(payment) : null
  if (dispute !== null) return { dispute }
  if (type !== 'payment.refunded' && type !== 'refund.failed') return {}
  return {
    amount_refunded: formatDecimal(refundedMinor, payment.currency),
    ...(operation === null ? {} : { refund_id: operation.operationId, reason: operation.reason }),
  }
}

function errorFields({ snapshot: { failure } }: PaymentEvent): Partial<WebhookPayload> {
  if (failure === null) return {}
  const { category, message, recommendedAction } = failure
  const code = wireDeclineCodes[failure.code]
  return { error: { code, category, message, recommended_action: recommendedAction } }
}
