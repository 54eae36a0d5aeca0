import { attachSupervisor, configurationInvalidExitCode, type SupervisorMessage } from '@tessera/contracts/supervision'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { ConfigInvalid } from '@tessera/lib/config'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { startVault, type Vault } from './compose.ts'
import { readVaultConfig, type VaultConfig } from './config.ts'
import { RootKeyInvalid } from './crypto/root-key.ts'
import { ManifestsInvalid } from './forward/manifests.ts'

const stopGraceMs = 10_000

/** Runs the vault until it is told to stop or its supervisor is gone; then ends the process. */
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
  const log = createLogger({ process: 'vault', clock, level: config.logLevel })
  let vault: Vault
  try {
    const parts = { config, environment: process.env, clock, timers: realTimers, random: secureRandom, log }
    vault = await startVault(parts)
  } catch (error) {
    log.error('the vault cannot start', { error })
    process.exit(
      error instanceof RootKeyInvalid || error instanceof ManifestsInvalid ? configurationInvalidExitCode : 1,
    )
  }
  log.info('vault ready', { url: vault.urls.public, pid: process.pid })
  supervision.tell({ type: 'ready', urls: vault.urls })

  const reason = await stopRequested.promise
  log.info('vault stopping', { reason })
  await vault.stop(stopGraceMs)
  process.exit(0)
}

function configOrExit(): VaultConfig {
  try {
    return readVaultConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(configurationInvalidExitCode)
  }
}
