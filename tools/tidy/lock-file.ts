import type { Finding, TreeRule } from './rule.ts'

/** The smallest card host is the easiest to review (DESIGN: fewer than 15 packages of others in production). */
const vaultPackagesMax = 14
const gatewayPackagesMax = 119

interface LockedPackage {
  resolved?: string
  link?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

type Locked = Record<string, LockedPackage>

/** The lock file carries no address of anybody's registry, and the servers' dependency lists stay short. */
export const lockFile: TreeRule = {
  name: 'lock-file',
  check({ paths, read }) {
    const path = 'package-lock.json'
    if (!paths.includes(path)) return [{ rule: 'lock-file', path, line: 0, message: 'is missing' }]
    const locked: Locked = JSON.parse(read(path)).packages
    return [
      ...addresses(path, locked),
      ...tooMany(path, locked, 'vault', vaultPackagesMax),
      ...tooMany(path, locked, 'gateway', gatewayPackagesMax),
      ...paths.filter((each) => /(^|\/)package\.json$/.test(each)).flatMap((each) => foreignSources(each, read(each))),
    ]
  },
}

function addresses(path: string, locked: Locked): Finding[] {
  const found = Object.entries(locked).find(([, entry]) => /^(https?|git)/.test(entry.resolved ?? ''))
  if (found === undefined) return []
  const message = `${found[0]} has a resolved address: install with omit-lockfile-registry-resolved=true (.npmrc)`
  return [{ rule: 'lock-file', path, line: 0, message }]
}

function tooMany(path: string, locked: Locked, workspace: string, maximum: number): Finding[] {
  if (locked[workspace] === undefined) return []
  const names = productionPackages(locked, workspace)
  const message = `${workspace} needs ${names.length} packages in production, at most ${maximum}: ${names.join(', ')}`
  return names.length > maximum ? [{ rule: 'lock-file', path, line: 0, message }] : []
}

/** Packages of others that an installed workspace loads, by their place in `node_modules`. */
export function productionPackages(locked: Locked, workspace: string): string[] {
  const found = new Set<string>()
  const queue = [workspace]
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    const entry = locked[place] ?? {}
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const next = placeOf(locked, place, name)
      if (next === undefined || found.has(next)) continue
      found.add(next)
      queue.push(locked[next]?.link === true ? ((locked[next]?.resolved as string | undefined) ?? next) : next)
    }
  }
  return [...found].filter((place) => locked[place]?.link !== true).sort()
}

/** Node's own search: in the package, then in each folder above it. */
function placeOf(locked: Locked, from: string, name: string): string | undefined {
  let folder = from
  for (;;) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (locked[place] !== undefined) return place
    if (folder === '') return undefined
    const above = folder.lastIndexOf('/node_modules/')
    folder = above < 0 ? '' : folder.slice(0, above)
  }
}

/** Code that no registry has checked in under a version. */
function foreignSources(path: string, text: string): Finding[] {
  const manifest: Record<string, Record<string, string>> = JSON.parse(text)
  const wanted = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  })
  return wanted
    .filter(([, range]) => /^(git|https?:|github:|file:)|\//.test(range.replace(/^npm:(@[^/]+\/)?/, '')))
    .map(([name, range]) => ({
      rule: 'lock-file',
      path,
      line: 0,
      message: `${name} comes from ${range}: depend on a published version`,
    }))
}
