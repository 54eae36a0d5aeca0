import { shownName } from '@tessera/lib/shown-name'
import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'

/** A JSON Schema, as far as texts are made from it. */
interface SchemaNode {
  type?: string | string[]
  enum?: unknown[]
  maxLength?: number
  minLength?: number
  minItems?: number
  maxItems?: number
  maximum?: number
  minimum?: number
  /** Says in words what a pattern asks for: `must be …`. */
  'x-rule'?: string
  [key: string]: unknown
}

/** What a validator found, in words that help: the field and what it must be. */
export function schemaFaults(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
): { param: string; message: string }[] {
  return errors.flatMap((error) => {
    const path = pathOf(error.instancePath)
    if (error.keyword === 'required') {
      return error.params.requiredProperties.map((name) => ({ param: joined(path, name), message: 'is required.' }))
    }
    return [{ param: path === '' ? 'body' : path, message: ruleOf(nodeAt(schema, error.schemaPath)) }]
  })
}

function ruleOf(node: SchemaNode): string {
  if (node['x-rule'] !== undefined) return `${node['x-rule']}.`
  if (node.enum !== undefined) return `must be one of ${node.enum.filter((value) => value !== null).join(', ')}.`
  const types = [node.type ?? []].flat().filter((type) => type !== 'null')
  const bounds = boundsOf(node)
  return `must be ${types.map(named).join(' or ')}${bounds === '' ? '' : ` ${bounds}`}.`
}

function boundsOf(node: SchemaNode): string {
  if (node.maxLength !== undefined) return `of ${node.minLength ?? 0} to ${node.maxLength} characters`
  if (node.maxItems !== undefined) return `of ${node.minItems ?? 0} to ${node.maxItems} entries`
  if (node.maximum !== undefined) return `from ${node.minimum ?? 0} to ${node.maximum}`
  return ''
}

function named(type: string): string {
  const article = /^[aeiou]/.test(type) ? 'an' : 'a'
  return `${article} ${type === 'boolean' ? 'boolean (true or false)' : type}`
}

/** `/products/0/price` is `products.0.price`; keys that may carry data, as a card number, are not repeated. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d{1,4}$/.test(part) ? part : shownName(part)))
    .join('.')
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function nodeAt(schema: TSchema, schemaPath: string): SchemaNode {
  let node: unknown = schema
  for (const part of schemaPath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    node = (node as Record<string, unknown> | undefined)?.[key]
  }
  return (node ?? {}) as SchemaNode
}
