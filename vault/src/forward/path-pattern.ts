export type PathMatcher = (path: string) => boolean

const segmentShape = '[A-Za-z0-9_-]{1,64}'
const queryValueShape = /^[A-Za-z0-9._~%:,-]{0,256}$/

/** `{name}` in the pattern stands for one segment; a query may hold the listed names, each once at most. */
export function matcherOf(pattern: string, queryNames: readonly string[]): PathMatcher {
  const parts = pattern.split(/\{[a-z_]+\}/i).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
  const shape = new RegExp(`^${parts.join(segmentShape)}$`)
  return (path) => {
    const mark = path.indexOf('?')
    if (mark === -1) return shape.test(path)
    return shape.test(path.slice(0, mark)) && isAllowedQuery(path.slice(mark + 1), queryNames)
  }
}

function isAllowedQuery(query: string, names: readonly string[]): boolean {
  const seen = new Set<string>()
  return query.split('&').every((pair) => {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals)
    if (equals === -1 || !names.includes(name) || seen.has(name)) return false
    seen.add(name)
    return queryValueShape.test(pair.slice(equals + 1))
  })
}
