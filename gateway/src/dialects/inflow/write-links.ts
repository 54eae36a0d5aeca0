import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { PaymentLinkChange } from '../../core/links/payment-link.ts'
import type { PaymentLinks } from '../../core/links/payment-links.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import type { Faults } from '../../http/form.ts'
import { tellIgnoredFields } from '../../http/ignored-fields.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { optionalChoice } from '../../http/wire-schema.ts'
import { checkCustomization, customizationField, customizationOf } from './customization.ts'
import {
  checkProducts,
  checkTexts,
  currencyField,
  currencyOf,
  itemsOf,
  pricingModeField,
  pricingModeOf,
  productsField,
} from './fields.ts'
import { defineForm } from './form.ts'
import { type LinkPath, LinkWire, linkPath, linkStatuses, presentLink, readLinkId } from './link-wire.ts'
import { answersOf, idempotencyKeyHeader } from './route-documents.ts'
import { named } from './schema.ts'

const nameField = Type.String({ minLength: 1, maxLength: 255 })
const statusField = optionalChoice(linkStatuses, 'Default: ACTIVE.')

export const LinkCreateWire = named(
  'LinkCreate',
  Type.Object(
    {
      name: nameField,
      products: productsField,
      currency: currencyField,
      sessionCustomization: customizationField,
      pricingMode: pricingModeField,
      status: statusField,
    },
    {
      examples: [{ name: 'Pro plan', products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }], currency: 'EUR' }],
    },
  ),
)

export const LinkUpdateWire = named(
  'LinkUpdate',
  Type.Object({
    name: Type.Optional(nameField),
    products: Type.Optional(productsField),
    currency: Type.Optional(currencyField),
    sessionCustomization: customizationField,
    pricingMode: pricingModeField,
    status: statusField,
  }),
)

const missing = { refusal: 'not_found', what: 'payment_link' } as const

export function addWriteLinks(
  app: FastifyInstance,
  parts: { links: PaymentLinks; answering: Answering; publicUrl: string },
): void {
  addCreateLink(app, parts)
  addUpdateLink(app, parts)
  addArchiveLink(app, parts)
}

type Parts = Parameters<typeof addWriteLinks>[1]

function checkLink(body: JsonObject, faults: Faults, mode: 'test' | 'live'): void {
  checkTexts(body, ['name'], faults)
  checkProducts(body, faults)
  checkCustomization(body.sessionCustomization, mode, faults)
}

function addCreateLink(app: FastifyInstance, { links, answering, publicUrl }: Parts): void {
  const form = defineForm(LinkCreateWire, (body, faults, request) => checkLink(body, faults, callerOf(request).mode))
  app.post(
    '/api/link',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'createLink',
        tags: ['Payment links'],
        summary: 'Create a payment link',
        headers: idempotencyKeyHeader,
        body: LinkCreateWire,
        response: answersOf({ 201: LinkWire }, 400, 409),
      },
    },
    (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      tellIgnoredFields(reply, caller, body, LinkCreateWire)
      return answering.once(request, reply, {
        perform: () =>
          links.create(caller, {
            name: body.name,
            items: itemsOf(body.products),
            currency: currencyOf(body.currency),
            pricingMode: pricingModeOf(body.pricingMode),
            customization: customizationOf(body.sessionCustomization),
            status: body.status === 'ARCHIVED' ? 'archived' : 'active',
          }),
        present: (link) => ({ status: 201, body: presentLink(link, publicUrl) }),
      })
    },
  )
}

function addUpdateLink(app: FastifyInstance, { links, answering, publicUrl }: Parts): void {
  const form = defineForm(LinkUpdateWire, (body, faults, request) => checkLink(body, faults, callerOf(request).mode))
  app.patch<LinkPath>(
    '/api/link/:id',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'updateLink',
        tags: ['Payment links'],
        summary: 'Change a payment link',
        description: 'What is left out stays as it is.',
        params: linkPath,
        body: LinkUpdateWire,
        response: answersOf({ 200: LinkWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { body } = form.read(request)
      const id = readLinkId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      tellIgnoredFields(reply, caller, body, LinkUpdateWire)
      const updated = await links.update(caller, id, changeOf(body))
      if (!updated.ok) return answering.refusal(request, reply, updated.refusal)
      return answering.json(reply, 200, presentLink(updated.value, publicUrl))
    },
  )
}

/** Null is a value for the customization alone. */
function changeOf(body: Static<typeof LinkUpdateWire>): PaymentLinkChange {
  const { sessionCustomization } = body
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.products === undefined ? {} : { items: itemsOf(body.products) }),
    ...(body.currency === undefined ? {} : { currency: currencyOf(body.currency) }),
    ...(sessionCustomization === undefined ? {} : { customization: customizationOf(sessionCustomization) }),
    ...(body.pricingMode ? { pricingMode: pricingModeOf(body.pricingMode) } : {}),
    ...(body.status ? { status: body.status === 'ARCHIVED' ? 'archived' : 'active' } : {}),
  }
}

function addArchiveLink(app: FastifyInstance, { links, answering, publicUrl }: Parts): void {
  app.delete<LinkPath>(
    '/api/link/:id',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'archiveLink',
        tags: ['Payment links'],
        summary: 'Archive a payment link',
        description: 'It sells nothing any more. Payments that it made keep referring to it.',
        params: linkPath,
        response: answersOf({ 200: LinkWire }, 400, 404),
      },
    },
    async (request, reply) => {
      const id = readLinkId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      const archived = await links.update(callerOf(request), id, { status: 'archived' })
      if (!archived.ok) return answering.refusal(request, reply, archived.refusal)
      return answering.json(reply, 200, presentLink(archived.value, publicUrl))
    },
  )
  app.post<LinkPath>(
    '/api/link/:id/unarchive',
    {
      config: { access: 'payments:write' },
      schema: {
        operationId: 'unarchiveLink',
        tags: ['Payment links'],
        summary: 'Take a payment link out of the archive',
        params: linkPath,
        headers: idempotencyKeyHeader,
        response: answersOf({ 201: LinkWire }, 400, 404, 409),
      },
    },
    async (request, reply) => {
      const id = readLinkId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, missing)
      return answering.once(request, reply, {
        perform: () => links.update(callerOf(request), id, { status: 'active' }),
        present: (link) => ({ status: 201, body: presentLink(link, publicUrl) }),
      })
    },
  )
}
