import type { FastifyInstance } from 'fastify'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { pageQuery, readPage } from './page-query.ts'
import { PaymentPageWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf } from './route-documents.ts'

export function addListPayments(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  app.get(
    '/api/payment',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'listPayments',
        tags: ['Payments'],
        summary: 'List payments, newest first',
        querystring: pageQuery,
        response: answersOf({ 200: PaymentPageWire }, 400),
      },
    },
    async (request, reply) => {
      const page = readPage(request.query)
      const { records, total } = await payments.listPage(callerOf(request), page)
      return answering.json(reply, 200, {
        data: records.map((record) => presentPayment(record, publicUrl)),
        ...page,
        total,
      })
    },
  )
}
