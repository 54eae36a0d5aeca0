import { readFileSync } from 'node:fs'
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js'

// biome-ignore lint/suspicious/noExplicitAny: JSON schemas as they stand in the documents.
export type Schema = any

export type Dialect = 'v1' | 'inflow'

/** One call of a published document. */
export interface Route {
  dialect: Dialect
  /** `METHOD /path/{id}` */
  name: string
  method: string
  path: string
  hasKey: boolean
  queryNames: readonly string[]
  bodySchema: Schema | null
}

interface Operation {
  security?: unknown[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, unknown> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

const ajv = new Ajv2020({
  strict: false,
  formats: { int64: true, 'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/ },
  allErrors: true,
})
const compiled = new Map<string, ValidateFunction>()
const documents = { v1: read('v1'), inflow: read('inflow') }

function read(dialect: Dialect): Document {
  const document = JSON.parse(
    readFileSync(new URL(`../../contracts/openapi/${dialect}.json`, import.meta.url), 'utf8'),
  ) as Document
  ajv.addSchema(document as AnySchema, dialect)
  return document
}

/** Every call of both documents. */
export const routes: readonly Route[] = (['v1', 'inflow'] as const).flatMap((dialect) =>
  Object.entries(documents[dialect].paths).flatMap(([path, calls]) =>
    Object.entries(calls)
      .filter(([, call]) => call.responses !== undefined)
      .map(([method, call]) => ({
        dialect,
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        hasKey: (call.security ?? []).length > 0,
        queryNames: (call.parameters ?? []).filter((each) => each.in === 'query').map((each) => each.name),
        bodySchema: call.requestBody?.content['application/json']?.schema ?? null,
      })),
  ),
)

/** Follows references within a dialect's document. */
export function resolved(dialect: Dialect, schema: Schema): Schema {
  if (typeof schema?.$ref !== 'string') return schema
  const place = schema.$ref.replace('#/', '').split('/')
  const found = place.reduce((at: Schema, part: string) => at?.[part], documents[dialect])
  return resolved(dialect, found)
}

/** Why this answer is not what the document says of it; null when it is. */
export function answerFault({ dialect, name, method, path }: Route, status: number, body: unknown): string | null {
  const lower = method.toLowerCase()
  const described = documents[dialect].paths[path]?.[lower]?.responses[status]
  if (described === undefined) return `the document knows no ${status} of ${name}`
  if (described.content?.['application/json'] === undefined) return null
  return faultAt(
    dialect,
    ['paths', path, lower, 'responses', String(status), 'content', 'application/json', 'schema'],
    body,
  )
}

/** For paths that belong to no call: the shape of the dialect's errors. */
export function errorFault(dialect: Dialect, body: unknown): string | null {
  return faultAt(dialect, ['components', 'schemas', 'Error'], body)
}

function faultAt(dialect: Dialect, place: readonly string[], body: unknown): string | null {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
  const $ref = `${dialect}#/${pointer.join('/')}`
  let validate = compiled.get($ref)
  if (validate === undefined) {
    validate = ajv.compile({ $ref })
    compiled.set($ref, validate)
  }
  return validate(body) ? null : ajv.errorsText(validate.errors)
}
