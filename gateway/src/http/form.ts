import type { FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { JsonObject } from './json-object.ts'
import { type Fault, RequestRefused } from './problem.ts'
import { schemaFaults } from './schema-faults.ts'

/** Collects what is wrong with a body, at most one fault per field, so that all of it is told at once. */
export class Faults {
  readonly list: Fault[] = []

  add(param: string, message: string, code?: string): void {
    if (this.list.length < faultsMax && !this.has(param))
      this.list.push({ param, message: `${param} ${message}`, code })
  }

  has(param: string): boolean {
    return this.list.some((fault) => fault.param === param)
  }

  /** Ends the request when anything was found. */
  refuse(): void {
    if (this.list.length > 0) throw new RequestRefused({ problem: 'invalid', faults: this.list })
  }
}

const faultsMax = 50

/**
 * A body's schema together with the checks that a schema cannot say. `check` also sees bodies that do not fit the schema,
 * since all faults are listed at once: it must not trust what `faults` may already name. What it makes of the body is
 * returned beside it, so that nothing is read twice.
 */
export interface Form<S extends TSchema, Checked> {
  schema: S
  /** The body, when it has no fault; throws RequestRefused with all of them otherwise. */
  read(request: FastifyRequest): { body: Static<S>; checked: Checked }
}

export function defineForm<S extends TSchema, Checked = undefined>(
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
        for (const { param, message } of schemaFaults(schema, validator.Errors(body))) faults.add(param, message)
      }
      const checked = check(body, faults, request)
      faults.refuse()
      return { body: body as Static<S>, checked }
    },
  }
}
