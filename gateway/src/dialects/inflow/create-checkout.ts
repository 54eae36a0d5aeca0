import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { customerOfEmail } from '../../core/customers/customer-of-email.ts'
import type { Caller } from '../../core/merchants/merchant.ts'
import type { Payment } from '../../core/payments/payment.ts'
import type { CreatePayment, Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { type Answering, stored } from '../../http/answering.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import { metadataShape, readMetadata } from '../../http/metadata.ts'
import { optional } from '../../http/wire-schema.ts'
import { checkCustomization, customizationField, customizationOf } from './customization.ts'
import { checkProducts, checkTexts, currencyField, currencyOf, emailSchema, itemsOf, productsField } from './fields.ts'
import { defineForm } from './form.ts'
import { payIdOf } from './payment-id.ts'
import { purchaseUrlOf } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import { checkUrl } from './server-payment-checks.ts'

const urlField = (description: string) => optional<string>({ type: 'string', maxLength: 2048, description })

const fields = {
  products: productsField,
  currency: currencyField,
  customerEmail: optional<string>({ ...emailSchema, description: 'Without it, the page asks for it.' }),
  successUrl: urlField('Where the shopper lands after paying.'),
  cancelUrl: urlField('Where the shopper lands after giving up.'),
  metadatas: Type.Optional(Type.Unsafe<unknown>({})),
  sessionCustomization: customizationField,
}

export const CheckoutCreateWire = named(
  'CheckoutCreate',
  Type.Object(fields),
  Type.Object(
    { ...fields, metadatas: Type.Optional(metadataShape) },
    {
      examples: [
        {
          products: [{ name: 'Product', price: 4999, quantity: 1 }],
          currency: 'EUR',
          customerEmail: 'john@example.com',
          successUrl: 'https://shop.example/success',
        },
      ],
    },
  ),
)
type CheckoutCreate = Static<typeof CheckoutCreateWire>

export const CheckoutWire = named(
  'Checkout',
  Type.Object({ paymentId: Type.String({ description: 'pay_…' }), purchaseUrl: Type.String() }),
)

/** Both paths make the same payment; each is a request of its own to an `Idempotency-Key`. */
const paths = [
  { url: '/api/checkout/payment', operationId: 'createCheckout' },
  { url: '/api/payment', operationId: 'createPayment' },
] as const

export function addCreateCheckout(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  const form = defineForm(CheckoutCreateWire, (body, faults, request) => {
    const { mode } = callerOf(request)
    checkProducts(body, faults)
    checkTexts(body, ['customerEmail'], faults)
    checkUrl('successUrl', body.successUrl, mode, faults)
    checkUrl('cancelUrl', body.cancelUrl, mode, faults)
    checkCustomization(body.sessionCustomization, mode, faults)
    return readMetadata('metadatas', body.metadatas, faults)
  })

  const create = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = callerOf(request)
    const { body, checked: metadata } = form.read(request)
    tellIgnoredFields(reply, caller, body, CheckoutCreateWire)
    const result = await payments.create(caller, commandOf(body, caller, metadata), {
      claim: claimOf(request, `POST ${request.routeOptions.url}`),
      answer: ({ payment }) =>
        stored({
          status: 201,
          body: { paymentId: payIdOf(payment.paymentId), purchaseUrl: purchaseUrlOf(payment, publicUrl) },
        }),
    })
    return answering.written(request, reply, result)
  }

  for (const { url, operationId } of paths) {
    app.post(
      url,
      {
        config: { access: 'payments:write' },
        schema: {
          operationId,
          tags: ['Payments'],
          summary: 'Create a payment for the hosted checkout',
          description: 'Send the shopper to `purchaseUrl`. Prices are always TAX_EXCLUSIVE.',
          headers: idempotencyKeyHeader,
          body: CheckoutCreateWire,
          response: answersOf({ 201: CheckoutWire }, 400, 409),
        },
      },
      create,
    )
  }
}

/** Who buys, and so which tax is due, is asked for on the page. */
function commandOf(body: CheckoutCreate, caller: Caller, metadata: Payment['metadata']): CreatePayment {
  const owner = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const { products } = body
  return {
    money: null,
    order: { currency: currencyOf(body.currency), items: itemsOf(products), pricingMode: 'tax_exclusive', buyer: null },
    captureMethod: 'automatic',
    confirmation: 'automatic',
    flowId: null,
    source: null,
    initiator: 'customer',
    externalId: null,
    productName: products.length === 1 ? (products[0]?.name ?? null) : null,
    metadata,
    customerId: body.customerEmail ? customerOfEmail(owner, body.customerEmail) : null,
    name: null,
    email: body.customerEmail ?? null,
    tel: null,
    returnUrl: body.successUrl ?? null,
    failureUrl: null,
    checkout: {
      customization: customizationOf(body.sessionCustomization),
      cancelUrl: body.cancelUrl ?? null,
      linkId: null,
    },
    saveCard: false,
    authenticationWish: null,
    broughtResult: null,
  }
}
