import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Timers } from '@tessera/lib/timers'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'
import { writeFileAtomically } from './write-file.ts'

const fileOf = (directory: string) => join(directory, 'processes.json')

/**
 * Writes down which processes run, so that the next start can find them if this one is killed. Where there is no room, that is
 * said and nothing else: by themselves, too, they leave when their supervisor is gone.
 */
export function recordProcesses(directory: string, pids: number[], say: (text: string) => void): void {
  const identities = pids.flatMap((pid) => identityOf(pid) ?? [])
  try {
    writeFileAtomically(fileOf(directory), `${JSON.stringify(identities)}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    say(`There is no room left in ${directory}.`)
  }
}

/**
 * Waits for the processes of a killed supervisor. They leave by themselves when its channel closes; one that hangs is
 * ended. The caller holds the lock of the directory.
 */
export async function endLeftoverProcesses(directory: string, timers: Timers): Promise<void> {
  const leftover = readRecorded(directory)
  if (await allGone(leftover, 10_000, timers)) return
  for (const identity of leftover.filter(isAlive)) process.kill(identity.pid, 'SIGKILL')
  await allGone(leftover, 5_000, timers)
}

async function allGone(identities: ProcessIdentity[], limitMs: number, timers: Timers): Promise<boolean> {
  const pauseMs = 25
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += pauseMs) {
    if (!identities.some(isAlive)) return true
    await timers.sleep(pauseMs)
  }
  return false
}

function readRecorded(directory: string): ProcessIdentity[] {
  try {
    return JSON.parse(readFileSync(fileOf(directory), 'utf8')) as ProcessIdentity[]
  } catch {
    return []
  }
}
