import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { type Deployment, repository } from './deployment.ts'

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
}

/** What the figures were measured on. */
export function describeMachine({ dataDirectory }: Deployment): Record<string, unknown> {
  const fileSystem = statfsSync(dataDirectory).type
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    dataOn: fileSystems[fileSystem] ?? `0x${fileSystem.toString(16)}`,
    commit: commit(),
  }
}

/** With `+changes` where the tree is not as it was committed. */
function commit(): string | null {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short=12', 'HEAD') + (changed ? '+changes' : '')
  } catch {
    return null
  }
}
