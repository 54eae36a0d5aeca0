import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { identityOf } from '../data-directory/process-identity.ts'
import { startThrowawayPostgres } from './throwaway.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let folder: string

// Among the temporary files of all, the next run may be any other that begins at this moment.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-throwaway-'))
  chmodSync(folder, 0o755)
  vi.stubEnv('TMPDIR', folder)
})

afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

test('a throw-away cluster whose test run was killed is ended and removed by the next run', async () => {
  const program = `
    const { startThrowawayPostgres } = await import('${new URL('./throwaway.ts', import.meta.url)}')
    const { pid, folder } = await startThrowawayPostgres()
    console.log(JSON.stringify({ pid, folder }))
    setInterval(() => {}, 1e6)`
  const run = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const abandoned = JSON.parse(await new Promise((resolve) => run.stdout.once('data', (data) => resolve(String(data)))))
  run.kill('SIGKILL')
  await new Promise((resolve) => run.once('exit', resolve))
  expect(identityOf(abandoned.pid)).toBeDefined()

  const next = await startThrowawayPostgres()
  expect(identityOf(abandoned.pid)).toBeUndefined()
  expect(existsSync(abandoned.folder)).toBe(false)
  await next.stop()
  expect(existsSync(next.folder)).toBe(false)
})
