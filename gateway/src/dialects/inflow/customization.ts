import type { Mode } from '@tessera/contracts/vault-protocol'
import { type Static, Type } from 'typebox'
import type { CheckoutSettings } from '../../core/payments/payment.ts'
import type { Faults } from '../../http/form.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { optional } from '../../http/wire-schema.ts'
import { checkTexts, optionalName } from './fields.ts'
import { named } from './schema.ts'
import { checkUrl } from './server-payment-checks.ts'

const color = (description: string) =>
  optional<string>({
    type: 'string',
    pattern: '^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$',
    description,
    'x-rule': 'must be a hexadecimal color',
    examples: ['#1a2b3c'],
  })

export const CustomizationWire = named(
  'SessionCustomization',
  Type.Object({
    bgColor: color('Of the page.'),
    fontColor: color('Of its text.'),
    logoUrl: optional<string>({ type: 'string', maxLength: 2048 }),
    merchantName: optionalName(),
  }),
)

export const customizationField = optional<Static<typeof CustomizationWire>>({
  type: 'object',
  properties: CustomizationWire.properties,
})

export function checkCustomization(value: unknown, mode: Mode, faults: Faults): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const { logoUrl, merchantName } = value as JsonObject
  checkUrl('sessionCustomization.logoUrl', logoUrl, mode, faults)
  checkTexts(
    { 'sessionCustomization.merchantName': merchantName ?? null },
    ['sessionCustomization.merchantName'],
    faults,
  )
}

type Customization = CheckoutSettings['customization']

export function customizationOf(body: Static<typeof CustomizationWire> | null | undefined): Customization {
  if (body === null || body === undefined) return null
  return {
    bgColor: body.bgColor ?? null,
    fontColor: body.fontColor ?? null,
    logoUrl: body.logoUrl ?? null,
    merchantName: body.merchantName ?? null,
  }
}
