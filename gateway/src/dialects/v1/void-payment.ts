import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { stored } from '../../http/answering.ts'
import { defineForm } from '../../http/form.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { checkText } from '../../http/text-checks.ts'
import { optionalText } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { ModifiedPaymentWire } from './payment-wire.ts'
import { presentVoid } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

export const VoidWire = named('Void', Type.Object({ reason: optionalText(255) }))

export function addVoidPayment(app: FastifyInstance, parts: { payments: Payments; answering: Answering }): void {
  const { payments, answering } = parts
  const form = defineForm(VoidWire, (body, faults) => checkText('reason', body.reason, faults))
  app.post<PaymentPath>(
    '/v1/payments/:id/void',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'voidPayment',
        tags: ['Payments'],
        summary: 'Give up what is not captured',
        description:
          'Also while the shopper authenticates or the outcome is not known: whatever is approved then is given back.',
        params: paymentPath,
        headers: idempotencyKeyHeader,
        body: VoidWire,
        response: answersOf({ 200: ModifiedPaymentWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      tellIgnoredFields(reply, caller, body, VoidWire)
      const result = await payments.void(
        caller,
        paymentId,
        { reason: body.reason ?? null },
        {
          claim: claimOf(request, `POST /v1/payments/${paymentId}/void`),
          answer: ({ payment }) => stored(presentVoid(payment)),
        },
      )
      return answering.written(request, reply, result)
    },
  )
}
