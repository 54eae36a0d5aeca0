import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { stored } from '../../http/answering.ts'
import { defineForm } from '../../http/form.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { optionalFlag } from '../../http/wire-schema.ts'
import { AmountWire, amountText, checkAmountText } from './amount.ts'
import type { Answering } from './answering.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { ModifiedPaymentWire } from './payment-wire.ts'
import { presentCapture } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

export const CaptureWire = named(
  'Capture',
  Type.Object({
    amount: Type.Optional(AmountWire),
    final: optionalFlag(
      'False keeps the rest of the authorization for further captures. Default: true, which releases it.',
    ),
  }),
)

export function addCapturePayment(app: FastifyInstance, parts: { payments: Payments; answering: Answering }): void {
  const { payments, answering } = parts
  const form = defineForm(CaptureWire, (body, faults) => checkAmountText(body.amount, faults))
  app.post<PaymentPath>(
    '/v1/payments/:id/capture',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'capturePayment',
        tags: ['Payments'],
        summary: 'Capture an authorized payment, whole or in part',
        params: paymentPath,
        headers: idempotencyKeyHeader,
        body: CaptureWire,
        response: answersOf({ 200: ModifiedPaymentWire, 202: ModifiedPaymentWire, 400: ModifiedPaymentWire }, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const paymentId = readPaymentId(request.params.id)
      if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
      tellIgnoredFields(reply, caller, body, CaptureWire)
      const origin = answering.origin(request)
      const text = amountText(body.amount)
      const result = await payments.capture(
        caller,
        paymentId,
        { money: text === undefined ? null : { amountText: text }, final: body.final ?? true },
        {
          claim: claimOf(request, `POST /v1/payments/${paymentId}/capture`),
          answer(record, capture) {
            if (capture === null) throw new Error('a capture without its operation')
            return stored(presentCapture(record, capture, origin))
          },
        },
      )
      return answering.written(request, reply, result)
    },
  )
}
