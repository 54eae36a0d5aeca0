import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { checkTexts } from './fields.ts'
import { defineForm } from './form.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import { presentWebhook, WebhookWithSecretWire } from './webhook-wire.ts'

export const WebhookCreateWire = named(
  'WebhookCreate',
  Type.Object(
    {
      url: Type.Unsafe<string>({
        type: 'string',
        minLength: 1,
        maxLength: 2048,
        description: 'https; http for localhost in test mode.',
        'x-rule': 'must be a URL address',
      }),
    },
    { examples: [{ url: 'https://shop.example/webhooks/inflow' }] },
  ),
)

export function addCreateWebhook(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { endpoints, answering } = parts
  const form = defineForm(WebhookCreateWire, (body, faults) => checkTexts(body, ['url'], faults))
  app.post(
    '/api/webhook',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'createWebhook',
        tags: ['Webhooks'],
        summary: 'Add a webhook',
        description: 'At most 5. The URL must answer a HEAD request.',
        headers: idempotencyKeyHeader,
        body: WebhookCreateWire,
        response: answersOf({ 201: WebhookWithSecretWire }, 400, 409),
      },
    },
    (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      tellIgnoredFields(reply, caller, body, WebhookCreateWire)
      return answering.once(request, reply, {
        perform: () =>
          endpoints.create(caller, {
            url: body.url,
            description: null,
            eventTypes: null,
            dialect: 'inflow',
            probe: true,
          }),
        present: (endpoint) => ({
          status: 201,
          body: { ...presentWebhook(endpoint), secret: endpoint.secret },
        }),
        holdsSecret: true,
      })
    },
  )
}
