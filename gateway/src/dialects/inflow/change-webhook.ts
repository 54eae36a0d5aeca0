import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { oneOf } from '../../http/wire-schema.ts'
import { defineForm } from './form.ts'
import { ownWebhooks } from './own-webhooks.ts'
import { answersOf } from './route-documents.ts'
import { named } from './schema.ts'
import { engineEventTypes, webhookEventTypes } from './webhook-body.ts'
import {
  DeletedWebhookWire,
  presentWebhookEventTypes,
  presentWebhookStatus,
  WebhookEventTypesWire,
  type WebhookPath,
  WebhookStatusWire,
  webhookPath,
} from './webhook-wire.ts'

export const WebhookUpdateWire = named('WebhookUpdate', Type.Object({ status: oneOf(['enabled', 'disabled']) }))
export const WebhookEventTypesUpdateWire = named(
  'WebhookEventTypesUpdate',
  Type.Object({
    eventTypes: Type.Array(oneOf(webhookEventTypes), { minItems: 1, maxItems: 16 }),
  }),
)

type Parts = { endpoints: WebhookEndpoints; answering: Answering }

export function addChangeWebhook(app: FastifyInstance, parts: Parts): void {
  addSwitchWebhook(app, parts)
  addChooseEventTypes(app, parts)
  addDeleteWebhook(app, parts)
}

function addSwitchWebhook(app: FastifyInstance, { endpoints, answering }: Parts): void {
  const own = ownWebhooks(endpoints)
  const form = defineForm(WebhookUpdateWire, () => undefined)
  app.patch<WebhookPath>(
    '/api/webhook/:id',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'updateWebhook',
        tags: ['Webhooks'],
        summary: 'Disable or enable a webhook',
        description: 'Enabling sends what waited meanwhile.',
        params: webhookPath,
        body: WebhookUpdateWire,
        response: answersOf({ 200: WebhookStatusWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const found = await own.find(caller, request.params.id)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      tellIgnoredFields(reply, caller, body, WebhookUpdateWire)
      const updated = await endpoints.update(caller, found.value.endpointId, { status: body.status })
      if (!updated.ok) return answering.refusal(request, reply, updated.refusal)
      return answering.json(reply, 200, presentWebhookStatus(updated.value))
    },
  )
}

function addChooseEventTypes(app: FastifyInstance, { endpoints, answering }: Parts): void {
  const own = ownWebhooks(endpoints)
  const form = defineForm(WebhookEventTypesUpdateWire, () => undefined)
  app.patch<WebhookPath>(
    '/api/webhook/:id/event-types',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'updateWebhookEventTypes',
        tags: ['Webhooks'],
        summary: 'Choose what a webhook receives',
        params: webhookPath,
        body: WebhookEventTypesUpdateWire,
        response: answersOf({ 200: WebhookEventTypesWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const found = await own.find(caller, request.params.id)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      tellIgnoredFields(reply, caller, body, WebhookEventTypesUpdateWire)
      const eventTypes = engineEventTypes(body.eventTypes)
      const updated = await endpoints.update(caller, found.value.endpointId, { eventTypes })
      if (!updated.ok) return answering.refusal(request, reply, updated.refusal)
      return answering.json(reply, 200, presentWebhookEventTypes(updated.value))
    },
  )
}

function addDeleteWebhook(app: FastifyInstance, { endpoints, answering }: Parts): void {
  const own = ownWebhooks(endpoints)
  app.delete<WebhookPath>(
    '/api/webhook/:id',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'deleteWebhook',
        tags: ['Webhooks'],
        summary: 'Delete a webhook',
        params: webhookPath,
        response: answersOf({ 200: DeletedWebhookWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await own.find(caller, request.params.id)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      const deleted = await endpoints.delete(caller, found.value.endpointId)
      if (!deleted.ok) return answering.refusal(request, reply, deleted.refusal)
      return answering.json(reply, 200, { webhookId: found.value.endpointId, deleted: true })
    },
  )
}
