import { fileURLToPath } from 'node:url'
import { runCommand } from './run-command.ts'

export const repository = fileURLToPath(new URL('../../', import.meta.url))
const configuration = fileURLToPath(new URL('../../.dependency-cruiser.cjs', import.meta.url))
const program = fileURLToPath(
  new URL('../../node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', import.meta.url),
)

export interface Violation {
  rule: string
  comment: string
  from: string
  to: string
  /** The whole circle, where the rule forbids one. */
  circle: string[]
}

export interface Cruise {
  /** Every file that was read, relative to the folder that was cruised. */
  modules: string[]
  violations: Violation[]
  /** Names of all rules that were applied. */
  rules: string[]
}

interface Report {
  modules: { source: string }[]
  summary: {
    violations: { from: string; to: string; rule: { name: string }; cycle?: { name: string }[] }[]
    ruleSetUsed: { forbidden: { name: string; comment: string }[] }
  }
}

/** Applies the import rules to the rooms below `folder`. */
export async function cruise(folder: string, rooms: readonly string[]): Promise<Cruise> {
  const { exitCode, stdout, stderr } = await runCommand(
    [process.execPath, program, '--config', configuration, '--output-type', 'json', ...rooms],
    folder,
  )
  // With violations the exit code is their number; without a report something else is wrong.
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser ended with ${exitCode}\n${stdout}${stderr}`)
  const report: Report = JSON.parse(stdout)
  const comments = new Map(report.summary.ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment]))
  return {
    rules: [...comments.keys()],
    modules: report.modules.map((module) => module.source),
    violations: report.summary.violations.map(({ from, to, rule, cycle }) => ({
      rule: rule.name,
      comment: comments.get(rule.name) ?? '',
      from,
      to,
      circle: cycle?.map((step) => step.name) ?? [],
    })),
  }
}
