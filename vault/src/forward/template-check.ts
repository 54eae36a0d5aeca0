import type { Placeholder, PlaceholderName, RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import type { AllowedOperation } from './manifests.ts'

const headerValueShape = /^[\x20-\x7e]{0,2048}$/
const depthMax = 16

/**
 * Why the manifest does not allow this template; null when it does. The gateway is not believed in anything here: a
 * placeholder may stand only where the manifest says, so that no number goes where it could be read back.
 */
export function refusalOf(template: RequestTemplate, operation: AllowedOperation): string | null {
  if (template.method !== operation.method) return `the method must be ${operation.method}`
  if (typeof template.path !== 'string' || !operation.matches(template.path)) return 'the path is not allowed'
  return headersRefusal(template.headers, operation) ?? bodyRefusal(template.body, operation)
}

function headersRefusal(headers: unknown, operation: AllowedOperation): string | null {
  if (typeof headers !== 'object' || headers === null) return 'headers must be an object'
  for (const [name, value] of Object.entries(headers)) {
    const lowered = name.toLowerCase()
    if (!operation.headers.includes(lowered)) return 'a header is not allowed'
    if (typeof value !== 'string' || !headerValueShape.test(value)) return `the header ${lowered} has a bad value`
  }
  return null
}

function bodyRefusal(body: RequestTemplate['body'], operation: AllowedOperation): string | null {
  if (body === null) return operation.content === 'none' ? null : `a ${operation.content} body is needed`
  if (typeof body !== 'object' || body.kind !== operation.content) return `the body must be ${operation.content}`
  if (body.kind === 'json') return jsonRefusal(body.value, '', operation, 0)
  if (!Array.isArray(body.fields)) return 'fields must be a list'
  for (const field of body.fields) {
    const [name, value] = Array.isArray(field) ? field : []
    if (typeof name !== 'string') return 'a form field has no name'
    const refusal = typeof value === 'string' ? null : placeholderRefusal(value, name, operation)
    if (refusal !== null) return refusal
  }
  return null
}

function jsonRefusal(value: TemplateJson, pointer: string, operation: AllowedOperation, depth: number): string | null {
  if (typeof value !== 'object' || value === null) return null
  if (depth > depthMax) return 'the body is nested too deeply'
  if (isPlaceholder(value)) return placeholderRefusal(value, pointer, operation)
  for (const [key, inner] of Object.entries(value)) {
    const refusal = jsonRefusal(inner, `${pointer}/${pointerToken(key)}`, operation, depth + 1)
    if (refusal !== null) return refusal
  }
  return null
}

/** Anything that says `$card` is meant as a placeholder, and must be a proper one. */
export function isPlaceholder(value: object): value is Placeholder {
  return Object.hasOwn(value, '$card')
}

function placeholderRefusal(value: unknown, place: string, operation: AllowedOperation): string | null {
  if (typeof value !== 'object' || value === null) return `${place} must be text or a placeholder`
  const { $card, optional, ...rest } = value as Placeholder & Record<string, unknown>
  const isProper = (optional === undefined || optional === true) && Object.keys(rest).length === 0
  if (!isProper) return `the placeholder at ${place} is malformed`
  const allowed = operation.placeholders?.[place]
  if (allowed === undefined || !allowed.includes($card as PlaceholderName)) {
    return `the manifest does not allow this placeholder at ${place}`
  }
  return null
}

/** RFC 6901 §3. */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
