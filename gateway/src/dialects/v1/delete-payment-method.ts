import type { FastifyInstance } from 'fastify'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from './answering.ts'
import {
  DeletedPaymentMethodWire,
  type PaymentMethodPath,
  paymentMethodPath,
  readPaymentMethodId,
} from './payment-method-wire.ts'
import { answersOf } from './route-documents.ts'

export function addDeletePaymentMethod(
  app: FastifyInstance,
  parts: { paymentMethods: PaymentMethods; answering: Answering },
): void {
  const { paymentMethods, answering } = parts
  app.delete<PaymentMethodPath>(
    '/v1/customers/payment-methods/:id',
    {
      config: { access: 'customers:write' },
      schema: {
        operationId: 'deletePaymentMethod',
        tags: ['Saved cards'],
        summary: 'Erase a saved card and its key',
        params: paymentMethodPath,
        response: answersOf({ 200: DeletedPaymentMethodWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const id = readPaymentMethodId(request.params.id)
      if (id === undefined) {
        return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment_method' })
      }
      const deleted = await paymentMethods.delete(callerOf(request), id)
      if (!deleted.ok) return answering.refusal(request, reply, deleted.refusal)
      return answering.json(reply, 200, { id, deleted: true })
    },
  )
}
