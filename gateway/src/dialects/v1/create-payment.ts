import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { type CustomerId, type FlowId, type PaymentMethodId, trustedId } from '../../core/ids.ts'
import type { Caller } from '../../core/merchants/merchant.ts'
import type { Money } from '../../core/money/amount.ts'
import type { Payment } from '../../core/payments/payment.ts'
import type { CreatePayment, Payments } from '../../core/payments/payments.ts'
import { callerOf } from '../../http/admission.ts'
import { stored } from '../../http/answering.ts'
import { defineForm, type Faults } from '../../http/form.ts'
import { claimOf } from '../../http/idempotency.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { metadataShape, readMetadata } from '../../http/metadata.ts'
import { RequestRefused } from '../../http/problem.ts'
import { returnUrlFault } from '../../http/return-url.ts'
import { checkReference, checkTelephone, checkText } from '../../http/text-checks.ts'
import { optional, optionalChoice, optionalFlag, optionalText } from '../../http/wire-schema.ts'
import { AmountWire, readMoney } from './amount.ts'
import type { Answering } from './answering.ts'
import { CreatedPaymentWire, captureMethods } from './payment-wire.ts'
import { presentCreated } from './present-payment.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'
import { broughtResultOf, checkThreeDSecure, threeDSecureFields, wishOf } from './three-d-secure-fields.ts'

const MetadataWire = named('Metadata', Type.Optional(Type.Unsafe<unknown>({})), metadataShape)

export const PaymentCreateWire = named(
  'PaymentCreate',
  Type.Object(
    {
      amount: AmountWire,
      currency: Type.String({ description: 'ISO 4217, in upper or lower case.', examples: ['usd'] }),
      capture_method: optionalChoice(captureMethods, "Default: the flow's setting."),
      external_id: optionalText(255, 'Your order id.'),
      flow_id: optionalText(255, 'Routing configuration. Default: your default flow.'),
      payment_method: optionalChoice(['card']),
      metadata: MetadataWire,
      token: optional<string>({
        type: 'string',
        pattern: '^tok_[0-9A-Za-z]{8,64}$',
        description:
          'The card, as the vault turned it into a token. Without token and payment_method_id: hosted checkout.',
        'x-rule': 'must be a token that the vault gave (tok_…)',
      }),
      return_url: optionalText(
        2048,
        'Where the shopper lands after 3-D Secure. https; http for localhost in test mode.',
      ),
      save_card: optionalFlag('Save the card for later payments; needs customer_id.'),
      customer_id: optional<string>({
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description: 'Your own customer id.',
      }),
      payment_method_id: optional<string>({
        type: 'string',
        pattern: '^pmi_[0-9a-z]{26}$',
        description: 'A saved card to charge.',
        'x-rule': 'must be the id of a saved card (pmi_…)',
      }),
      name: optionalText(255),
      email: optional<string>({
        type: 'string',
        maxLength: 254,
        pattern: '^[^\\s@]+@[^\\s@]+$',
        'x-rule': 'must be an e-mail address of at most 254 characters',
      }),
      tel: optionalText(64),
      product_name: optionalText(255),
      ...threeDSecureFields,
      initiator: optionalChoice(['customer', 'merchant'], 'With payment_method_id. Default: customer.'),
    },
    {
      examples: [
        { amount: 17.62, currency: 'usd', token: 'tok_5x1v7f0k9m2n4p6r8t0w1y3z5a', external_id: 'A-1042' },
        { amount: 25, currency: 'eur', product_name: 'Tea for two', return_url: 'https://shop.example/thanks' },
      ],
    },
  ),
)
type PaymentCreate = Static<typeof PaymentCreateWire>

interface Checked {
  money: Money | undefined
  metadata: Payment['metadata']
}

