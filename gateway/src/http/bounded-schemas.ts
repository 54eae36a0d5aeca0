/** No text in a request or an answer is longer, and no list has more entries: bodies end at 64 KB. */
const longest = 65_536
/** Numbers beyond it are not exact in JSON readers (RFC 8259 section 6). */
const largest = Number.MAX_SAFE_INTEGER

/** They look like schemas and are none. */
const data: ReadonlySet<string> = new Set(['example', 'examples', 'enum', 'const', 'default'])

type Node = Record<string, unknown>

/**
 * Writes down the bounds that hold everywhere, where a schema names none of its own: readers of the document that reserve
 * room, or refuse what is unbounded (OWASP API4:2023), find them.
 */
export function withBounds<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withBounds) as T
  if (typeof node !== 'object' || node === null) return node
  const inside = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, data.has(key) ? value : withBounds(value)]),
  )
  return { ...inside, ...boundsOf(inside) } as T
}

function boundsOf(schema: Node): Node {
  const types = [schema.type].flat()
  const isOpen = types.every((type) => typeof type === 'string') && schema.enum === undefined
  if (!isOpen || schema.const !== undefined) return {}
  return {
    ...(types.includes('string') && { maxLength: schema.maxLength ?? longest }),
    ...(types.includes('array') && { maxItems: schema.maxItems ?? longest }),
    ...(types.includes('integer') && {
      format: schema.format ?? 'int64',
      minimum: schema.minimum ?? -largest,
      maximum: schema.maximum ?? largest,
    }),
  }
}
