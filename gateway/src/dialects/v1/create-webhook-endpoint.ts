import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { EventType } from '../../core/events.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm } from '../../http/form.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { checkText } from '../../http/text-checks.ts'
import { optional, optionalChoice, optionalText } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import {
  presentEndpointWithSecret,
  WebhookEndpointWithSecretWire,
  webhookDialects,
  webhookEventTypes,
} from './webhook-endpoint-wire.ts'

export const optionalEventTypes = optional<EventType[]>({
  type: 'array',
  minItems: 1,
  maxItems: webhookEventTypes.length,
  items: { type: 'string', enum: [...webhookEventTypes] },
  description: 'Default, and with null: everything.',
})

export const WebhookEndpointCreateWire = named(
  'WebhookEndpointCreate',
  Type.Object({
    url: Type.String({ minLength: 1, maxLength: 2048, description: 'https; http for localhost in test mode.' }),
    description: optionalText(255),
    event_types: optionalEventTypes,
    dialect: optionalChoice(webhookDialects, 'Which API the payloads are written in. Default: v1.'),
  }),
)

export function addCreateWebhookEndpoint(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { endpoints, answering } = parts
  const form = defineForm(WebhookEndpointCreateWire, (body, faults) => {
    checkText('url', body.url, faults)
    checkText('description', body.description, faults)
  })
  app.post(
    '/v1/webhook_endpoints',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'createWebhookEndpoint',
        tags: ['Webhooks'],
        summary: 'Add a webhook endpoint',
        description: 'At most 16 per merchant and mode. The secret is in this answer and in that of a rotation only.',
        headers: idempotencyKeyHeader,
        body: WebhookEndpointCreateWire,
        response: answersOf({ 201: WebhookEndpointWithSecretWire }, 400, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      tellIgnoredFields(reply, caller, body, WebhookEndpointCreateWire)
      return answering.once(request, reply, {
        perform: () =>
          endpoints.create(caller, {
            url: body.url,
            description: body.description ?? null,
            eventTypes: body.event_types ?? null,
            dialect: body.dialect ?? 'v1',
          }),
        present: (endpoint) => ({ status: 201, body: presentEndpointWithSecret(endpoint) }),
        holdsSecret: true,
      })
    },
  )
}
