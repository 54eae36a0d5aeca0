import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Caller } from '../../core/merchants/merchant.ts'
import type { Payments } from '../../core/payments/payments.ts'
import type { PaymentFilter } from '../../core/ports/payment-store.ts'
import { callerOf } from '../../http/admission.ts'
import type { Faults } from '../../http/form.ts'
import { oneOf } from '../../http/wire-schema.ts'
import type { Answering } from './answering.ts'
import { readPaymentId } from './payment-id.ts'
import { PaymentListWire } from './payment-wire.ts'
import { presentListed } from './present-payment.ts'
import { limitMax, QueryReader } from './query.ts'
import { answersOf } from './route-documents.ts'
import { statesOfStatus, statuses } from './status.ts'

const listQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: 20 })),
  starting_after: Type.Optional(Type.String({ description: 'The last id of the page before.' })),
  status: Type.Optional(oneOf(statuses)),
  external_id: Type.Optional(Type.String()),
  customer_id: Type.Optional(Type.String()),
  created_gte: Type.Optional(Type.String({ format: 'date-time' })),
  created_lte: Type.Optional(Type.String({ format: 'date-time' })),
})

export function addListPayments(app: FastifyInstance, parts: { payments: Payments; answering: Answering }): void {
  const { payments, answering } = parts

  /** A cursor that is no payment of the caller would silently give the first page, or none. */
  async function cursorOf(
    caller: Caller,
    text: string | null,
    faults: Faults,
  ): Promise<PaymentFilter['startingAfter']> {
    if (text === null) return null
    const paymentId = readPaymentId(text)
    if (paymentId !== undefined && (await payments.find(caller, paymentId)).ok) return paymentId
    faults.add('starting_after', 'must be the id of one of your payments.')
    return null
  }

  app.get(
    '/v1/payments',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'listPayments',
        tags: ['Payments'],
        summary: 'List payments, newest first',
        querystring: listQuery,
        response: answersOf({ 200: PaymentListWire }, 400),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const query = new QueryReader(request.query)
      const status = query.choice('status', statuses)
      const filter: PaymentFilter = {
        limit: query.limit(),
        startingAfter: await cursorOf(caller, query.text('starting_after'), query.faults),
        states: status === null ? null : statesOfStatus[status],
        externalId: query.text('external_id'),
        customerId: query.text('customer_id') as PaymentFilter['customerId'],
        createdFromMs: query.time('created_gte'),
        createdToMs: query.time('created_lte'),
      }
      query.faults.refuse()
      const page = await payments.list(caller, filter)
      return answering.json(reply, 200, { data: page.payments.map(presentListed), has_more: page.hasMore })
    },
  )
}
