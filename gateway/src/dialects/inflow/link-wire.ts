import { type Static, Type } from 'typebox'
import { type PaymentLinkId, trustedId } from '../../core/ids.ts'
import type { PaymentLink } from '../../core/links/payment-link.ts'
import { oneOf, timestamp } from '../../http/wire-schema.ts'
import { CustomizationWire } from './customization.ts'
import { currencies, currencyField, pricingModes, productsField } from './fields.ts'
import { isoTime } from './present-payment.ts'
import { named } from './schema.ts'

export const linkStatuses = ['ACTIVE', 'ARCHIVED'] as const

export const LinkWire = named(
  'Link',
  Type.Object({
    id: Type.String({ description: 'lnk_…' }),
    name: Type.String(),
    products: productsField,
    currency: currencyField,
    sessionCustomization: Type.Unsafe<Required<Static<typeof CustomizationWire>> | null>(
      Type.Union([CustomizationWire, Type.Null()]),
    ),
    pricingMode: oneOf(pricingModes),
    status: oneOf(linkStatuses),
    url: Type.String({ description: 'The page to share.' }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  }),
)

export const LinkPageWire = named(
  'LinkPage',
  Type.Object({
    data: Type.Array(LinkWire, { description: 'Newest first.' }),
    page: Type.Integer(),
    limit: Type.Integer(),
    total: Type.Integer(),
  }),
)

export function presentLink(link: PaymentLink, publicUrl: string): Static<typeof LinkWire> {
  const code = link.currency.toUpperCase()
  const currency = currencies.find((each) => each === code)
  if (currency === undefined) throw new Error(`link ${link.linkId} is in ${code}`)
  return {
    id: link.linkId,
    name: link.name,
    products: link.items.map(({ name, unitPriceMinor, quantity }) => ({ name, price: unitPriceMinor, quantity })),
    currency,
    sessionCustomization: link.customization,
    pricingMode: link.pricingMode === 'tax_inclusive' ? 'TAX_INCLUSIVE' : 'TAX_EXCLUSIVE',
    status: link.status === 'active' ? 'ACTIVE' : 'ARCHIVED',
    url: `${publicUrl}/link/${link.linkId}`,
    createdAt: isoTime(link.createdAtMs),
    updatedAt: isoTime(link.updatedAtMs),
  }
}

export interface LinkPath {
  Params: { id: string }
}
export const linkPath = Type.Object({ id: Type.String({ description: 'lnk_…' }) })

/** Undefined for what cannot be an id, which is answered like one that does not exist. */
export function readLinkId(text: string): PaymentLinkId | undefined {
  return /^lnk_[0-9a-z]{26}$/.test(text) ? trustedId<PaymentLinkId>(text) : undefined
}
