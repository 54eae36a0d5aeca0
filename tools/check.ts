import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tessera/lib/clock'
import { repository } from './check/dependency-cruise.ts'
import { runCommand } from './check/run-command.ts'

/**
 * Everything that can be said about the code without running it: `node tools/check.ts [step…]`. It writes nothing.
 *
 * The native TypeScript compiler is run by its path, because `typescript` (which dependency-cruiser and knip need) owns
 * the command of the same name.
 */
const steps: Readonly<Record<string, readonly string[]>> = {
  imports: ['tools/check/import-rules.ts'],
  unused: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  types: ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json', '--pretty', 'false'],
  'types-browser': ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.browser.json', '--pretty', 'false'],
  tidy: ['tools/tidy.ts'],
  'browser-files': ['tools/build-browser.ts', '--check'],
  openapi: ['gateway/src/dialects/v1/emit-openapi.ts', '--check'],
  'openapi-inflow': ['gateway/src/dialects/inflow/emit-openapi.ts', '--check'],
  settings: ['tools/emit-settings.ts', '--check'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=200'],
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(steps, name))
if (unknown.length > 0) {
  process.stderr.write(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}\n`)
  process.exit(2)
}

const started = systemClock.monotonicMs()
const queue = Object.keys(steps).filter((name) => asked.length === 0 || asked.includes(name))
const failed: string[] = []
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, runLane))
const took = seconds(started)
const verdict = failed.length === 0 ? 'all fine' : `failed: ${failed.join(', ')}`
process.stdout.write(`${verdict} (${took})\n`)
process.exitCode = failed.length === 0 ? 0 : 1

async function runLane(): Promise<void> {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) await runStep(name)
}

async function runStep(name: string): Promise<void> {
  const [program = '', ...parameters] = steps[name] ?? []
  const since = systemClock.monotonicMs()
  if (!existsSync(join(repository, program))) return report(name, since, `${program} is not there\n`)
  const { exitCode, stdout, stderr } = await runCommand([process.execPath, program, ...parameters], repository)
  report(name, since, exitCode === 0 ? '' : `${stdout}${stderr}`)
}

/** One line for a step, and what it said when something is wrong. */
function report(name: string, since: number, complaint: string): void {
  if (complaint !== '') failed.push(name)
  process.stdout.write(`${complaint === '' ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds(since)}\n`)
  if (complaint !== '') process.stdout.write(`${complaint.trimEnd()}\n\n`)
}

function seconds(since: number): string {
  return `${((systemClock.monotonicMs() - since) / 1000).toFixed(1)} s`
}
