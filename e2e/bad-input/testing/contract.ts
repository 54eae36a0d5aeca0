import { readFileSync } from 'node:fs'
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js'

/** What the published document says of answers, as a merchant's own tools would read it. */
const document = JSON.parse(readFileSync(new URL('../../../contracts/openapi/v1.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { responses?: Record<string, { content?: Record<string, unknown> }> }>>
}

const formats = { int64: true as const, 'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/ }
const ajv = new Ajv2020({ strict: false, formats, allErrors: true })
ajv.addSchema(document as AnySchema, 'v1')
const compiled = new Map<string, ValidateFunction>()

/** Every call of the document, as `METHOD /path/{id}`. */
export const documentedCalls: readonly string[] = Object.entries(document.paths).flatMap(([path, calls]) =>
  Object.entries(calls)
    .filter(([, call]) => call.responses !== undefined)
    .map(([method]) => `${method.toUpperCase()} ${path}`),
)

/** Why an error is not in the documented shape; null when it is. */
export function errorFault(body: unknown): string | null {
  return faultAgainst('v1#/components/schemas/Error', body)
}

/** Why this answer to this call (`METHOD /path/{id}`) is not what the document says; null when it is. */
export function answerFault(call: string, status: number, body: unknown): string | null {
  const [method = '', path = ''] = call.split(' ')
  const lower = method.toLowerCase()
  const described = document.paths[path]?.[lower]?.responses?.[status]
  if (described === undefined) return `the document knows no ${status} of ${call}`
  if (described.content?.['application/json'] === undefined) return null
  const place = [path, lower, 'responses', String(status), 'content', 'application/json', 'schema']
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
  return faultAgainst(`v1#/paths/${pointer.join('/')}`, body)
}

function faultAgainst($ref: string, body: unknown): string | null {
  let validate = compiled.get($ref)
  if (validate === undefined) {
    validate = ajv.compile({ $ref })
    compiled.set($ref, validate)
  }
  return validate(body) ? null : ajv.errorsText(validate.errors)
}
