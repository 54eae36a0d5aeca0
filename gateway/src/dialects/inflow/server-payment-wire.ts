import { type Static, Type } from 'typebox'
import { metadataShape } from '../../http/metadata.ts'
import { optional, optionalFlag } from '../../http/wire-schema.ts'
import { countrySchema, currencyField, emailSchema, optionalName, pricingModeField, productsField } from './fields.ts'
import { named } from './schema.ts'

const MetadatasWire = named('Metadatas', Type.Optional(Type.Unsafe<unknown>({})), metadataShape)

const buyerFields = {
  postalCode: optional<string>({
    type: 'string',
    maxLength: 16,
    description: 'Required where billingCountry is US: decides the state.',
  }),
  businessName: optionalName('Required when purchasing as a business.'),
  taxId: optional<string>({
    type: 'string',
    maxLength: 32,
    description: 'Required when purchasing as a business; within the EU it may lead to reverse charge.',
  }),
  firstName: optionalName(),
  lastName: optionalName(),
}

const urlSchema = (description: string) => optional<string>({ type: 'string', maxLength: 2048, description })

/** Documented here, served by the card host: the gateway never sees it. */
export const cardSchema = {
  type: ['object', 'null'],
  description: 'On the card host only. Without it the payment waits for a card, unless a saved one is used.',
  required: ['number', 'expMonth', 'expYear', 'cvc'],
  properties: {
    number: { type: 'string', examples: ['4242 4242 4242 4242'] },
    expMonth: { type: 'integer', minimum: 1, maximum: 12 },
    expYear: { type: 'integer', examples: [2030] },
    cvc: { type: 'string', examples: ['123'] },
  },
}

const createFields = {
  products: productsField,
  currency: currencyField,
  customerEmail: Type.Unsafe<string>({ ...emailSchema, description: "The customer's identity, in any case." }),
  billingCountry: Type.Unsafe<string>(countrySchema),
  purchasingAsBusiness: Type.Boolean(),
  ...buyerFields,
  savePaymentMethod: optionalFlag('Saves the card of a payment that succeeds, under the e-mail.'),
  useCustomerPaymentMethod: optionalFlag('Charges the most recently saved card of that e-mail.'),
  paymentMethodId: optional<string>({
    type: 'string',
    pattern: '^pmi_[0-9a-z]{26}$',
    description: 'Charges this saved card of that e-mail.',
    'x-rule': 'must be the id of a saved card (pmi_…)',
  }),
  autoConfirm: optionalFlag('Default false: the payment waits for the call that confirms it.'),
  pricingMode: pricingModeField,
  threeDsSuccessUrl: urlSchema('Where the shopper lands after 3-D Secure.'),
  threeDsFailureUrl: urlSchema('Where the shopper lands when it failed; default threeDsSuccessUrl.'),
  metadatas: MetadatasWire,
}

const createExamples = {
  examples: [
    {
      products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
      currency: 'EUR',
      customerEmail: 'john@example.com',
      billingCountry: 'FR',
      postalCode: '75001',
      purchasingAsBusiness: false,
      firstName: 'John',
      lastName: 'Doe',
      card: { number: '4242424242424242', expMonth: 12, expYear: 2030, cvc: '123' },
      autoConfirm: true,
      metadatas: { orderId: 'order_12345' },
    },
  ],
}

export const ServerPaymentCreateWire = named(
  'ServerPaymentCreate',
  Type.Object(createFields),
  Type.Object({ ...createFields, card: Type.Optional(Type.Unsafe<unknown>(cardSchema)) }, createExamples),
)
export type ServerPaymentCreate = Static<typeof ServerPaymentCreateWire>

export const ServerPaymentUpdateWire = named(
  'ServerPaymentUpdate',
  Type.Object(
    {
      products: Type.Optional(productsField),
      billingCountry: Type.Optional(Type.Unsafe<string>(countrySchema)),
      purchasingAsBusiness: Type.Optional(Type.Boolean()),
      ...buyerFields,
      pricingMode: pricingModeField,
      metadatas: MetadatasWire,
    },
    { examples: [{ products: [{ name: 'Pro Plan', price: 5999, quantity: 1 }] }] },
  ),
)
export type ServerPaymentUpdate = Static<typeof ServerPaymentUpdateWire>
