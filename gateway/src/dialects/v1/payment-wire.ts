import { type Static, Type } from 'typebox'
import { authenticationStates, isOver } from '../../core/authentication/states.ts'
import { declineCodes } from '../../core/payments/failure.ts'
import {
  decimalText,
  literal,
  nullable,
  nullableInteger,
  nullableText,
  nullableTimestamp,
  oneOf,
  timestamp,
} from '../../http/wire-schema.ts'
import { named } from './schema.ts'
import { statuses } from './status.ts'

/** Payments as this API writes them. */

export const paymentTypes = ['token', 'recurring', 'single', 'initial'] as const
export const captureMethods = ['automatic', 'manual'] as const
export const categories = [
  'soft_decline',
  'hard_decline',
  'authentication_failed',
  'processing_error',
  'blocked',
] as const
export const recommendedActions = [
  'use_different_card',
  'retry_later',
  'fix_card_data',
  'authenticate',
  'contact_issuer',
  'do_not_retry',
] as const

const statusText = oneOf(statuses)
const majorUnits = Type.Number({ description: 'In major units: 17.62 is USD 17.62.' })
const currencyText = Type.String({ description: 'ISO 4217, lower case.', examples: ['usd'] })
const metadata = nullable<Record<string, string | number | boolean | null>>({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
})

export const CardWire = named(
  'Card',
  Type.Object({
    brand: Type.String(),
    last4: Type.String(),
    exp_month: Type.Integer(),
    exp_year: Type.Integer(),
    bin: Type.String({ description: 'The first six digits.' }),
  }),
)

export const PaymentFailureWire = named(
  'PaymentFailure',
  Type.Object({
    type: literal('payment_error'),
    code: Type.String({
      description: `Why, such as ${declineCodes.slice(0, 4).join(', ')}.`,
      examples: ['insufficient_funds'],
    }),
    category: oneOf(categories),
    message: Type.String(),
    recommended_action: oneOf(recommendedActions),
    request_id: Type.String(),
    doc_url: Type.String(),
  }),
)

export const CreatedPaymentWire = named(
  'CreatedPayment',
  Type.Object(
    {
      id: Type.String({ description: 'req_…; the same payment as tx_… with the same ending.' }),
      transaction_id: Type.String(),
      status: statusText,
      amount: majorUnits,
      currency: currencyText,
      capture_method: oneOf(captureMethods),
      external_id: nullableText(),
      metadata,
      flow_id: Type.String(),
      payment_type: oneOf(paymentTypes),
      payment_url: nullableText('Where the shopper pays; null when the card came with the request.'),
      card: Type.Unsafe<Static<typeof CardWire> | null>(Type.Union([CardWire, Type.Null()])),
      customer_id: nullableText(),
      created_at: timestamp(),
      redirect_url: Type.Optional(Type.String({ description: 'Only with requires_action: send the shopper there.' })),
      error: Type.Optional(PaymentFailureWire),
    },
    {
      examples: [
        {
          id: 'req_01k6xq3z5v8w9y2a4c6e8g0h2k',
          transaction_id: 'tx_01k6xq3z5v8w9y2a4c6e8g0h2k',
          status: 'completed',
          amount: 17.62,
          currency: 'usd',
          capture_method: 'automatic',
          external_id: 'A-1042',
          metadata: null,
          flow_id: 'flow_default',
          payment_type: 'token',
          payment_url: null,
          card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030, bin: '424242' },
          customer_id: null,
          created_at: '2026-10-07T12:00:00.000Z',
        },
      ],
    },
  ),
)
export type CreatedPaymentBody = Static<typeof CreatedPaymentWire>

export const ModifiedPaymentWire = named(
  'ModifiedPayment',
  Type.Object({
    id: Type.String({ description: 'tx_…' }),
    request_id: Type.String({ description: 'req_…' }),
    status: statusText,
    amount: majorUnits,
    currency: currencyText,
    amount_captured: decimalText(),
    amount_refunded: decimalText(),
    capture_method: oneOf(captureMethods),
    external_id: nullableText(),
    metadata,
    flow_id: Type.String(),
    payment_type: oneOf(paymentTypes),
    card: Type.Unsafe<Static<typeof CardWire> | null>(Type.Union([CardWire, Type.Null()])),
    customer_id: nullableText(),
    created_at: timestamp(),
    error: Type.Optional(PaymentFailureWire),
  }),
)
export type ModifiedPaymentBody = Static<typeof ModifiedPaymentWire>

const refundStatuses = ['succeeded', 'pending', 'failed'] as const

