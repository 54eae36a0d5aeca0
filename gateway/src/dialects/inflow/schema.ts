import type { TSchema } from 'typebox'
import { SchemaNames } from '../../http/wire-schema.ts'

/** Schemas with a name of their own in this API's document. */
export const schemaNames = new SchemaNames()

export const named = <S extends TSchema>(name: string, schema: S, documented?: TSchema): S =>
  schemaNames.name(name, schema, documented)
