import { runSupervised } from '@tessera/contracts/supervised-process'
import { startGateway } from './compose.ts'
import { readGatewayConfig } from './config.ts'

/** Longer than the longest answer of an acquirer: a payment that was sent is waited for. */
const stopGraceMs = 25_000

/** Runs gateway, worker or both until told to stop, or until the supervisor is gone; then ends the process. */
export function main(): Promise<void> {
  return runSupervised(process, {
    name: (config) => (config.worker === 'only' ? 'worker' : 'gateway'),
    readConfig: readGatewayConfig,
    start: startGateway,
    async answer(message, gateway) {
      if (message.type === 'has_live_keys') return { type: 'live_keys', exist: gateway.hasLiveKeys() }
      return { type: 'merchant', credentials: await gateway.ensureMerchant(message.existing) }
    },
    stopGraceMs,
  })
}
