import { type Static, type TSchema, Type } from 'typebox'
import { nullable, nullableText, oneOf, timestamp } from '../../http/wire-schema.ts'
import { attemptErrors } from './deposit-attempts.ts'
import { ProductWire } from './fields.ts'
import { named } from './schema.ts'
import { depositStatuses, statuses, timelineStatuses } from './status.ts'

/** Payments as this API writes them. */

const minorUnits = (description?: string) => Type.Integer({ ...(description === undefined ? {} : { description }) })
const nullableMinorUnits = (description: string) => nullable<number>({ type: 'integer', description })
const nullableObject = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>(Type.Union([schema, Type.Null()]))

export const DepositAttemptWire = named(
  'DepositAttempt',
  Type.Object({
    status: oneOf(['failed', 'succeeded']),
    amount: minorUnits('What was asked of the card.'),
    paymentMethod: oneOf(['CARD']),
    error: nullable<(typeof attemptErrors)[number]>({ type: 'string', enum: [...attemptErrors] }),
    attemptedAt: timestamp(),
  }),
)

const TaxIdCheckWire = Type.Object({
  taxId: Type.String(),
  status: oneOf(
    ['invalid', 'format', 'verified', 'unregistered', 'unavailable'],
    'format: shape and check digits are right, no register was asked. verified, unregistered: the register said so.',
  ),
  checkedBy: oneOf(['jsvat', 'vies']),
  checkedAt: timestamp(),
})

export const TaxDetailsWire = named(
  'TaxDetails',
  Type.Object({
    country: Type.String(),
    region: nullableText('ISO 3166-2, where the rate is that of a part of the country.'),
    name: Type.String({ examples: ['VAT'] }),
    rateInPercentage: Type.Number(),
    reason: oneOf(['standard', 'reverse_charge', 'outside_scope', 'not_registered'], 'Why this rate applies.'),
    net: minorUnits(),
    tax: minorUnits(),
    taxIdCheck: nullableObject(TaxIdCheckWire),
  }),
)

export const TransactionSummaryWire = named(
  'TransactionSummary',
  Type.Object({ net: minorUnits(), tax: minorUnits(), gross: minorUnits('net + tax'), refunded: minorUnits() }),
)

export const PaymentWire = named(
  'Payment',
  Type.Object(
    {
      id: Type.String({ description: 'pay_…; the same payment as tx_… with the same ending.' }),
      amountInCents: minorUnits('Sum of the products as priced: before tax in TAX_EXCLUSIVE.'),
      amountTaxesIncluded: nullableMinorUnits('What is charged; null while the country is not known.'),
      taxRateInPercentage: nullable<number>({ type: 'number', examples: [20, 25.5] }),
      taxCountry: nullableText(),
      currency: Type.String({ description: 'ISO 4217, upper case.', examples: ['EUR'] }),
      customerEmail: nullableText(),
      customerId: nullableText(),
      products: Type.Array(ProductWire),
      metadatas: nullable<Record<string, string | number | boolean | null>>({ type: 'object' }),
      subscriptionId: Type.Null(),
      status: oneOf(statuses),
      depositStatus: nullable<(typeof depositStatuses)[number]>({ type: 'string', enum: [...depositStatuses] }),
      lastDepositAttempt: nullableObject(DepositAttemptWire),
      depositAttempts: Type.Array(DepositAttemptWire, { description: 'All of them, oldest first.' }),
      timeline: Type.Array(Type.Object({ status: oneOf(timelineStatuses), timestamp: timestamp() }), {
        description: 'One entry per change.',
      }),
      transactionSummary: nullableObject(TransactionSummaryWire),
      taxDetails: nullableObject(TaxDetailsWire),
      threeDsSessionUrl: nullableText('Not null: send the shopper there.'),
      purchaseUrl: nullableText('Where the shopper pays, of a payment that waits for its card.'),
      paymentMethodId: nullableText('The saved card that was charged, or the one that this payment saved.'),
      createdAt: timestamp(),
      updatedAt: timestamp(),
    },
    {
      examples: [
        {
          id: 'pay_01k6xq3z5v8w9y2a4c6e8g0h2k',
          amountInCents: 4999,
          amountTaxesIncluded: 5999,
          taxRateInPercentage: 20,
          taxCountry: 'FR',
          currency: 'EUR',
          customerEmail: 'john@example.com',
          customerId: 'cus_5x1v7f0k9m2n4p6r8t0w1y3z5a',
          products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
          metadatas: { orderId: 'order_12345' },
          subscriptionId: null,
          status: 'CHECKOUT_SUCCESS',
          depositStatus: 'succeeded',
          lastDepositAttempt: {
            status: 'succeeded',
            amount: 5999,
            paymentMethod: 'CARD',
            error: null,
            attemptedAt: '2026-10-07T12:00:00.000Z',
          },
          depositAttempts: [
            {
              status: 'succeeded',
              amount: 5999,
              paymentMethod: 'CARD',
              error: null,
              attemptedAt: '2026-10-07T12:00:00.000Z',
            },
          ],
          timeline: [
            { status: 'INITIATION', timestamp: '2026-10-07T12:00:00.000Z' },
            { status: 'CHECKOUT_PENDING', timestamp: '2026-10-07T12:00:00.000Z' },
            { status: 'CHECKOUT_SUCCESS', timestamp: '2026-10-07T12:00:00.120Z' },
          ],
          transactionSummary: { net: 4999, tax: 1000, gross: 5999, refunded: 0 },
          taxDetails: {
            country: 'FR',
            region: null,
            name: 'VAT',
            rateInPercentage: 20,
            reason: 'standard',
            net: 4999,
            tax: 1000,
            taxIdCheck: null,
          },
          threeDsSessionUrl: null,
          purchaseUrl: null,
          paymentMethodId: null,
          createdAt: '2026-10-07T12:00:00.000Z',
          updatedAt: '2026-10-07T12:00:00.120Z',
        },
      ],
    },
  ),
)
export type PaymentBody = Static<typeof PaymentWire>

export const PaymentPageWire = named(
  'PaymentPage',
  Type.Object({
    data: Type.Array(PaymentWire, { description: 'Newest first.' }),
    page: Type.Integer({ description: '1 is the first.' }),
    limit: Type.Integer(),
    total: Type.Integer({ description: 'Of all pages.' }),
  }),
)
