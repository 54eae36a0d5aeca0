import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'

export type LockOutcome = { outcome: 'locked'; release(): void } | { outcome: 'held'; by: ProcessIdentity }

/** One supervisor per data directory. The lock of a killed one is taken over. */
export function lockDirectory(directory: string): LockOutcome {
  const file = join(directory, 'supervisor.lock')
  const own = identityOf(process.pid) as ProcessIdentity
  const content = JSON.stringify(own)
  const claim = `${file}.${own.pid}`
  writeFileSync(claim, content, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      // A link appears with its content, and only if nothing stands there.
      if (link(claim, file)) return { outcome: 'locked', release: () => release(file, content) }
      const holder = read(file)
      if (holder !== undefined && isAlive(holder)) return { outcome: 'held', by: holder }
      if (holder !== undefined) removeStale(file, holder)
    }
  } finally {
    rmSync(claim, { force: true })
  }
  throw new Error(`${file} cannot be locked`)
}

/** Another start may have taken the stale lock over a moment ago: what was moved away in error is put back. */
function removeStale(file: string, stale: ProcessIdentity): void {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const moved = read(aside)
  if (moved?.pid !== stale.pid || moved.startedAt !== stale.startedAt) link(aside, file)
  rmSync(aside, { force: true })
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function read(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

function release(file: string, content: string): void {
  try {
    if (readFileSync(file, 'utf8') === content) rmSync(file)
  } catch {
    // The directory was removed while we ran: nothing is left to release.
  }
}
