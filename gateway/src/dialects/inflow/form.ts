import type { FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { Faults, type Form } from '../../http/form.ts'
import type { JsonObject } from '../../http/request-body.ts'
import { phrasedFaults } from './phrases.ts'

/**
 * As `http/form.ts`, in the words that integrations of this API know: each text begins with its property, and faults come in
 * the order of the documented fields.
 */
export function defineForm<S extends TObject, Checked = undefined>(
  schema: S,
  check: (body: JsonObject, faults: Faults, request: FastifyRequest) => Checked,
): Form<S, Checked> {
  const validator = Compile(schema)
  const order = Object.keys(schema.properties)
  const placeOf = (param: string): number => {
    const place = order.indexOf(param.split('.')[0] ?? '')
    return place === -1 ? order.length : place
  }
  return {
    schema,
    read(request) {
      const body = (request.body ?? {}) as JsonObject
      const faults = new Faults()
      if (!validator.Check(body)) {
        for (const { param, message } of phrasedFaults(schema, validator.Errors(body))) faults.add(param, message)
      }
      const checked = check(body, faults, request)
      faults.list.sort((left, right) => placeOf(left.param) - placeOf(right.param))
      faults.refuse()
      return { body: body as Static<S>, checked }
    },
  }
}
