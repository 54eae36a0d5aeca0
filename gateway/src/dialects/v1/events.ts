import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type EventId, trustedId } from '../../core/ids.ts'
import type { EventFeed } from '../../core/webhooks/event-feed.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm, type Faults } from '../../http/form.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { oneOf, optional } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { CardTestingPayloadWire } from './card-testing-body.ts'
import { limitMax, QueryReader } from './query.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import { renderV1Webhook, WebhookPayloadWire } from './webhook-body.ts'
import { readEndpointId, webhookEventTypes } from './webhook-endpoint-wire.ts'

export const EventListWire = named(
  'EventList',
  Type.Object({
    data: Type.Array(Type.Union([WebhookPayloadWire, CardTestingPayloadWire]), {
      description: 'Oldest first, as they were sent to webhook endpoints.',
    }),
    has_more: Type.Boolean(),
  }),
)
export const ResendWire = named(
  'Resend',
  Type.Object({
    endpoint_id: optional<string>({
      type: 'string',
      maxLength: 64,
      description: 'Default: every enabled endpoint that listens to this event.',
    }),
  }),
)
export const ResentWire = named(
  'Resent',
  Type.Object({ id: Type.String(), endpoints: Type.Integer({ description: 'To how many endpoints it goes.' }) }),
)

const eventQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: 20 })),
  starting_after: Type.Optional(Type.String({ description: 'The last id that you have seen.' })),
  type: Type.Optional(oneOf(webhookEventTypes)),
})

function readEventId(text: string): EventId | undefined {
  return /^evt_[0-9a-z]{26}$/.test(text) ? trustedId<EventId>(text) : undefined
}

export function addEvents(app: FastifyInstance, parts: { events: EventFeed; answering: Answering }): void {
  const { events, answering } = parts
  const resend = defineForm(ResendWire, () => undefined)
  app.get(
    '/v1/events',
    {
      config: { access: 'events:read' },
      schema: {
        operationId: 'listEvents',
        tags: ['Webhooks'],
        summary: 'List the events of the last 30 days, oldest first',
        description: 'Keep the last id as the cursor of the next call: no event is missed.',
        querystring: eventQuery,
        response: answersOf({ 200: EventListWire }, 400),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const query = new QueryReader(request.query)
      const after = query.text('starting_after')
      const startingAfter = after === null ? null : (readEventId(after) ?? null)
      if (after !== null && startingAfter === null) refuseCursor(query.faults)
      const filter = { limit: query.limit(), startingAfter, type: query.choice('type', webhookEventTypes) }
      query.faults.refuse()
      const page = await events.list(caller, filter)
      if (!page.ok && page.refusal.refusal === 'not_found') refuseCursor(query.faults)
      query.faults.refuse()
      if (!page.ok) return answering.refusal(request, reply, page.refusal)
      return answering.json(reply, 200, {
        data: page.value.events.map((event) => renderV1Webhook(event, caller.merchant)),
        has_more: page.value.hasMore,
      })
    },
  )
  app.post<{ Params: { id: string } }>(
    '/v1/events/:id/resend',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'resendEvent',
        tags: ['Webhooks'],
        summary: 'Send an event again',
        params: Type.Object({ id: Type.String({ description: 'evt_…' }) }),
        headers: idempotencyKeyHeader,
        body: ResendWire,
        response: answersOf({ 202: ResentWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = resend.read(request)
      const id = readEventId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'event' })
      const endpointId = body.endpoint_id ? readEndpointId(body.endpoint_id) : null
      if (endpointId === undefined) {
        return answering.refusal(request, reply, { refusal: 'not_found', what: 'webhook_endpoint' })
      }
      tellIgnoredFields(reply, caller, body, ResendWire)
      return answering.once(request, reply, {
        perform: () => events.resend(caller, id, endpointId),
        present: (resent) => ({ status: 202, body: { id, endpoints: resent.endpoints } }),
      })
    },
  )
}

function refuseCursor(faults: Faults): void {
  faults.add('starting_after', 'must be the id of one of your events of the last 30 days.')
}
