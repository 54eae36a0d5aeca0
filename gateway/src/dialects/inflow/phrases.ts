import { shownName } from '@tessera/lib/shown-name'
import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'

/** A JSON Schema, as far as texts are made from it. */
interface SchemaNode {
  type?: string | string[]
  enum?: unknown[]
  maxLength?: number
  minLength?: number
  maxItems?: number
  maximum?: number
  minimum?: number
  properties?: Record<string, SchemaNode>
  /** Says in words what a pattern asks for: `must be …`. */
  'x-rule'?: string
  [key: string]: unknown
}

/** What a validator found, worded as the class-validator package words it: without the property's name, which comes first. */
export function phrasedFaults(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
): { param: string; message: string }[] {
  return errors.flatMap((error) => {
    const path = pathOf(error.instancePath)
    const node = nodeAt(schema, error.schemaPath)
    if (error.keyword !== 'required') return [{ param: path, message: phraseOf(node, error.keyword) }]
    return error.params.requiredProperties.map((name) => ({
      param: path === '' ? name : `${path}.${name}`,
      message: phraseOf(node.properties?.[name] ?? {}, 'required'),
    }))
  })
}

function phraseOf(node: SchemaNode, keyword: string): string {
  if (node['x-rule'] !== undefined) return node['x-rule']
  if (node.enum !== undefined) {
    return `must be one of the following values: ${node.enum.filter((value) => value !== null).join(', ')}`
  }
  const [type = ''] = [node.type ?? []].flat().filter((each) => each !== 'null')
  return phrases[type]?.(node, keyword) ?? 'is not valid'
}

const phrases: Readonly<Record<string, (node: SchemaNode, keyword: string) => string>> = {
  string(node, keyword) {
    if (keyword === 'maxLength') return `must be shorter than or equal to ${node.maxLength} characters`
    const mustHold = keyword === 'minLength' || (keyword === 'required' && (node.minLength ?? 0) > 0)
    return mustHold ? 'should not be empty' : 'must be a string'
  },
  integer(node, keyword) {
    if (keyword === 'minimum') return `must not be less than ${node.minimum}`
    if (keyword === 'maximum') return `must not be greater than ${node.maximum}`
    return 'must be an integer number'
  },
  boolean: () => 'must be a boolean value',
  object: () => 'must be an object',
  array(node, keyword) {
    if (keyword === 'maxItems') return `must contain no more than ${node.maxItems} elements`
    return keyword === 'type' ? 'must be an array' : 'should not be empty'
  },
}

/** `/products/0/price` is `products.0.price`; names that may carry data, as a card number, are not repeated. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d{1,4}$/.test(part) ? part : shownName(part)))
    .join('.')
}

function nodeAt(schema: TSchema, schemaPath: string): SchemaNode {
  let node: unknown = schema
  for (const part of schemaPath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    node = (node as Record<string, unknown> | undefined)?.[key]
  }
  return (node ?? {}) as SchemaNode
}
