import type { Dialect, Schema } from './documents.ts'
import { resolved } from './documents.ts'
import type { Draw } from './draw.ts'
import { type Tree, treeOf } from './json-tree.ts'

/** Where a name says more than its schema: values that the product can do something with. */
export type ByName = Readonly<Record<string, (draw: Draw) => unknown>>

/** A value that the schema allows, mostly; whatever the document cannot say is left to chance. */
export function valueFor(dialect: Dialect, given: Schema, draw: Draw, byName: ByName, name = ''): Tree {
  const schema = resolved(dialect, given)
  const known = byName[name]
  if (known !== undefined && draw.chance(0.9)) return treeOf(known(draw))
  const variants = schema?.oneOf ?? schema?.anyOf
  if (Array.isArray(variants)) return valueFor(dialect, draw.pick(variants), draw, byName, name)
  if (Array.isArray(schema?.allOf)) return valueFor(dialect, draw.pick(schema.allOf), draw, byName, name)
  if (Array.isArray(schema?.examples) && draw.chance(0.4)) return treeOf(draw.pick(schema.examples))
  if (Array.isArray(schema?.enum)) return treeOf(draw.pick(schema.enum))
  const types: string[] = [schema?.type ?? 'string'].flat()
  const type = draw.pick(types.length > 1 && draw.chance(0.8) ? types.filter((each) => each !== 'null') : types)
  if (type === 'object') return objectFor(dialect, schema, draw, byName)
  if (type === 'array') {
    const count = Math.max(schema.minItems ?? 0, draw.below(3))
    return { items: Array.from({ length: count }, () => valueFor(dialect, schema.items, draw, byName, name)) }
  }
  if (type === 'null') return { text: 'null' }
  if (type === 'boolean') return treeOf(draw.chance(0.5))
  if (type === 'integer' || type === 'number') return treeOf(numberFor(schema, draw))
  return treeOf(`a ${name} ${draw.below(1_000)}`.slice(0, Math.max(1, schema?.maxLength ?? 60)))
}

function objectFor(dialect: Dialect, schema: Schema, draw: Draw, byName: ByName): Tree {
  const required = new Set<string>(schema.required ?? [])
  const names = Object.keys(schema.properties ?? {}).filter((name) => required.has(name) || draw.chance(0.25))
  return {
    members: names.map((name) => [
      JSON.stringify(name),
      valueFor(dialect, schema.properties[name], draw, byName, name),
    ]),
  }
}

function numberFor({ minimum = 0, maximum = 10_000 }: Schema, draw: Draw): number {
  const low = Math.max(0, Number(minimum))
  const high = Math.min(Number(maximum), low + 10_000)
  return draw.pick([low, high, low + draw.below(Math.max(1, high - low))])
}
