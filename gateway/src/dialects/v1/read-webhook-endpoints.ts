import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from './answering.ts'
import { isoTime } from './present-payment.ts'
import { limitMax, QueryReader } from './query.ts'
import { answersOf } from './route-documents.ts'
import {
  type EndpointPath,
  endpointPath,
  presentEndpoint,
  readEndpointId,
  WebhookEndpointListWire,
  WebhookEndpointWire,
  WebhookTryListWire,
} from './webhook-endpoint-wire.ts'

const missing = { refusal: 'not_found', what: 'webhook_endpoint' } as const
const limitQuery = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: 20 })) })

export function addReadWebhookEndpoints(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { endpoints, answering } = parts
  app.get(
    '/v1/webhook_endpoints',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookEndpoints',
        tags: ['Webhooks'],
        summary: 'List webhook endpoints, oldest first',
        response: answersOf({ 200: WebhookEndpointListWire }),
      },
    },
    async (request, reply) => {
      const found = await endpoints.list(callerOf(request))
      return answering.json(reply, 200, { data: found.map(presentEndpoint) })
    },
  )
  app.get<EndpointPath>(
    '/v1/webhook_endpoints/:id',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'getWebhookEndpoint',
        tags: ['Webhooks'],
        summary: 'Read a webhook endpoint',
        params: endpointPath,
        response: answersOf({ 200: WebhookEndpointWire }, 404),
      },
    },
    async (request, reply) => {
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const found = await endpoints.find(callerOf(request), id)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      return answering.json(reply, 200, presentEndpoint(found.value))
    },
  )
  app.get<EndpointPath>(
    '/v1/webhook_endpoints/:id/tries',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookTries',
        tags: ['Webhooks'],
        summary: 'What was sent to an endpoint lately, and what it answered',
        params: endpointPath,
        querystring: limitQuery,
        response: answersOf({ 200: WebhookTryListWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const query = new QueryReader(request.query)
      const limit = query.limit()
      query.faults.refuse()
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const tries = await endpoints.listTries(callerOf(request), id, limit)
      if (!tries.ok) return answering.refusal(request, reply, tries.refusal)
      const data = tries.value.map((each) => ({
        event_id: each.eventId,
        try: each.try,
        response_status: each.status,
        error: each.error,
        response_start: each.responseStart,
        duration_ms: Math.round(each.durationMs),
        created_at: isoTime(each.atMs),
      }))
      return answering.json(reply, 200, { data })
    },
  )
}
