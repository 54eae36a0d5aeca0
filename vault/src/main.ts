import { runSupervised } from '@tessera/contracts/supervised-process'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { startVault } from './compose.ts'
import { readVaultConfig } from './config.ts'
import { RootKeyInvalid } from './crypto/root-key.ts'
import { ManifestsInvalid } from './forward/manifests.ts'

/** Runs the vault until it is told to stop or its supervisor is gone; then ends the process. */
export function main(): Promise<void> {
  return runSupervised(process, {
    name: () => 'vault',
    readConfig: readVaultConfig,
    start: (given) => startVault({ ...given, environment: process.env, timers: realTimers, random: secureRandom }),
    isConfigurationFault: (error) => error instanceof RootKeyInvalid || error instanceof ManifestsInvalid,
    stopGraceMs: 10_000,
  })
}
