import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Names the prepared data directory to the test files, which run in processes of their own. */
export const preparedVariable = 'TESSERA_E2E_PREPARED'
/** Compiled code, the same for all; Node shares it between processes. */
const shared = 'cache'

/** Lays the prepared data directory there, if there is one. The cluster's files belong to another user: `cp` keeps that. */
export function copyPrepared(directory: string): void {
  const prepared = process.env[preparedVariable]
  if (prepared === undefined) return
  const names = readdirSync(prepared).filter((name) => name !== shared && name !== 'logs')
  execFileSync('cp', ['-a', ...names.map((name) => join(prepared, name)), directory])
  if (existsSync(join(prepared, shared))) symlinkSync(join(prepared, shared), join(directory, shared))
}
