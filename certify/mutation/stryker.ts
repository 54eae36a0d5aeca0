import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgesFolder, repository } from '../repository.ts'
import type { MutationModule } from './modules.ts'

export interface Mutant {
  file: string
  line: number
  status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored'
  mutator: string
  replacement: string
}

interface Report {
  files: Record<
    string,
    {
      mutants: {
        status: Mutant['status']
        mutatorName: string
        replacement?: string
        location: { start: { line: number } }
      }[]
    }
  >
}

/** Makes mutants of a module and runs its tests against each. They live in a copy of the repository, which is removed. */
export async function mutantsOf(module: MutationModule, concurrency: number): Promise<Mutant[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-mutants-'))
  const [settings, report] = [join(folder, 'stryker.json'), join(folder, 'report.json')]
  writeFileSync(
    settings,
    JSON.stringify({
      plugins: [join(judgesFolder, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
      testRunner: 'vitest',
      vitest: { configFile: 'certify/mutation/vitest.config.ts', related: false },
      mutate: [...module.mutate, '!**/*.test.ts'],
      concurrency,
      reporters: ['json', 'progress-append-only'],
      jsonReporter: { fileName: report },
      tempDirName: join(folder, 'copy'),
      coverageAnalysis: 'perTest',
      ignorePatterns: ['.runtime', '.tessera', 'artifacts', 'docs', 'certify/judges'],
      timeoutMS: 5_000,
      logLevel: 'warn',
    }),
  )
  try {
    await runStryker(settings, { TESSERA_MUTATION_TESTS: JSON.stringify(testsOf(module)) })
    return mutantsIn(JSON.parse(readFileSync(report, 'utf8')) as Report)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A test with a database counts only where it is named as one, whatever the other patterns match. */
function testsOf({ tests, databaseTests }: MutationModule): string[] {
  const matching = (patterns: readonly string[]) => globSync([...patterns], { cwd: repository })
  return [...matching(tests).filter((path) => !path.endsWith('.db.test.ts')), ...matching(databaseTests)]
}

function runStryker(settings: string, environment: Record<string, string>): Promise<void> {
  const program = join(judgesFolder, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'run', settings], {
      cwd: repository,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`Stryker ended with ${code}`))))
  })
}

function mutantsIn({ files }: Report): Mutant[] {
  return Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants.map(({ status, mutatorName, replacement = '', location }) => ({
      file,
      line: location.start.line,
      status,
      mutator: mutatorName,
      replacement,
    })),
  )
}
