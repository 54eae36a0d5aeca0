import type { Draw } from './draw.ts'

/**
 * JSON as it is about to be written: names are texts of their own, so that one can stand twice, and a value can be something
 * that no writer of JSON would write.
 */
export type Tree = { members: [name: string, value: Tree][] } | { items: Tree[] } | { text: string }

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { items: value.map(treeOf) }
  if (typeof value === 'object' && value !== null) {
    return { members: Object.entries(value).map(([name, each]) => [JSON.stringify(name), treeOf(each)]) }
  }
  return { text: JSON.stringify(value) ?? 'null' }
}

export function textOf(tree: Tree): string {
  if ('text' in tree) return tree.text
  if ('items' in tree) return `[${tree.items.map(textOf).join(',')}]`
  return `{${tree.members.map(([name, value]) => `${name}:${textOf(value)}`).join(',')}}`
}

/** One fault somewhere in the tree, which is changed in place. */
export function spoil(tree: Tree, draw: Draw, odd: { names: readonly string[]; values: readonly string[] }): Tree {
  const spots = spotsIn(tree)
  const oddValue = (): Tree => ({ text: draw.chance(0.85) ? draw.pick(odd.values) : JSON.stringify(draw.text()) })
  const kind = draw.weighed([
    [6, 'replace'],
    [2, 'drop'],
    [1, 'twice'],
    [1, 'rename'],
    [1, 'wrap'],
    [2, 'add'],
  ] as const)
  if (spots.length === 0) return oddValue()
  const { holder, index } = draw.pick(spots)
  const value = oddValue()
  const name = JSON.stringify(draw.pick(odd.names))
  if ('items' in holder) {
    if (kind === 'drop') holder.items.splice(index, 1)
    else if (kind === 'twice') holder.items.push(holder.items[index] as Tree)
    else if (kind === 'wrap') holder.items[index] = { items: [holder.items[index] as Tree] }
    else holder.items[index] = value
    return tree
  }
  const member = holder.members[index] as [string, Tree]
  if (kind === 'drop') holder.members.splice(index, 1)
  else if (kind === 'twice') holder.members.push(draw.chance(0.5) ? member : [member[0], value])
  else if (kind === 'rename') member[0] = name
  else if (kind === 'wrap') member[1] = draw.chance(0.5) ? { items: [member[1]] } : { members: [['"a"', member[1]]] }
  else if (kind === 'add') holder.members.push([name, value])
  else member[1] = value
  return tree
}

type Holder = Extract<Tree, { members: unknown } | { items: unknown }>

/** Every place of a value: what holds it, and where in there. */
function spotsIn(tree: Tree): { holder: Holder; index: number }[] {
  if ('text' in tree) return []
  const inside = 'items' in tree ? tree.items : tree.members.map(([, value]) => value)
  return inside.flatMap((value, index) => [{ holder: tree, index }, ...spotsIn(value)])
}
