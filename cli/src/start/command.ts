import { fileURLToPath } from 'node:url'
import { systemClock } from '@tessera/lib/clock'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { KeysMissing } from '../data-directory/keys.ts'
import { PostgresMissing } from '../postgres/binaries.ts'
import { PostgresFailed } from '../postgres/cluster.ts'
import { ProcessFailed } from '../supervisor/child.ts'
import { installedMigrations } from './migrations.ts'
import { type GivenStartOptions, OptionRefused, readStartOptions } from './options.ts'
import { runStart } from './run.ts'

/** Errors whose text tells the operator all there is to know. */
const plain = [OptionRefused, KeysMissing, PostgresMissing, PostgresFailed, ProcessFailed]

export async function startCommand(given: GivenStartOptions, rest: string[]): Promise<number> {
  const beganMs = systemClock.monotonicMs()
  // Where the reader of a pipe is gone there is nobody to tell, and nothing to end for it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    return await runStart(readStartOptions(given, rest, process.env), {
      outer: process.env,
      entry: fileURLToPath(new URL('../main.ts', import.meta.url)),
      migrations: installedMigrations(),
      clock: systemClock,
      timers: realTimers,
      random: secureRandom,
      say: (text) => process.stdout.write(`${text}\n`),
      beganMs,
    })
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n`)
    return 1
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  if ((code === 'EACCES' || code === 'EPERM') && path !== undefined) {
    return `${path} cannot be used (${code}): it belongs to another user. Start as that user, or with another data directory.`
  }
  return plain.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message)
}
