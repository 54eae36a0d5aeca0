import { shownName } from '@tessera/lib/shown-name'
import type { FastifyReply } from 'fastify'
import type { TObject } from 'typebox'
import type { Caller } from '../core/merchants/merchant.ts'

const namesMax = 20

/**
 * Names, in test mode, the fields that this API does not know: unknown fields are ignored, as a drop-in must, but a typing
 * mistake should not stay unnoticed. Names that may carry data are shown as `?`.
 */
export function tellIgnoredFields(reply: FastifyReply, caller: Caller, body: object, schema: TObject): void {
  if (caller.mode !== 'test') return
  const ignored: string[] = []
  for (const name of Object.keys(body)) {
    if (ignored.length < namesMax && !Object.hasOwn(schema.properties, name)) ignored.push(shownName(name))
  }
  if (ignored.length > 0) reply.header('x-ignored-fields', ignored.join(', '))
}
