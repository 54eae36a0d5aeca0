import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import type { ApiScope } from '../../core/merchants/merchant.ts'
import type { WebhookEndpoint } from '../../core/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { ownWebhooks } from './own-webhooks.ts'
import { answersOf } from './route-documents.ts'
import {
  presentWebhook,
  presentWebhookStatus,
  WebhookListWire,
  type WebhookPath,
  WebhookSecretWire,
  WebhookStatusWire,
  WebhookWire,
  webhookPath,
} from './webhook-wire.ts'

interface Look {
  url: string
  operationId: string
  summary: string
  access: ApiScope
  schema: TSchema
  present(endpoint: WebhookEndpoint): object
}

/** What may be looked at of one webhook. */
const looks: readonly Look[] = [
  {
    url: '/api/webhook/:id',
    operationId: 'getWebhook',
    summary: 'Read a webhook',
    access: 'webhooks:read',
    schema: WebhookWire,
    present: presentWebhook,
  },
  {
    url: '/api/webhook/:id/status',
    operationId: 'getWebhookStatus',
    summary: 'Whether a webhook is active, and if not, why',
    access: 'webhooks:read',
    schema: WebhookStatusWire,
    present: presentWebhookStatus,
  },
  {
    url: '/api/webhook/:id/secret',
    operationId: 'getWebhookSecret',
    summary: "Read a webhook's signing secret",
    // Whoever knows it can forge webhooks.
    access: 'webhooks:write',
    schema: WebhookSecretWire,
    present: ({ endpointId, secret }) => ({ webhookId: endpointId, secret }),
  },
]

export function addReadWebhooks(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { answering } = parts
  const own = ownWebhooks(parts.endpoints)
  app.get(
    '/api/webhook',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhooks',
        tags: ['Webhooks'],
        summary: 'List webhooks, oldest first',
        response: answersOf({ 200: WebhookListWire }),
      },
    },
    async (request, reply) => answering.json(reply, 200, (await own.list(callerOf(request))).map(presentWebhook)),
  )
  for (const { url, operationId, summary, access, schema, present } of looks) {
    app.get<WebhookPath>(
      url,
      {
        config: { access },
        schema: {
          operationId,
          tags: ['Webhooks'],
          summary,
          params: webhookPath,
          response: answersOf({ 200: schema }, 404),
        },
      },
      async (request, reply) => {
        const found = await own.find(callerOf(request), request.params.id)
        if (!found.ok) return answering.refusal(request, reply, found.refusal)
        return answering.json(reply, 200, present(found.value))
      },
    )
  }
}
