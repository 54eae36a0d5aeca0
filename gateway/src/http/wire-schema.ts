import { type TSchema, type TUnsafe, Type } from 'typebox'

/** Stands on a schema and on every copy that TypeBox makes of it, such as an optional one. */
const schemaName = Symbol('name in the OpenAPI document')

/** The schemas of one dialect that have a name of their own in its OpenAPI document. */
export class SchemaNames {
  /** In the form that is documented. */
  readonly documented = new Map<string, TSchema>()

  /**
   * `documented` replaces the schema in the document, where what a body holds in memory is not what it is on the wire: an
   * amount keeps its text.
   */
  name<S extends TSchema>(name: string, schema: S, documented: TSchema = schema): S {
    if (this.documented.has(name)) throw new Error(`two schemas are called ${name}`)
    this.documented.set(name, documented)
    return Object.assign(schema, { [schemaName]: name })
  }
}

export function nameOf(schema: object): string | undefined {
  return (schema as { [schemaName]?: string })[schemaName]
}

/** A field that may be left out or null. */
export function optional<T>(schema: { type: string } & Record<string, unknown>): TUnsafe<T | null | undefined> {
  const { type, enum: values, ...rest } = schema
  const nullable = { type: [type, 'null'], ...(Array.isArray(values) ? { enum: [...values, null] } : {}), ...rest }
  return Type.Optional(Type.Unsafe<T | null | undefined>(nullable))
}

export const optionalText = (maxLength: number, description?: string) =>
  optional<string>({ type: 'string', maxLength, description })

export const optionalChoice = <const T extends string>(values: readonly T[], description?: string) =>
  optional<T>({ type: 'string', enum: [...values], description })

export const optionalFlag = (description?: string) => optional<boolean>({ type: 'boolean', description })

/** In an answer: always there, perhaps null. */
export function nullable<T>(schema: { type: string } & Record<string, unknown>): TUnsafe<T | null> {
  const { type, enum: values, ...rest } = schema
  return Type.Unsafe<T | null>({
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
    ...rest,
  })
}

export const nullableText = (description?: string) => nullable<string>({ type: 'string', description })
export const nullableInteger = (description?: string) => nullable<number>({ type: 'integer', description })
export const timestamp = (description?: string) => Type.String({ format: 'date-time', description })
export const nullableTimestamp = (description?: string) =>
  nullable<string>({ type: 'string', format: 'date-time', description })
export const oneOf = <const T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], description })
export const decimalText = (description?: string) =>
  Type.String({ pattern: '^\\d+(\\.\\d+)?$', description, examples: ['17.62'] })
export const literal = <const T extends string>(value: T) => oneOf([value])
