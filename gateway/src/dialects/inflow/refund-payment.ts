import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { formatDecimal } from '../../core/money/amount.ts'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { type Answering, stored } from '../../http/answering.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { optional } from '../../http/wire-schema.ts'
import { checkTexts, optionalName } from './fields.ts'
import { defineForm } from './form.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

export const RefundWire = named(
  'Refund',
  Type.Object(
    {
      reason: optionalName('For your own records.'),
      amountInCents: optional<number>({
        type: 'integer',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Default: all that is left.',
      }),
    },
    { examples: [{ reason: 'Customer requested cancellation' }] },
  ),
)

export function addRefundPayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  const form = defineForm(RefundWire, (body, faults) => checkTexts(body, ['reason'], faults))
  app.post<PaymentPath>(
    '/api/payment/:id/refund',
    {
      config: { access: 'refunds:write' },
      schema: {
        operationId: 'refundPayment',
        tags: ['Payments'],
        summary: 'Refund a payment, whole or in part',
        description: 'Answers the payment. A refund that the acquirer refused is `REFUND_FAILED`.',
        params: paymentPath,
        headers: idempotencyKeyHeader,
        body: RefundWire,
        response: answersOf({ 201: PaymentWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      const found = await payments.find(caller, paymentId)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      tellIgnoredFields(reply, caller, body, RefundWire)
      // The engine reads amounts in major units; the payment's own currency says how many decimals they have.
      const { currency } = found.value.payment
      const money = body.amountInCents ? { amountText: formatDecimal(body.amountInCents, currency) } : null
      const result = await payments.refund(
        caller,
        paymentId,
        { money, currency: null, reason: body.reason ?? null },
        {
          claim: claimOf(request, `POST /api/payment/${paymentId}/refund`),
          answer: (record) => stored({ status: 201, body: presentPayment(record, publicUrl) }),
        },
      )
      return answering.written(request, reply, result)
    },
  )
}
