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
import { AmountWire, amountText, checkAmountText } from './amount.ts'
import type { Answering } from './answering.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { RefundWire } from './payment-wire.ts'
import { presentRefund } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

export const RefundCreateWire = named(
  'RefundCreate',
  Type.Object({
    amount: Type.Optional(AmountWire),
    currency: optionalText(3, "The payment's own currency; anything else is refused."),
    reason: optionalText(255),
  }),
)

export function addRefundPayment(app: FastifyInstance, parts: { payments: Payments; answering: Answering }): void {
  const { payments, answering } = parts
  const form = defineForm(RefundCreateWire, (body, faults) => {
    checkAmountText(body.amount, faults)
    checkText('reason', body.reason, faults)
  })
  app.post<PaymentPath>(
    '/v1/payments/:id/refund',
    {
      config: { access: 'refunds:write' },
      schema: {
        operationId: 'refundPayment',
        tags: ['Payments'],
        summary: 'Refund a captured payment, whole or in part',
        params: paymentPath,
        headers: idempotencyKeyHeader,
        body: RefundCreateWire,
        response: answersOf({ 200: RefundWire, 202: RefundWire, 400: RefundWire }, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      tellIgnoredFields(reply, caller, body, RefundCreateWire)
      const origin = answering.origin(request)
      const text = amountText(body.amount)
      const result = await payments.refund(
        caller,
        paymentId,
        {
          money: text === undefined ? null : { amountText: text },
          currency: body.currency ?? null,
          reason: body.reason ?? null,
        },
        {
          claim: claimOf(request, `POST /v1/payments/${paymentId}/refund`),
          answer(_record, refund) {
            if (refund === null) throw new Error('a refund without its operation')
            return stored(presentRefund(refund, origin))
          },
        },
      )
      return answering.written(request, reply, result)
    },
  )
}
