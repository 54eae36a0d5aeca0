import ts from 'typescript'
import { type FileRule, type Finding, isTest } from './rule.ts'
import { walk } from './source.ts'

/**
 * Time, randomness, timers and outgoing calls are handed in, so that a simulation can script them. `lib` holds the real
 * ones; `bootstrap` runs before `lib` can be loaded; `e2e` and `bench` watch real processes in real time; what runs in
 * browsers has the browser's own, and an example what its merchant would take; tests may use what they like.
 */
const isFree = (path: string): boolean =>
  isTest(path) ||
  /^(lib\/src|bootstrap|e2e|bench|examples|sdk|vault\/fields\/frame|contracts\/src\/browser)\//.test(path)

/** Where a process meets its surroundings. */
const mayUseProcess = (path: string): boolean =>
  /^(cli|tools|certify)\//.test(path) || /\/(main|config|emit-[a-z-]+)\.ts$/.test(path)

const mayPrint = mayUseProcess
const mayFetch = (path: string): boolean => path.startsWith('tools/')

const timer = 'use the injected Timers (@tessera/lib/timers)'
const random = 'use the injected Random or Ids (@tessera/lib/random, @tessera/lib/ids)'
const clock = 'use the injected Clock (@tessera/lib/clock)'

/** Globals that may not be called, or be reached through `globalThis`. */
const bannedGlobals: Readonly<Record<string, string>> = {
  setTimeout: timer,
  setInterval: timer,
  setImmediate: timer,
  queueMicrotask: timer,
  Date: clock,
}

/** `object.property` that may not be used. */
const bannedMembers: Readonly<Record<string, string>> = {
  'Date.now': clock,
  'performance.now': `${clock}, monotonicMs()`,
  'Math.random': random,
  'crypto.getRandomValues': random,
  'AbortSignal.timeout': timer,
}

/** Names that may not be used, wherever they come from. */
const bannedNames: Readonly<Record<string, string>> = {
  randomUUID: random,
  randomBytes: random,
  randomInt: random,
  randomFill: random,
  randomFillSync: random,
}

const bannedModules: Readonly<Record<string, string>> = {
  'node:timers': timer,
  'node:timers/promises': timer,
  'node:perf_hooks': clock,
}

const processAdvice = "read it in the process's main.ts or config.ts and hand it in"
const printAdvice = 'use the injected Logger (@tessera/lib/log), whose fields are an allow-list'
const fetchAdvice = "make the call through the room's HTTP port"

export const bannedCalls: FileRule = {
  name: 'banned-calls',
  check({ path, source }) {
    if (source === null || isFree(path) || !path.endsWith('.ts')) return []
    const findings: Finding[] = []
    walk(source.tree, (node) => {
      const found = bannedUse(path, node)
      if (found === null) return
      const [what, instead] = found
      findings.push({ rule: 'banned-calls', path, line: source.lineOf(node), message: `${what}: ${instead}` })
    })
    return findings
  },
}

type Banned = [what: string, instead: string] | null

function bannedUse(path: string, node: ts.Node): Banned {
  if (ts.isPropertyAccessExpression(node)) return bannedMember(path, node)
  if (ts.isNewExpression(node)) {
    const isNow = isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0
    return isNow ? ['new Date()', clock] : null
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return bannedGlobal(path, node.expression.text)
  if (ts.isImportDeclaration(node)) return bannedImport(path, node)
  if (ts.isImportSpecifier(node)) return entry(bannedNames, (node.propertyName ?? node.name).text)
  return null
}

function bannedMember(path: string, node: ts.PropertyAccessExpression): Banned {
  const property = node.name.text
  if (isNamed(node.expression, 'globalThis')) return bannedGlobal(path, property)
  if (isNamed(node.expression, 'process') && !mayUseProcess(path)) return [`process.${property}`, processAdvice]
  if (isNamed(node.expression, 'console') && !mayPrint(path)) return [`console.${property}`, printAdvice]
  const full = ts.isIdentifier(node.expression) ? `${node.expression.text}.${property}` : property
  return entry(bannedMembers, full) ?? entry(bannedNames, property)
}

function bannedGlobal(path: string, name: string): Banned {
  if (name === 'fetch') return mayFetch(path) ? null : ['fetch', fetchAdvice]
  return entry(bannedGlobals, name)
}

function bannedImport(path: string, node: ts.ImportDeclaration): Banned {
  const name = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ''
  if (name === 'node:process' && !mayUseProcess(path)) return [name, processAdvice]
  return entry(bannedModules, name)
}

function entry(banned: Readonly<Record<string, string>>, name: string): Banned {
  return Object.hasOwn(banned, name) ? [name, banned[name] as string] : null
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name
}
