import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { EndpointChange } from '../../core/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm } from '../../http/form.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { checkText } from '../../http/text-checks.ts'
import { oneOf, optionalText } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { optionalEventTypes } from './create-webhook-endpoint.ts'
import { answersOf } from './route-documents.ts'
import { named } from './schema.ts'
import {
  DeletedWebhookEndpointWire,
  type EndpointPath,
  endpointPath,
  presentEndpoint,
  readEndpointId,
  WebhookEndpointWire,
} from './webhook-endpoint-wire.ts'

const missing = { refusal: 'not_found', what: 'webhook_endpoint' } as const

export const WebhookEndpointUpdateWire = named(
  'WebhookEndpointUpdate',
  Type.Object({
    url: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
    description: optionalText(255),
    event_types: optionalEventTypes,
    status: Type.Optional(oneOf(['enabled', 'disabled'])),
  }),
)

/** What is left out stays as it is; null is a value. */
function changeOf(body: Static<typeof WebhookEndpointUpdateWire>): EndpointChange {
  return {
    ...(body.url === undefined ? {} : { url: body.url }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.event_types === undefined ? {} : { eventTypes: body.event_types }),
    ...(body.status === undefined ? {} : { status: body.status }),
  }
}

export function addUpdateWebhookEndpoint(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { endpoints, answering } = parts
  const form = defineForm(WebhookEndpointUpdateWire, (body, faults) => {
    checkText('url', body.url, faults)
    checkText('description', body.description, faults)
  })
  app.patch<EndpointPath>(
    '/v1/webhook_endpoints/:id',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'updateWebhookEndpoint',
        tags: ['Webhooks'],
        summary: 'Change a webhook endpoint',
        description: 'What is left out stays as it is. Enabling an endpoint sends what waited meanwhile.',
        params: endpointPath,
        body: WebhookEndpointUpdateWire,
        response: answersOf({ 200: WebhookEndpointWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      tellIgnoredFields(reply, caller, body, WebhookEndpointUpdateWire)
      const updated = await endpoints.update(caller, id, changeOf(body))
      if (!updated.ok) return answering.refusal(request, reply, updated.refusal)
      return answering.json(reply, 200, presentEndpoint(updated.value))
    },
  )
  app.delete<EndpointPath>(
    '/v1/webhook_endpoints/:id',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'deleteWebhookEndpoint',
        tags: ['Webhooks'],
        summary: 'Delete a webhook endpoint',
        params: endpointPath,
        response: answersOf({ 200: DeletedWebhookEndpointWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const deleted = await endpoints.delete(callerOf(request), id)
      if (!deleted.ok) return answering.refusal(request, reply, deleted.refusal)
      return answering.json(reply, 200, { id, deleted: true })
    },
  )
}
