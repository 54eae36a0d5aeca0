import { type JsonValue, parseStrictJson } from '@tessera/lib/strict-json'
import type { ConnectorAnswer } from '../core/ports/connector.ts'

export type AnswerObject = { readonly [key: string]: JsonValue }

/**
 * The object that a JSON answer holds; null when it is not JSON, not an object, or ambiguous (a key twice). Callers take
 * null as an unknown outcome.
 */
export function readJsonObject(answer: ConnectorAnswer): AnswerObject | null {
  if (!/^application\/([a-z.+-]+\+)?json\b/i.test(answer.contentType)) return null
  const verdict = parseStrictJson(Buffer.from(answer.body, 'utf8'))
  if (!verdict.ok || typeof verdict.value !== 'object' || verdict.value === null) return null
  return Array.isArray(verdict.value) ? null : (verdict.value as AnswerObject)
}

/** Text of 1 to `longest` characters, else null. */
export function textOf(value: JsonValue | undefined, longest = 100): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= longest ? value : null
}

/** Epoch milliseconds of an ISO 8601 time with a zone, else null. */
export function timeOf(value: JsonValue | undefined): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) return null
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? null : ms
}
