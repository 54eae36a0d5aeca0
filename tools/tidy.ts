import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Allowance, allowances } from './tidy/allowances.ts'
import { bannedCalls } from './tidy/banned-calls.ts'
import { fileLength } from './tidy/file-length.ts'
import { fileNames } from './tidy/file-names.ts'
import { leftovers } from './tidy/leftovers.ts'
import { lockFile } from './tidy/lock-file.ts'
import { machineTraces } from './tidy/machine-traces.ts'
import { portableSql, portableStatements } from './tidy/portable-sql.ts'
import { roomReadmes } from './tidy/room-readmes.ts'
import type { FileRule, Finding, TreeRule } from './tidy/rule.ts'
import { readSource } from './tidy/source.ts'
import { listFiles } from './tidy/source-tree.ts'

const fileRules: readonly FileRule[] = [
  bannedCalls,
  fileLength,
  fileNames,
  leftovers,
  machineTraces,
  portableSql,
  portableStatements,
]
const treeRules: readonly TreeRule[] = [lockFile, roomReadmes]

const ourText = /\.(ts|tsx|mjs|cjs|js|json|md|sql|sh|yml|yaml|html|css)$|(^|\/)[^.]+$/
const source = /\.(ts|tsx|mjs|cjs|js)$/
/** Written by programs. */
const generated = /^(package-lock\.json|(contracts\/openapi|vault\/fields\/built)\/.*)$/

if (import.meta.main) {
  const findings = tidy(fileURLToPath(new URL('..', import.meta.url)), allowances)
  process.stdout.write(findings.map((finding) => `${describe(finding)}\n`).join(''))
  process.exitCode = findings.length > 0 ? 1 : 0
}

/** The house rules that neither the linter nor the compiler knows, applied to every file below `root`. */
export function tidy(root: string, allowed: readonly Allowance[]): Finding[] {
  const paths = listFiles(root)
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const findings = [
    ...paths.filter((path) => ourText.test(path)).flatMap((path) => checkFile(path, read(path))),
    ...treeRules.flatMap((rule) => rule.check({ paths, read })),
  ]
  const isAllowed = (finding: Finding, allowance: Allowance): boolean =>
    allowance.rule === finding.rule && allowance.path === finding.path && finding.message.includes(allowance.message)
  const left = findings.filter((finding) => !allowed.some((allowance) => isAllowed(finding, allowance)))
  const idle = allowed.filter((allowance) => !findings.some((finding) => isAllowed(finding, allowance)))
  return [...left, ...idle.map(asFinding)].sort(byPlace)
}

function checkFile(path: string, text: string): Finding[] {
  const rules = generated.test(path) ? [fileNames, machineTraces] : fileRules
  const parsed = source.test(path) ? readSource(path, text) : null
  return rules.flatMap((rule) => rule.check({ path, text, source: parsed }))
}

function asFinding({ rule, path, message }: Allowance): Finding {
  return { rule: 'allowances', path, line: 0, message: `the allowance of ${rule} "${message}" is no longer needed` }
}

function byPlace(left: Finding, right: Finding): number {
  if (left.path !== right.path) return left.path < right.path ? -1 : 1
  return left.line - right.line
}

function describe({ rule, path, line, message }: Finding): string {
  return `${path}${line > 0 ? `:${line}` : ''}  ${message}  [${rule}]`
}
