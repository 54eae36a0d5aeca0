import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import { type CustomerId, trustedId } from '../../core/ids.ts'
import { callerOf } from '../../http/admission.ts'
import { Faults } from '../../http/form.ts'
import { checkText } from '../../http/text-checks.ts'
import type { Answering } from './answering.ts'
import { PaymentMethodListWire, presentPaymentMethod } from './payment-method-wire.ts'
import { answersOf } from './route-documents.ts'

const customerIdMax = 255

export function addListPaymentMethods(
  app: FastifyInstance,
  parts: { paymentMethods: PaymentMethods; answering: Answering },
): void {
  const { paymentMethods, answering } = parts
  app.get<{ Params: { customer_id: string } }>(
    '/v1/customers/:customer_id/payment-methods',
    {
      config: { access: 'customers:read' },
      schema: {
        operationId: 'listPaymentMethods',
        tags: ['Saved cards'],
        summary: "List a customer's saved cards",
        description: 'A customer whom no payment has named has none: the list is empty.',
        params: Type.Object({ customer_id: Type.String({ description: 'Your own customer id.' }) }),
        response: answersOf({ 200: PaymentMethodListWire }, 400),
      },
    },
    async (request, reply) => {
      const { customer_id: customerId } = request.params
      const faults = new Faults()
      if (customerId.length < 1 || customerId.length > customerIdMax) {
        faults.add('customer_id', `must have 1 to ${customerIdMax} characters.`)
      }
      checkText('customer_id', customerId, faults)
      faults.refuse()
      const methods = await paymentMethods.list(callerOf(request), trustedId<CustomerId>(customerId))
      return answering.json(reply, 200, {
        customer_id: customerId,
        payment_methods: methods.map(presentPaymentMethod),
      })
    },
  )
}
