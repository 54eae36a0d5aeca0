import { type RunningParts, runSupervised } from '@tessera/contracts/supervised-process'
import type { Clock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { startSandbox } from './compose.ts'
import { readSandboxConfig, type SandboxConfig } from './config.ts'

/** Runs the sandbox until it is told to stop or its supervisor is gone; then ends the process. */
export function main(): Promise<void> {
  return runSupervised(process, {
    name: () => 'sandbox',
    readConfig: readSandboxConfig,
    start,
    stopGraceMs: 3_000,
  })
}

async function start(given: { config: SandboxConfig; clock: Clock; log: Logger }): Promise<RunningParts> {
  const { config, clock, log } = given
  const sandbox = await startSandbox({
    ...config,
    delays: config,
    publicUrl: config.publicUrl?.replace(/\/+$/, '') ?? null,
    clock,
    timers: realTimers,
    random: secureRandom,
    ids: createIds(clock, secureRandom),
    log,
    onJournalFailure(cause) {
      log.error('the journal cannot be written', { file: config.journal, error: cause })
      process.exit(1)
    },
  })
  return { urls: { acquirer: sandbox.url }, stop: sandbox.stop }
}
