import { attachSupervisor, configurationInvalidExitCode, type SupervisorMessage } from '@tessera/contracts/supervision'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { ConfigInvalid } from '@tessera/lib/config'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { type Sandbox, startSandbox } from './compose.ts'
import { readSandboxConfig, type SandboxConfig } from './config.ts'

const stopGraceMs = 3_000

/** Runs the sandbox until it is told to stop or its supervisor is gone; then ends the process. */
export async function main(): Promise<void> {
  const clock = new OffsetClock(systemClock)
  const stopRequested = Promise.withResolvers<string>()
  const supervision = attachSupervisor(process, {
    onMessage: (message) => onMessage(message),
    onGone: () => stopRequested.resolve('supervisor gone'),
  })
  function onMessage(message: SupervisorMessage): void {
    if (message.type !== 'advance_clock') return
    clock.advance(message.offsetMs)
    supervision.tell({ type: 'clock_advanced', totalOffsetMs: clock.offsetMs })
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopRequested.resolve(signal))

  const config = configOrExit()
  const log = createLogger({ process: 'sandbox', clock, level: config.logLevel })
  let sandbox: Sandbox
  try {
    sandbox = await startSandbox({
      ...config,
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
  } catch (error) {
    log.error('the sandbox cannot start', { error })
    process.exit(1)
  }
  log.info('sandbox ready', { url: sandbox.url, pid: process.pid })
  supervision.tell({ type: 'ready', urls: { acquirer: sandbox.url } })

  const reason = await stopRequested.promise
  log.info('sandbox stopping', { reason })
  await sandbox.stop(stopGraceMs)
  process.exit(0)
}

function configOrExit(): SandboxConfig {
  try {
    return readSandboxConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(configurationInvalidExitCode)
  }
}
