import { type Static, Type } from 'typebox'
import { type EventType, eventTypes, type PaymentEvent } from '../../core/events.ts'
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

/** The body of a webhook: the payment as it stood after the change. */
export function renderInflowWebhook(event: PaymentEvent, publicUrl: string): Static<typeof WebhookBodyWire> {
  const payload = presentPayment({ payment: event.snapshot.payment, operations: null }, publicUrl)
  return { data: [{ eventType: wireEventType(event.type), payload }] }
}

function wireEventType(type: EventType): WebhookEventType {
  return type === 'payment.created' ? 'payment_created' : 'payment_status_updated'
}

/** The engine's events behind this API's two; null for both, which is everything. */
export function engineEventTypes(asked: readonly WebhookEventType[]): EventType[] | null {
  if (webhookEventTypes.every((type) => asked.includes(type))) return null
  return eventTypes.filter((type) => asked.includes(wireEventType(type)))
}

export function shownEventTypes(listened: readonly EventType[] | null): WebhookEventType[] {
  if (listened === null) return [...webhookEventTypes]
  return webhookEventTypes.filter((type) => listened.some((each) => wireEventType(each) === type))
}
