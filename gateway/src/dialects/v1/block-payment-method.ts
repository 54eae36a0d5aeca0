import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm } from '../../http/form.ts'
import { checkText } from '../../http/text-checks.ts'
import type { Answering } from './answering.ts'
import {
  ActivePaymentMethodWire,
  BlockedPaymentMethodWire,
  type PaymentMethodPath,
  paymentMethodPath,
  readPaymentMethodId,
} from './payment-method-wire.ts'
import { isoTime } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

export const BlockWire = named('Block', Type.Object({ reason: Type.String({ minLength: 1, maxLength: 255 }) }))
const missing = { refusal: 'not_found', what: 'payment_method' } as const

export function addBlockPaymentMethod(
  app: FastifyInstance,
  parts: { paymentMethods: PaymentMethods; answering: Answering },
): void {
  const { paymentMethods, answering } = parts
  const form = defineForm(BlockWire, (body, faults) => checkText('reason', body.reason, faults))
  app.post<PaymentMethodPath>(
    '/v1/customers/payment-methods/:id/block',
    {
      config: { access: 'customers:write' },
      schema: {
        operationId: 'blockPaymentMethod',
        tags: ['Saved cards'],
        summary: 'Block a saved card',
        params: paymentMethodPath,
        headers: idempotencyKeyHeader,
        body: BlockWire,
        response: answersOf({ 200: BlockedPaymentMethodWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const { body } = form.read(request)
      const id = readPaymentMethodId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      return answering.once(request, reply, {
        perform: () => paymentMethods.block(callerOf(request), id, body.reason),
        present: ({ status, blockedReason, updatedAtMs }) => ({
          status: 200,
          body: { id, status, blocked_reason: blockedReason, updated_at: isoTime(updatedAtMs) },
        }),
      })
    },
  )
  app.post<PaymentMethodPath>(
    '/v1/customers/payment-methods/:id/unblock',
    {
      config: { access: 'customers:write' },
      schema: {
        operationId: 'unblockPaymentMethod',
        tags: ['Saved cards'],
        summary: 'Unblock a saved card',
        params: paymentMethodPath,
        headers: idempotencyKeyHeader,
        response: answersOf({ 200: ActivePaymentMethodWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const id = readPaymentMethodId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      return answering.once(request, reply, {
        perform: () => paymentMethods.unblock(callerOf(request), id),
        present: ({ status, updatedAtMs }) => ({
          status: 200,
          body: { id, status, updated_at: isoTime(updatedAtMs) },
        }),
      })
    },
  )
}
