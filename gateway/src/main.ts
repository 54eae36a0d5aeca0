import { attachSupervisor, configurationInvalidExitCode, type SupervisorMessage } from '@tessera/contracts/supervision'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { ConfigInvalid } from '@tessera/lib/config'
import { createLogger } from '@tessera/lib/log'
import { type Gateway, startGateway } from './compose.ts'
import { type GatewayConfig, readGatewayConfig } from './config.ts'

/** Longer than the longest answer of an acquirer: a payment that was sent is waited for. */
const stopGraceMs = 25_000

/** Runs gateway, worker or both until told to stop, or until the supervisor is gone; then ends the process. */
export async function main(): Promise<void> {
  const clock = new OffsetClock(systemClock)
  const stopRequested = Promise.withResolvers<string>()
  const started = Promise.withResolvers<Gateway>()
  const supervision = attachSupervisor(process, {
    onMessage: (message) => void onMessage(message),
    onGone: () => stopRequested.resolve('supervisor gone'),
  })
  async function onMessage(message: SupervisorMessage): Promise<void> {
    if (message.type === 'advance_clock') {
      clock.advance(message.offsetMs)
      supervision.tell({ type: 'clock_advanced', totalOffsetMs: clock.offsetMs })
      return
    }
    const gateway = await started.promise
    if (message.type === 'has_live_keys') supervision.tell({ type: 'live_keys', exist: gateway.hasLiveKeys() })
    else supervision.tell({ type: 'merchant', credentials: await gateway.ensureMerchant(message.existing) })
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopRequested.resolve(signal))

  const config = configOrExit()
  const name = config.worker === 'only' ? 'worker' : 'gateway'
  const log = createLogger({ process: name, clock, level: config.logLevel })
  const gateway = await startGateway({ config, clock, log }).catch((error: unknown) => {
    log.error('the gateway cannot start', { error })
    process.exit(1)
  })
  started.resolve(gateway)
  log.info('gateway ready', { url: gateway.urls.gateway, pid: process.pid })
  supervision.tell({ type: 'ready', urls: gateway.urls })

  const reason = await stopRequested.promise
  log.info('gateway stopping', { reason })
  await gateway.stop(stopGraceMs)
  process.exit(0)
}

function configOrExit(): GatewayConfig {
  try {
    return readGatewayConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(configurationInvalidExitCode)
  }
}
