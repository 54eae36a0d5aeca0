import type { FastifyInstance } from 'fastify'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { type Answering, stored } from '../../http/answering.ts'
import { claimOf } from '../../http/idempotency.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'

export function addConfirmPayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  app.post<PaymentPath>(
    '/api/server/payment/:id/confirm',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'confirmServerPayment',
        tags: ['Server payments'],
        summary: 'Confirm a payment: charge its card',
        description: 'Takes no body. Only a payment whose `depositStatus` is `requires_confirmation` can be confirmed.',
        params: paymentPath,
        headers: idempotencyKeyHeader,
        response: answersOf({ 201: PaymentWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      const result = await payments.confirm(callerOf(request), paymentId, {
        claim: claimOf(request, `POST /api/server/payment/${paymentId}/confirm`),
        answer: (record) => stored({ status: 201, body: presentPayment(record, publicUrl) }),
      })
      return answering.written(request, reply, result)
    },
  )
}
