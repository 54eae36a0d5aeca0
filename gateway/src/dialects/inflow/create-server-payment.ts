import type { FastifyInstance } from 'fastify'
import { customerOfEmail } from '../../core/customers/customer-of-email.ts'
import { type OperationId, type PaymentMethodId, trustedId } from '../../core/ids.ts'
import type { Caller } from '../../core/merchants/merchant.ts'
import type { Payment } from '../../core/payments/payment.ts'
import type { CreatePayment, Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { type Answering, stored } from '../../http/answering.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { readMetadata } from '../../http/metadata.ts'
import { cardFaultsOf, type Relay, relayOf } from '../../http/relay.ts'
import { currencyOf, itemsOf, pricingModeOf } from './fields.ts'
import { defineForm } from './form.ts'
import { PaymentWire } from './payment-wire.ts'
import { presentPayment } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { checkBuyer, checkCardChoice, checkOrderFields, checkUrl } from './server-payment-checks.ts'
import { type ServerPaymentCreate, ServerPaymentCreateWire } from './server-payment-wire.ts'

export function addCreateServerPayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  const form = defineForm(ServerPaymentCreateWire, (body, faults, request) => {
    const { mode } = callerOf(request)
    // An object under this name never gets here: it is found in the bytes.
    if (body.card !== undefined && body.card !== null) faults.add('card', 'must be an object, sent to the card host')
    checkOrderFields(body, faults)
    checkBuyer(body, faults)
    const cardFaults = cardFaultsOf(request)
    for (const { param, message } of cardFaults) faults.add(param, message)
    checkCardChoice(body, relayOf(request) !== null || cardFaults.length > 0, faults)
    checkUrl('threeDsSuccessUrl', body.threeDsSuccessUrl, mode, faults)
    checkUrl('threeDsFailureUrl', body.threeDsFailureUrl, mode, faults)
    return readMetadata('metadatas', body.metadatas, faults)
  })
  app.post(
    '/api/server/payment',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'createServerPayment',
        tags: ['Server payments'],
        summary: 'Create a payment',
        description:
          'With `card`, send it to the card host. With `autoConfirm` the card is charged at once; otherwise the payment waits to be confirmed and nothing is charged. Without a card the payment waits for one. A declined card is answered with 201 as well: look at `status` and `lastDepositAttempt`.',
        headers: idempotencyKeyHeader,
        body: ServerPaymentCreateWire,
        response: answersOf({ 201: PaymentWire }, 400, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      if (!caller.merchant.s2sEnabled) return answering.refusal(request, reply, { refusal: 's2s_not_enabled' })
      const { body, checked: metadata } = form.read(request)
      const relay = relayOf(request)
      tellIgnoredFields(reply, caller, body, ServerPaymentCreateWire)
      const result = await payments.create(caller, commandOf(body, caller, relay, metadata), {
        claim: claimOf(request, 'POST /api/server/payment', comparedBody(body, relay)),
        answer: (record) => stored({ status: 201, body: presentPayment(record, publicUrl) }),
      })
      return answering.written(request, reply, result)
    },
  )
}

/** A card that comes again is another token; it is known by its digest. */
function comparedBody(body: object, relay: Relay | null): JsonObject {
  return relay === null ? (body as JsonObject) : { ...(body as JsonObject), card_digest: relay.cardDigest }
}

function commandOf(
  body: ServerPaymentCreate,
  caller: Caller,
  relay: Relay | null,
  metadata: Payment['metadata'],
): CreatePayment {
  const owner = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const { products } = body
  return {
    money: null,
    order: {
      currency: currencyOf(body.currency),
      items: itemsOf(products),
      pricingMode: pricingModeOf(body.pricingMode),
      buyer: {
        country: body.billingCountry.toUpperCase(),
        postalCode: body.postalCode ?? null,
        isBusiness: body.purchasingAsBusiness,
        businessName: body.businessName ?? null,
        taxId: body.taxId ?? null,
        firstName: body.firstName ?? null,
        lastName: body.lastName ?? null,
      },
    },
    captureMethod: 'automatic',
    confirmation: body.autoConfirm === true ? 'automatic' : 'manual',
    flowId: null,
    source: sourceOf(body, relay),
    initiator: 'customer',
    externalId: null,
    productName: products.length === 1 ? (products[0]?.name ?? null) : null,
    metadata,
    customerId: customerOfEmail(owner, body.customerEmail),
    name: fullName(body.firstName, body.lastName),
    email: body.customerEmail,
    tel: null,
    returnUrl: body.threeDsSuccessUrl ?? null,
    failureUrl: body.threeDsFailureUrl ?? null,
    checkout: null,
    saveCard: body.savePaymentMethod === true,
    authenticationWish: null,
    broughtResult: null,
  }
}

function sourceOf(body: ServerPaymentCreate, relay: Relay | null): CreatePayment['source'] {
  if (relay !== null) {
    const { attemptId, ...claim } = relay.cardClaim
    return {
      kind: 'token',
      token: relay.cardToken,
      claimed: { ...claim, attemptId: trustedId<OperationId>(attemptId) },
    }
  }
  if (body.paymentMethodId) {
    return { kind: 'payment_method', paymentMethodId: trustedId<PaymentMethodId>(body.paymentMethodId) }
  }
  return body.useCustomerPaymentMethod === true ? { kind: 'latest_payment_method' } : null
}

export function fullName(first: string | null | undefined, last: string | null | undefined): string | null {
  const name = [first, last].filter((part) => part).join(' ')
  return name === '' ? null : name
}
