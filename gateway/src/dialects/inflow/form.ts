import type { FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { Faults, type Form } from '../../http/form.ts'
import type { JsonObject } from '../../http/json-object.ts'
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
  return {
    schema,
    read(request) {
      const body = (request.body ?? {}) as JsonObject
      const faults = new Faults()
      if (!validator.Check(body)) {
        for (const { param, message } of phrasedFaults(schema, validator.Errors(body))) faults.add(param, message)
      }
      const checked = check(body, faults, request)
      faults.list.sort((left, right) => compare(placeOf(left.param, schema), placeOf(right.param, schema)))
      faults.refuse()
      return { body: body as Static<S>, checked }
    },
  }
}

interface Node {
  properties?: Record<string, Node>
  items?: Node
}

/** Where a field stands in its schema, level by level: `products.2.price` is the first field, third entry, second field. */
function placeOf(param: string, schema: TObject): number[] {
  let node: Node | undefined = schema as Node
  return param.split('.').map((part) => {
    const names: string[] = Object.keys(node?.properties ?? {})
    const place = /^\d+$/.test(part) ? Number(part) : names.indexOf(part)
    node = node?.properties?.[part] ?? node?.items
    return place === -1 ? names.length : place
  })
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((place, level) => place !== right[level])
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1)
}
