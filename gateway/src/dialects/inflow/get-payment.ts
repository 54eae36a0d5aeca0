import type { FastifyInstance } from 'fastify'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf } from './route-documents.ts'

export function addGetPayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  app.get<PaymentPath>(
    '/api/payment/:id',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'getPayment',
        tags: ['Payments'],
        summary: 'Read a payment',
        params: paymentPath,
        response: answersOf({ 200: PaymentWire }, 404),
      },
    },
    async (request, reply) => {
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      const found = await payments.find(callerOf(request), paymentId)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      return answering.json(reply, 200, presentPayment(found.value, publicUrl))
    },
  )
}