export const RefundWire = named(
  'Refund',
  Type.Object({
    id: Type.String({ description: 'orf_…' }),
    transaction_id: Type.String(),
    amount: decimalText(),
    currency: currencyText,
    status: oneOf(refundStatuses),
    reason: nullableText(),
    psp_refund_id: nullableText("The acquirer's own reference, once it has given one."),
    refund_fee: decimalText(),
    created_at: timestamp(),
    error: Type.Optional(PaymentFailureWire),
  }),
)
export type RefundBody = Static<typeof RefundWire>

const RefundEntryWire = named(
  'RefundEntry',
  Type.Object({
    id: Type.String(),
    amount: decimalText(),
    status: oneOf(refundStatuses),
    reason: nullableText(),
    created_at: timestamp(),
  }),
)

const authenticationStatuses = `pending, or how it ended: ${authenticationStates.filter(isOver).join(', ')}.`

const threeDSecureFields = {
  version: nullableText('Of EMV 3-D Secure; null while the issuer was not asked.'),
  status: Type.String({
    description: authenticationStatuses,
    examples: ['authenticated'],
  }),
  eci: nullableText(),
  flow: nullable<'frictionless' | 'challenge' | 'decoupled'>({
    type: 'string',
    enum: ['frictionless', 'challenge', 'decoupled'],
    description: 'Null while it is not known, and of an authentication of your own.',
  }),
  liability_shift: Type.Boolean({ description: 'Whether fraud would be the loss of the issuer.' }),
}

const ListedThreeDSecureWire = named('ListedThreeDSecure', Type.Object(threeDSecureFields))

const ThreeDSecureWire = named(
  'ThreeDSecure',
  Type.Object({
    ...threeDSecureFields,
    status: Type.String({
      description: `exempt where none was asked for; else ${authenticationStatuses}`,
      examples: ['authenticated'],
    }),
    exemption: nullable<'low_value' | 'transaction_risk'>({
      type: 'string',
      enum: ['low_value', 'transaction_risk'],
      description:
        'Of strong customer authentication, as the last attempt claimed it. An exempt payment shifts no liability.',
    }),
  }),
)

export const disputeStatuses = ['open', 'won', 'lost'] as const

export const DisputeWire = named(
  'Dispute',
  Type.Object({
    id: Type.String({ description: 'As the acquirer calls it.' }),
    status: oneOf(disputeStatuses, 'While it is open or lost, nothing can be refunded.'),
    amount: decimalText(),
    reason: Type.String({ examples: ['fraud'] }),
    created_at: timestamp(),
    closed_at: nullableTimestamp(),
  }),
)

const listedFields = {
  id: Type.String({ description: 'tx_…' }),
  request_id: Type.String({ description: 'req_…' }),
  status: statusText,
  amount: decimalText(),
  currency: currencyText,
  capture_method: oneOf(captureMethods),
  external_id: nullableText(),
  payment_method: literal('card'),
  amount_captured: decimalText(),
  amount_refunded: decimalText(),
  original_amount: nullableText('Null without conversion.'),
  original_currency: nullableText('Null without conversion.'),
  applied_rate: nullableText('Null without conversion.'),
  card_brand: nullableText(),
  card_last4: nullableText(),
  cardholder_name: nullableText(),
  card_exp_month: nullableInteger(),
  card_exp_year: nullableInteger(),
  card_country: nullableText(),
  card_funding: nullableText(),
  payment_method_id: nullableText('The saved card that was charged, or the one that this payment saved.'),
  is_recurring: Type.Boolean(),
  customer_id: nullableText(),
  email: nullableText(),
  tel: nullableText(),
  product_name: nullableText(),
  error_code: nullableText(),
  metadata,
  capture_before: nullableTimestamp('When the authorization lapses.'),
  three_d_secure: Type.Unsafe<Static<typeof ListedThreeDSecureWire> | null>(
    Type.Union([ListedThreeDSecureWire, Type.Null()]),
  ),
  dispute: Type.Unsafe<Static<typeof DisputeWire> | null>(Type.Union([DisputeWire, Type.Null()])),
  created_at: timestamp(),
  updated_at: timestamp(),
}

export const ListedPaymentWire = named('ListedPayment', Type.Object(listedFields))
export type ListedPaymentBody = Static<typeof ListedPaymentWire>

export const PaymentWire = named(
  'Payment',
  Type.Object({
    ...listedFields,
    three_d_secure: Type.Unsafe<Static<typeof ThreeDSecureWire> | null>(Type.Union([ThreeDSecureWire, Type.Null()])),
    refunds: Type.Array(RefundEntryWire),
  }),
)
export type PaymentBody = Static<typeof PaymentWire>

export const PaymentListWire = named(
  'PaymentList',
  Type.Object({ data: Type.Array(ListedPaymentWire, { description: 'Newest first.' }), has_more: Type.Boolean() }),
)
