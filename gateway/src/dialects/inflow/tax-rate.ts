import type { Clock } from '@tessera/lib/clock'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { findCountry } from '../../core/tax/countries.ts'
import { decideTax } from '../../core/tax/decide-tax.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { Faults } from '../../http/form.ts'
import { countrySchema } from './fields.ts'
import type { Query } from './page-query.ts'
import { percentOf } from './present-payment.ts'
import { answersOf } from './route-documents.ts'
import { named } from './schema.ts'

export const TaxRateWire = named(
  'TaxRate',
  Type.Object({
    country: Type.String(),
    rateInPercentage: Type.Number({ examples: [20, 25.5] }),
    name: Type.String({ examples: ['VAT'] }),
  }),
)

export function addTaxRate(app: FastifyInstance, parts: { answering: Answering; clock: Clock }): void {
  const { answering, clock } = parts
  app.get(
    '/api/tax/rate',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'getTaxRate',
        tags: ['Tax'],
        summary: 'The rate that a consumer there would pay now',
        querystring: Type.Object({
          country: Type.Unsafe<string>(countrySchema),
          postalCode: Type.Optional(Type.String({ description: 'Required where country is US.' })),
        }),
        response: answersOf({ 200: TaxRateWire }, 400),
      },
    },
    (request, reply) => {
      const caller = callerOf(request)
      const { country, postalCode } = readPlace(request.query as Query)
      const buyer = { country, postalCode, isBusiness: false }
      const decided = decideTax(caller.merchant.tax, caller.mode, buyer, null, clock.now())
      if (!decided.ok) return answering.refusal(request, reply, decided.refusal)
      const { name, rateMillionths } = decided.value
      return answering.json(reply, 200, { country, rateInPercentage: percentOf(rateMillionths), name })
    },
  )
}

function readPlace(query: Query): { country: string; postalCode: string | null } {
  const faults = new Faults()
  const country = typeof query.country === 'string' ? findCountry(query.country) : undefined
  if (country === undefined) faults.add('country', countrySchema['x-rule'])
  const { postalCode = null } = query
  if (postalCode !== null && typeof postalCode !== 'string') faults.add('postalCode', 'must be a string')
  faults.refuse()
  return { country: country as string, postalCode: postalCode as string | null }
}
