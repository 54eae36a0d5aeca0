import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Timers } from '@tessera/lib/timers'

/**
 * Ends a postmaster that outlived its supervisor (`kill -9`), so that the cluster can be started as a child again.
 * The caller holds the lock of the data directory: nobody else started one meanwhile.
 */
export async function endLeftover(dataFolder: string, timers: Timers): Promise<'none' | 'ended'> {
  const pid = recordedPid(dataFolder)
  let outcome: 'none' | 'ended' = 'none'
  if (pid !== undefined && isPostgresOf(pid, dataFolder)) {
    outcome = 'ended'
    signal(pid, 'SIGINT')
    const gone = await waitUntil(() => !isPostgresOf(pid, dataFolder), 10_000, timers)
    if (!gone) {
      signal(pid, 'SIGQUIT')
      await waitUntil(() => !isPostgresOf(pid, dataFolder), 10_000, timers)
    }
  }
  const alone = await waitUntil(() => processesIn(dataFolder).length === 0, 10_000, timers)
  if (!alone) throw new Error(`PostgreSQL processes still run on ${dataFolder}: ${processesIn(dataFolder).join(', ')}`)
  // Nobody runs on this folder; what the file names may by now be another process with a reused pid.
  rmSync(join(dataFolder, 'postmaster.pid'), { force: true })
  return outcome
}

export function recordedPid(dataFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0])
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}

/** The eighth line of `postmaster.pid`: `starting`, `ready`, `stopping`, … */
export function recordedStatus(dataFolder: string): string | undefined {
  try {
    return readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim()
  } catch {
    return undefined
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The pid alone proves nothing, since numbers are used again: the process must be PostgreSQL on this very folder. */
function isPostgresOf(pid: number, dataFolder: string): boolean {
  if (process.platform === 'linux') return worksIn(pid, realpathSync(dataFolder))
  try {
    const commandLine = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return commandLine.includes('postgres') && commandLine.includes(dataFolder)
  } catch {
    return false
  }
}

/** PostgreSQL's processes change into the data folder and stay there, whatever they call themselves. */
function worksIn(pid: number, folder: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === folder && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres')
    )
  } catch {
    return false
  }
}

/** Backends end by themselves soon after their postmaster was killed; a new one must not start before. Linux only. */
function processesIn(dataFolder: string): number[] {
  if (process.platform !== 'linux') return []
  const folder = realpathSync(dataFolder)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => worksIn(pid, folder))
}

async function waitUntil(holds: () => boolean, limitMs: number, timers: Timers): Promise<boolean> {
  const pauseMs = 20
  for (let waitedMs = 0; waitedMs <= limitMs; waitedMs += pauseMs) {
    if (holds()) return true
    await timers.sleep(pauseMs)
  }
  return false
}
