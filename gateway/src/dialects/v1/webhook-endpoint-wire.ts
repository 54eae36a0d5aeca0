import { type Static, Type } from 'typebox'
import { alertEventTypes, eventTypes, type PublicPaymentEventType } from '../../core/events.ts'
import { type EndpointId, trustedId } from '../../core/ids.ts'
import type { Dialect, DisabledReason, WebhookEndpoint } from '../../core/webhooks/endpoint.ts'
import { nullable, nullableText, nullableTimestamp, oneOf, timestamp } from '../../http/wire-schema.ts'
import { isoTime } from './present-payment.ts'
import { named } from './schema.ts'

/** What this API tells of payments; `payment.created` is not among it. */
export const paymentWebhookEventTypes = [
  'payment.succeeded',
  'payment.failed',
  'payment.canceled',
  'payment.refunded',
  'payment.chargeback',
  'payment.authorized',
  'payment.requires_action',
  'payment.captured',
  'payment.pending',
  'payment_method.saved',
  'refund.failed',
] as const satisfies readonly PublicPaymentEventType[]
export const webhookEventTypes = [...paymentWebhookEventTypes, ...alertEventTypes] as const

export const webhookDialects = ['v1', 'inflow'] as const satisfies readonly Dialect[]

const endpointFields = {
  id: Type.String({ description: 'whe_…' }),
  url: Type.String(),
  description: nullableText(),
  dialect: oneOf(webhookDialects, 'Which API the payloads are written in.'),
  event_types: nullable<string[]>({
    type: 'array',
    items: { type: 'string', enum: [...eventTypes] },
    description: 'Null listens to everything. An endpoint of dialect inflow hears of payments alone.',
  }),
  status: oneOf(['enabled', 'disabled']),
  disabled_reason: nullable<DisabledReason>({
    type: 'string',
    enum: ['merchant', 'gone', 'failing', 'exhausted'],
    description:
      'merchant: by you. gone: it answered 410. failing: five days of nothing but failures. exhausted: ten tries of one event, of dialect inflow.',
  }),
  failing_since: nullableTimestamp(),
  previous_secret_until: nullableTimestamp('Until then the secret before the last rotation signs as well.'),
  created_at: timestamp(),
  updated_at: timestamp(),
}

export const WebhookEndpointWire = named('WebhookEndpoint', Type.Object(endpointFields))
export const WebhookEndpointWithSecretWire = named(
  'WebhookEndpointWithSecret',
  Type.Object({ ...endpointFields, secret: Type.String({ description: 'whsec_…; shown here and never again.' }) }),
)
export const WebhookEndpointListWire = named(
  'WebhookEndpointList',
  Type.Object({ data: Type.Array(WebhookEndpointWire) }),
)
export const DeletedWebhookEndpointWire = named(
  'DeletedWebhookEndpoint',
  Type.Object({ id: Type.String(), deleted: Type.Boolean() }),
)
export const WebhookTestResultWire = named(
  'WebhookTestResult',
  Type.Object({
    delivered: Type.Boolean({ description: 'The endpoint answered with a 2xx status.' }),
    response_status: nullable<number>({ type: 'integer' }),
    error: nullableText(),
    response_start: nullableText('The first kilobyte of the answer.'),
    duration_ms: Type.Integer(),
  }),
)
export const WebhookTryListWire = named(
  'WebhookTryList',
  Type.Object({
    data: Type.Array(
      Type.Object({
        event_id: Type.String(),
        try: Type.Integer({ description: '1 is the first.' }),
        response_status: nullable<number>({ type: 'integer' }),
        error: nullableText(),
        response_start: nullableText(),
        duration_ms: Type.Integer(),
        created_at: timestamp(),
      }),
      { description: 'Newest first.' },
    ),
  }),
)

export function presentEndpoint(endpoint: WebhookEndpoint): Static<typeof WebhookEndpointWire> {
  const { previousSecretUntilMs, failingSinceMs } = endpoint
  return {
    id: endpoint.endpointId,
    url: endpoint.url,
    description: endpoint.description,
    dialect: endpoint.dialect,
    event_types: endpoint.eventTypes,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    failing_since: failingSinceMs === null ? null : isoTime(failingSinceMs),
    previous_secret_until: previousSecretUntilMs === null ? null : isoTime(previousSecretUntilMs),
    created_at: isoTime(endpoint.createdAtMs),
    updated_at: isoTime(endpoint.updatedAtMs),
  }
}

/** After creation and rotation alone. */
export function presentEndpointWithSecret(endpoint: WebhookEndpoint): Static<typeof WebhookEndpointWithSecretWire> {
  return { ...presentEndpoint(endpoint), secret: endpoint.secret }
}

export interface EndpointPath {
  Params: { id: string }
}
export const endpointPath = Type.Object({ id: Type.String({ description: 'whe_…' }) })

/** Undefined for what cannot be an id, which is answered like one that does not exist. */
export function readEndpointId(text: string): EndpointId | undefined {
  return /^whe_[0-9a-z]{26}$/.test(text) ? trustedId<EndpointId>(text) : undefined
}
