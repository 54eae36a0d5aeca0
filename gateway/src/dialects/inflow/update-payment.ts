import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Buyer } from '../../core/payments/order.ts'
import type { Payment } from '../../core/payments/payment.ts'
import type { PaymentChange, Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { type Answering, stored } from '../../http/answering.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { readMetadata } from '../../http/metadata.ts'
import { fullName } from './create-server-payment.ts'
import { itemsOf, pricingModeOf } from './fields.ts'
import { defineForm } from './form.ts'
import { type PaymentPath, paymentPath, readPaymentId } from './payment-id.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { checkOrderFields } from './server-payment-checks.ts'
import { type ServerPaymentUpdate, ServerPaymentUpdateWire } from './server-payment-wire.ts'

export function addUpdatePayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  const form = defineForm(ServerPaymentUpdateWire, (body, faults) => {
    checkOrderFields(body, faults)
    return readMetadata('metadatas', body.metadatas, faults)
  })

  /** By POST it is answered with 201, by PATCH with 200; otherwise they are one call. */
  const update = (status: 200 | 201) => async (request: FastifyRequest<PaymentPath>, reply: FastifyReply) => {
    const caller = callerOf(request)
    const { body, checked: metadata } = form.read(request)
    const paymentId = readPaymentId(request.params.id)
    if (paymentId === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment' })
    const found = await payments.find(caller, paymentId)
    if (!found.ok) return answering.refusal(request, reply, found.refusal)
    tellIgnoredFields(reply, caller, body, ServerPaymentUpdateWire)
    const result = await payments.update(caller, paymentId, changeOf(body, found.value.payment, metadata), {
      claim: status === 201 ? claimOf(request, `POST /api/server/payment/${paymentId}`) : null,
      answer: (record) => stored({ status, body: presentPayment(record, publicUrl) }),
    })
    return answering.written(request, reply, result)
  }

  const document = {
    tags: ['Server payments'],
    summary: 'Change a payment before it is confirmed',
    description:
      'What is left out stays as it is. Totals and tax are computed again. If the amount charged changes after 3-D Secure, authentication starts again.',
    params: paymentPath,
    body: ServerPaymentUpdateWire,
  }
  app.post<PaymentPath>(
    '/api/server/payment/:id',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'updateServerPayment',
        ...document,
        headers: idempotencyKeyHeader,
        response: answersOf({ 201: PaymentWire }, 400, 404, 409),
      },
    },
    update(201),
  )
  app.patch<PaymentPath>(
    '/api/server/payment/:id',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'patchServerPayment',
        ...document,
        response: answersOf({ 200: PaymentWire }, 400, 404),
      },
    },
    update(200),
  )
}

function changeOf(body: ServerPaymentUpdate, payment: Payment, metadata: Payment['metadata']): PaymentChange {
  const buyer = buyerChangeOf(body)
  const order: NonNullable<PaymentChange['order']> = {
    ...(body.products === undefined ? {} : { items: itemsOf(body.products) }),
    ...(body.pricingMode ? { pricingMode: pricingModeOf(body.pricingMode) } : {}),
    ...(Object.keys(buyer).length === 0 ? {} : { buyer }),
  }
  return {
    ...(Object.keys(order).length === 0 ? {} : { order }),
    ...('firstName' in buyer || 'lastName' in buyer ? { name: nameAfter(buyer, payment) } : {}),
    ...(body.metadatas === undefined ? {} : { metadata }),
  }
}

function buyerChangeOf(body: ServerPaymentUpdate): Partial<Buyer> {
  const { postalCode, businessName, taxId, firstName, lastName } = body
  const given = Object.entries({ postalCode, businessName, taxId, firstName, lastName })
  return {
    ...(body.billingCountry === undefined ? {} : { country: body.billingCountry.toUpperCase() }),
    ...(body.purchasingAsBusiness === undefined ? {} : { isBusiness: body.purchasingAsBusiness }),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  }
}

function nameAfter(change: Partial<Buyer>, { order }: Payment): string | null {
  const { firstName = null, lastName = null } = { ...order?.buyer, ...change }
  return fullName(firstName, lastName)
}