export function addCreatePayment(
  app: FastifyInstance,
  parts: { payments: Payments; answering: Answering; publicUrl: string },
): void {
  const { payments, answering, publicUrl } = parts
  const form = defineForm(PaymentCreateWire, checkCreate)
  app.post(
    '/v1/payments',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'createPayment',
        tags: ['Payments'],
        summary: 'Create a payment',
        description:
          'With `token` the card is charged at once; with `payment_method_id` a saved card is; with neither, the shopper pays on the page at `payment_url`.',
        headers: idempotencyKeyHeader,
        body: PaymentCreateWire,
        response: answersOf({ 201: CreatedPaymentWire, 202: CreatedPaymentWire, 400: CreatedPaymentWire }, 404, 409),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body, checked } = form.read(request)
      const command = commandOf(body, checked)
      if (command.source !== null && !caller.merchant.s2sEnabled) {
        throw new RequestRefused({ problem: 's2s_not_enabled' })
      }
      tellIgnoredFields(reply, caller, body, PaymentCreateWire)
      const origin = answering.origin(request)
      const result = await payments.create(caller, command, {
        claim: claimOf(request, 'POST /v1/payments'),
        answer: ({ payment }) => stored(presentCreated(payment, origin, publicUrl)),
      })
      return answering.written(request, reply, result)
    },
  )
}

function checkCreate(body: JsonObject, faults: Faults, request: FastifyRequest): Checked {
  const caller = callerOf(request)
  const money = readMoney(body, faults)
  const metadata = readMetadata('metadata', body.metadata, faults)
  checkCombination(body, faults)
  checkTexts(body, caller, faults)
  if (typeof body.return_url === 'string') {
    const fault = returnUrlFault(body.return_url, caller.mode)
    if (fault !== null) faults.add('return_url', fault)
  }
  return { money, metadata }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function checkCombination(body: JsonObject, faults: Faults): void {
  if (isGiven(body.token) && isGiven(body.payment_method_id)) {
    faults.add('payment_method_id', 'must not be sent together with token: pay with one card.')
  }
  if (body.save_card === true && !isGiven(body.customer_id)) {
    faults.add('customer_id', 'is required with save_card: it says whose card this is.')
  }
  if (body.initiator === 'merchant' && !isGiven(body.payment_method_id)) {
    faults.add('initiator', 'can be merchant with payment_method_id only.')
  }
}

const plainTexts = ['flow_id', 'customer_id', 'name', 'email', 'product_name', 'return_url'] as const

function checkTexts(body: JsonObject, caller: Caller, faults: Faults): void {
  for (const param of plainTexts) checkText(param, body[param], faults)
  checkReference('external_id', body.external_id, caller.merchant.numericExternalIds, faults)
  checkTelephone('tel', body.tel, faults)
  checkThreeDSecure(body, faults)
}

function commandOf(body: PaymentCreate, { money, metadata }: Checked): CreatePayment {
  if (money === undefined) throw new Error('a payment was accepted without an amount')
  return {
    money,
    order: null,
    confirmation: 'automatic',
    captureMethod: body.capture_method ?? null,
    flowId: body.flow_id ? trustedId<FlowId>(body.flow_id) : null,
    source: sourceOf(body),
    initiator: body.initiator ?? 'customer',
    externalId: body.external_id ?? null,
    productName: body.product_name ?? null,
    metadata,
    customerId: body.customer_id ? trustedId<CustomerId>(body.customer_id) : null,
    name: body.name ?? null,
    email: body.email ?? null,
    tel: body.tel ?? null,
    returnUrl: body.return_url ?? null,
    failureUrl: null,
    checkout: null,
    saveCard: body.save_card ?? false,
    authenticationWish: wishOf(body),
    broughtResult: broughtResultOf(body),
  }
}

function sourceOf(body: PaymentCreate): CreatePayment['source'] {
  if (body.token) return { kind: 'token', token: body.token }
  if (!body.payment_method_id) return null
  return { kind: 'payment_method', paymentMethodId: trustedId<PaymentMethodId>(body.payment_method_id) }
}
