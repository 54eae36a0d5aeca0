import { type Static, Type } from 'typebox'
import type { PaymentMethod } from '../../core/customers/payment-method.ts'
import { type PaymentMethodId, trustedId } from '../../core/ids.ts'
import { literal, nullableText, oneOf, timestamp } from '../../http/wire-schema.ts'
import { isoTime } from './present-payment.ts'
import { named } from './schema.ts'

export const PaymentMethodWire = named(
  'PaymentMethod',
  Type.Object({
    id: Type.String({ description: 'pmi_…' }),
    type: literal('card'),
    connector_id: Type.String(),
    card: Type.Object({
      brand: Type.String(),
      last4: Type.String(),
      exp_month: Type.Integer(),
      exp_year: Type.Integer(),
    }),
    is_default: Type.Boolean(),
    status: oneOf(['active', 'blocked']),
    blocked_reason: nullableText(),
    created_at: timestamp(),
  }),
)

export const PaymentMethodListWire = named(
  'PaymentMethodList',
  Type.Object({ customer_id: Type.String(), payment_methods: Type.Array(PaymentMethodWire) }),
)

export const BlockedPaymentMethodWire = named(
  'BlockedPaymentMethod',
  Type.Object({
    id: Type.String(),
    status: literal('blocked'),
    blocked_reason: nullableText(),
    updated_at: timestamp(),
  }),
)

export const ActivePaymentMethodWire = named(
  'ActivePaymentMethod',
  Type.Object({ id: Type.String(), status: literal('active'), updated_at: timestamp() }),
)

export const DeletedPaymentMethodWire = named(
  'DeletedPaymentMethod',
  Type.Object({ id: Type.String(), deleted: Type.Boolean() }),
)

export function presentPaymentMethod(method: PaymentMethod): Static<typeof PaymentMethodWire> {
  const { card } = method
  return {
    id: method.paymentMethodId,
    type: 'card',
    connector_id: method.connectorId,
    card: { brand: card.brand, last4: card.last4, exp_month: card.expMonth, exp_year: card.expYear },
    is_default: method.isDefault,
    status: method.status,
    blocked_reason: method.blockedReason,
    created_at: isoTime(method.createdAtMs),
  }
}

export interface PaymentMethodPath {
  Params: { id: string }
}
export const paymentMethodPath = Type.Object({ id: Type.String({ description: 'pmi_…' }) })

/** Undefined for what cannot be an id, which is answered like one that does not exist. */
export function readPaymentMethodId(text: string): PaymentMethodId | undefined {
  return /^pmi_[0-9a-z]{26}$/.test(text) ? trustedId<PaymentMethodId>(text) : undefined
}
