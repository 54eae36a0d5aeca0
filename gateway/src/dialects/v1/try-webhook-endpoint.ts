import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type DeliveryAnswer, isSuccess } from '../../core/webhooks/delivery.ts'
import { secretOverlapDefaultMs, secretOverlapMaxMs, type WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm } from '../../http/form.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { optional, optionalChoice } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import {
  type EndpointPath,
  endpointPath,
  presentEndpointWithSecret,
  readEndpointId,
  WebhookEndpointWithSecretWire,
  WebhookTestResultWire,
  webhookEventTypes,
} from './webhook-endpoint-wire.ts'

const missing = { refusal: 'not_found', what: 'webhook_endpoint' } as const
const hourMs = 3_600_000

export const SecretRotationWire = named(
  'SecretRotation',
  Type.Object({
    overlap_hours: optional<number>({
      type: 'number',
      minimum: 0,
      maximum: secretOverlapMaxMs / hourMs,
      description: 'How long the old secret signs as well. Default: 24.',
    }),
  }),
)

export const WebhookTestWire = named(
  'WebhookTest',
  Type.Object({ event_type: optionalChoice(webhookEventTypes, 'Default: payment.succeeded.') }),
)

export function addTryWebhookEndpoint(
  app: FastifyInstance,
  parts: { endpoints: WebhookEndpoints; answering: Answering },
): void {
  const { endpoints, answering } = parts
  const rotation = defineForm(SecretRotationWire, () => undefined)
  const test = defineForm(WebhookTestWire, () => undefined)
  app.post<EndpointPath>(
    '/v1/webhook_endpoints/:id/rotate_secret',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'rotateWebhookSecret',
        tags: ['Webhooks'],
        summary: "Replace an endpoint's secret",
        params: endpointPath,
        headers: idempotencyKeyHeader,
        body: SecretRotationWire,
        response: answersOf({ 200: WebhookEndpointWithSecretWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = rotation.read(request)
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      tellIgnoredFields(reply, caller, body, SecretRotationWire)
      const hours = body.overlap_hours ?? secretOverlapDefaultMs / hourMs
      return answering.once(request, reply, {
        perform: () => endpoints.rotateSecret(caller, id, { overlapMs: Math.round(hours * hourMs) }),
        present: (endpoint) => ({ status: 200, body: presentEndpointWithSecret(endpoint) }),
        holdsSecret: true,
      })
    },
  )
  app.post<EndpointPath>(
    '/v1/webhook_endpoints/:id/test',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'testWebhookEndpoint',
        tags: ['Webhooks'],
        summary: 'Send a made-up event to an endpoint now',
        params: endpointPath,
        headers: idempotencyKeyHeader,
        body: WebhookTestWire,
        response: answersOf({ 200: WebhookTestResultWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = test.read(request)
      const id = readEndpointId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      tellIgnoredFields(reply, caller, body, WebhookTestWire)
      return answering.once(request, reply, {
        perform: () => endpoints.sendTest(caller, id, body.event_type ?? 'payment.succeeded'),
        present: (answer) => ({ status: 200, body: presentTest(answer) }),
      })
    },
  )
}

function presentTest(answer: DeliveryAnswer): Static<typeof WebhookTestResultWire> {
  return {
    delivered: isSuccess(answer),
    response_status: answer.status,
    error: answer.error,
    response_start: answer.responseStart,
    duration_ms: Math.round(answer.durationMs),
  }
}
