import { type Static, Type } from 'typebox'
import {
  type EventType,
  isAlert,
  type MerchantEvent,
  type PaymentEventType,
  paymentEventTypes,
} from '../../core/events.ts'
import { oneOf } from '../../http/wire-schema.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { named } from './schema.ts'

export const webhookEventTypes = ['payment_created', 'payment_status_updated'] as const
export type WebhookEventType = (typeof webhookEventTypes)[number]

export const WebhookBodyWire = named(
  'WebhookBody',
  Type.Object({
    data: Type.Array(Type.Object({ eventType: oneOf(webhookEventTypes), payload: PaymentWire })),
  }),
)

/** The body of a webhook: the payment as it stood after the change. Alerts are not told here: this API has no word for them. */
export function renderInflowWebhook(event: MerchantEvent, publicUrl: string): Static<typeof WebhookBodyWire> {
  if (isAlert(event)) throw new Error(`${event.type} is no event of this API`)
  const payload = presentPayment({ payment: event.snapshot.payment, operations: null }, publicUrl)
  return { data: [{ eventType: wireEventType(event.type), payload }] }
}

function wireEventType(type: PaymentEventType): WebhookEventType {
  return type === 'payment.created' ? 'payment_created' : 'payment_status_updated'
}

/** The engine's events behind this API's two; null for both, which is everything. */
export function engineEventTypes(asked: readonly WebhookEventType[]): EventType[] | null {
  if (webhookEventTypes.every((type) => asked.includes(type))) return null
  return paymentEventTypes.filter((type) => asked.includes(wireEventType(type)))
}

export function shownEventTypes(listened: readonly EventType[] | null): WebhookEventType[] {
  if (listened === null) return [...webhookEventTypes]
  const told = paymentEventTypes.filter((type) => listened.includes(type))
  return webhookEventTypes.filter((type) => told.some((each) => wireEventType(each) === type))
}
