import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import { callerOf } from '../../http/admission.ts'
import { defineForm } from '../../http/form.ts'
import type { Answering } from './answering.ts'
import {
  ActivePaymentMethodWire,
  BlockedPaymentMethodWire,
  type PaymentMethodPath,
  paymentMethodPath,
  readPaymentMethodId,
} from './payment-method-wire.ts'
import { isoTime } from './present-payment.ts'
import { answersOf } from './route-documents.ts'
import { named } from './schema.ts'
import { checkText } from './text-checks.ts'

export const BlockWire = named('Block', Type.Object({ reason: Type.String({ minLength: 1, maxLength: 255 }) }))
const missing = { refusal: 'not_found', what: 'payment_method' } as const

/** Both leave the card as asked for however often they are repeated, so they need no idempotency key. */
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
        body: BlockWire,
        response: answersOf({ 200: BlockedPaymentMethodWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const { body } = form.read(request)
      const id = readPaymentMethodId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const blocked = await paymentMethods.block(callerOf(request), id, body.reason)
      if (!blocked.ok) return answering.refusal(request, reply, blocked.refusal)
      return answering.json(reply, 200, {
        id,
        status: blocked.value.status,
        blocked_reason: blocked.value.blockedReason,
        updated_at: isoTime(blocked.value.updatedAtMs),
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
        response: answersOf({ 200: ActivePaymentMethodWire }, 404),
      },
    },
    async (request, reply) => {
      const id = readPaymentMethodId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const active = await paymentMethods.unblock(callerOf(request), id)
      if (!active.ok) return answering.refusal(request, reply, active.refusal)
      const { status, updatedAtMs } = active.value
      return answering.json(reply, 200, { id, status, updated_at: isoTime(updatedAtMs) })
    },
  )
}
