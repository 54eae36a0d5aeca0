import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgesFolder } from './repository.ts'
import { runCommand, runNode } from './run-command.ts'

export interface Verdict {
  judge: string
  /** What it looked at. */
  looksAt: string
  /** Empty where it found nothing. */
  complaints: string[]
  /** It was shown a fault of ours on purpose, and saw it. */
  sawPlanted: boolean
}

const documents = ['contracts/openapi/v1.json', 'contracts/openapi/inflow.json']
const linesOf = (output: string): string[] => output.split('\n').filter((line) => line.trim() !== '')
const judge = (path: string): string => join(judgesFolder, path)

/** An OpenAPI document that no rule can like. */
const poorDocument =
  '{"openapi":"3.1.0","info":{"title":"x"},"servers":[{"url":"http://x"}],"paths":{"/a/":{"get":{}}}}'

/** Each judge looks at what is there, and at something that it has to refuse. */
export async function askJudges(): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-judges-'))
  try {
    const poor = join(folder, 'poor.json')
    writeFileSync(poor, poorDocument)
    const leaky = join(folder, 'leaky.ts')
    writeFileSync(leaky, `export const key = 'sk_live_${'4eC39HqLyjWDarjtT1zdp7ab'}'\n`)
    const sources = linesOf((await runCommand(['git', 'ls-files'])).output).filter(
      (path) => !/(package-lock\.json|\.png)$/.test(path),
    )
    return [
      await verdictOf('Spectral with the OWASP API Security rules', documents, poor, spectral),
      await verdictOf('Redocly', documents, poor, redocly),
      await verdictOf('secretlint', sources, leaky, secretlint),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function verdictOf(
  name: string,
  paths: readonly string[],
  planted: string,
  complaintsOf: (paths: readonly string[]) => Promise<string[]>,
): Promise<Verdict> {
  const [complaints, ofPlanted] = [await complaintsOf(paths), await complaintsOf([planted])]
  const looksAt = paths.length > 4 ? `${paths.length} files` : paths.join(', ')
  return { judge: name, looksAt, complaints, sawPlanted: ofPlanted.length > 0 }
}

async function spectral(paths: readonly string[]): Promise<string[]> {
  const ruleset = ['-r', judge('spectral.yaml'), '-F', 'error', '-D', '-q', '-f', 'text']
  const program = judge('node_modules/@stoplight/spectral-cli/dist/index.js')
  const { exitCode, output } = await runNode([program, 'lint', ...paths, ...ruleset])
  return exitCode === 0 ? [] : linesOf(output)
}

async function redocly(paths: readonly string[]): Promise<string[]> {
  const { exitCode, output } = await runNode([judge('redocly.mjs'), ...paths])
  return exitCode === 0 ? linesOf(output) : [output]
}

async function secretlint(paths: readonly string[]): Promise<string[]> {
  const program = judge('node_modules/secretlint/bin/secretlint.js')
  const settings = ['--secretlintrc', judge('secretlint.json'), '--no-glob', '--no-color']
  const { exitCode, output } = await runNode([program, ...settings, ...paths])
  return exitCode === 0 ? [] : linesOf(output)
}
