import type { FileRule } from './rule.ts'

/** Bags: whatever has such a name becomes the hub of every circle. */
const bags = ['utils', 'helpers', 'common', 'shared', 'misc', 'types', 'interfaces', 'base', 'manager', 'service']
/** Forbidden as a part of a name too. */
const bagWords = ['util', 'utils', 'helper', 'helpers', 'misc', 'manager']
/** A bare `v1` is the name of a dialect. */
const versions = /[-_.](v\d+|new|old|legacy)$/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

export const fileNames: FileRule = {
  name: 'file-names',
  check({ path }) {
    const parts = path.split('/')
    return parts.flatMap((part, index) => {
      const stem = part.split('.')[0] as string
      const isSource = index === parts.length - 1 && /\.(ts|mjs)$/.test(part)
      const message = faultOf(stem) ?? (isSource ? faultOfSource(stem, path) : null)
      return message === null ? [] : [{ rule: 'file-names', path, line: 0, message }]
    })
  },
}

function faultOf(stem: string): string | null {
  const name = stem.toLowerCase()
  const words = name.split(/[-_]/)
  const bag = bags.includes(name) ? stem : words.find((word) => bagWords.includes(word))
  if (bag !== undefined) return `"${bag}" says nothing: name the file after what it holds`
  if (versions.test(name)) return `"${stem}" names a version: a version is a dialect or a migration`
  return null
}

function faultOfSource(stem: string, path: string): string | null {
  if (!kebab.test(stem)) return `"${stem}" is not in kebab-case`
  const isPublished = /^(sdk|web)\//.test(path)
  return stem === 'index' && !isPublished ? 'a barrel hides what is used: import the file itself' : null
}
