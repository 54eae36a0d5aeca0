import { type Static, Type } from 'typebox'
import { type EndpointId, trustedId } from '../../core/ids.ts'
import type { DisabledReason, WebhookEndpoint } from '../../core/webhooks/endpoint.ts'
import { nullableText, oneOf } from '../../http/wire-schema.ts'
import { named } from './schema.ts'
import { shownEventTypes, webhookEventTypes } from './webhook-body.ts'

const shownFields = { webhookId: Type.String({ description: 'whe_…' }), webhookUrl: Type.String() }

export const WebhookWire = named('Webhook', Type.Object(shownFields))
export const WebhookListWire = named('WebhookList', Type.Array(WebhookWire, { description: 'Oldest first.' }))
export const WebhookWithSecretWire = named(
  'WebhookWithSecret',
  Type.Object({ ...shownFields, secret: Type.String({ description: 'whsec_…; signs what is sent there.' }) }),
)
export const WebhookSecretWire = named(
  'WebhookSecret',
  Type.Object({ webhookId: Type.String(), secret: Type.String() }),
)
export const WebhookStatusWire = named(
  'WebhookStatus',
  Type.Object({
    ...shownFields,
    status: oneOf(['enabled', 'disabled']),
    failureReason: nullableText('Why it was disabled, unless you did that.'),
  }),
)
export const WebhookEventTypesWire = named(
  'WebhookEventTypes',
  Type.Object({ ...shownFields, eventTypes: Type.Array(oneOf(webhookEventTypes)) }),
)
export const DeletedWebhookWire = named(
  'DeletedWebhook',
  Type.Object({ webhookId: Type.String(), deleted: Type.Boolean() }),
)

export function presentWebhook(endpoint: WebhookEndpoint): Static<typeof WebhookWire> {
  return { webhookId: endpoint.endpointId, webhookUrl: endpoint.url }
}

const failureReasons: Record<DisabledReason, string | null> = {
  merchant: null,
  gone: 'The endpoint answered 410 Gone',
  failing: 'The endpoint has not taken any event for five days',
  exhausted: 'The endpoint has not taken an event in ten attempts',
}

export function presentWebhookStatus(endpoint: WebhookEndpoint): Static<typeof WebhookStatusWire> {
  const { status, disabledReason } = endpoint
  const failureReason = disabledReason === null ? null : failureReasons[disabledReason]
  return { ...presentWebhook(endpoint), status, failureReason }
}

export function presentWebhookEventTypes(endpoint: WebhookEndpoint): Static<typeof WebhookEventTypesWire> {
  return { ...presentWebhook(endpoint), eventTypes: shownEventTypes(endpoint.eventTypes) }
}

export interface WebhookPath {
  Params: { id: string }
}
export const webhookPath = Type.Object({ id: Type.String({ description: 'whe_…' }) })

/** Undefined for what cannot be an id, which is answered like one that does not exist. */
export function readWebhookId(text: string): EndpointId | undefined {
  return /^whe_[0-9a-z]{26}$/.test(text) ? trustedId<EndpointId>(text) : undefined
}
