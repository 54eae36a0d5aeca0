/**
 * `tessera start` with processes that only keep the supervisor's protocol: started as `fake-deployment.ts start [options]`
 * it runs the real supervisor and the real PostgreSQL; started by that supervisor with a name it is that process.
 * How a fake misbehaves stands in `fake.json` of the data directory.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { attachSupervisor, configurationInvalidExitCode } from '@tessera/contracts/supervision'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { OptionRefused, readStartOptions } from '../src/start/options.ts'
import { runStart } from '../src/start/run.ts'

interface Misbehaviour {
  process?: string
  kind?: 'dies_at_start' | 'configuration_invalid' | 'never_ready'
  liveKeys?: boolean
}

const [name = ''] = process.argv.slice(2)
if (name === 'start') await start()
else serve()

async function start(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { port: { type: 'string' }, 'data-dir': { type: 'string' }, 'separate-worker': { type: 'boolean' } },
  })
  const given = { port: values.port, dataDir: values['data-dir'], separateWorker: values['separate-worker'] }
  const noMigrations = join(given.dataDir ?? '', 'no-migrations')
  mkdirSync(noMigrations, { recursive: true })
  try {
    process.exitCode = await runStart(readStartOptions(given, [], process.env), {
      outer: process.env,
      entry: fileURLToPath(import.meta.url),
      migrations: { gateway: pathToFileURL(`${noMigrations}/`), vault: pathToFileURL(`${noMigrations}/`) },
      clock: systemClock,
      timers: realTimers,
      random: secureRandom,
      say: (text) => process.stdout.write(`${text}\n`),
      beganMs: systemClock.monotonicMs(),
    })
  } catch (error) {
    process.stderr.write(`${error instanceof OptionRefused ? error.message : (error as Error).stack}\n`)
    process.exitCode = 1
  }
}

function serve(): void {
  const wrong = misbehaviour()
  const is = (kind: Misbehaviour['kind']) => wrong.process === name && wrong.kind === kind
  if (is('dies_at_start')) throw new Error('this fake was told to die')
  if (is('configuration_invalid')) process.exit(configurationInvalidExitCode)

  const clock = new OffsetClock(systemClock)
  const server = createServer((_, response) => response.end(JSON.stringify({ name, now: clock.now() })))
  const stop = () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const supervision = attachSupervisor(process, {
    onGone: stop,
    onMessage(message) {
      if (message.type === 'advance_clock') {
        clock.advance(message.offsetMs)
        supervision.tell({ type: 'clock_advanced', totalOffsetMs: Math.round(clock.now() - systemClock.now()) })
      }
      if (message.type === 'has_live_keys')
        supervision.tell({ type: 'live_keys', exist: misbehaviour().liveKeys === true })
      if (message.type === 'ensure_merchant') {
        supervision.tell({ type: 'merchant', credentials: message.existing ?? newMerchant() })
      }
    },
  })
  server.listen(portOf(name), '127.0.0.1', () => {
    if (!is('never_ready')) supervision.tell({ type: 'ready', urls: {} })
  })
}

function portOf(process_: string): number {
  const variables: Record<string, string> = {
    gateway: 'TESSERA_GATEWAY_PORT',
    vault: 'TESSERA_VAULT_PORT',
    sandbox: 'TESSERA_SANDBOX_PORT',
    worker: 'TESSERA_METRICS_PORT',
  }
  return Number(process.env[variables[process_] ?? ''])
}

function newMerchant() {
  const fresh = () => secureRandom.bytes(6).toString('hex')
  return {
    merchantId: `m_${fresh()}`,
    publishableKey: `pk_test_${fresh()}`,
    secretKey: `tsk_test_${fresh()}`,
    inflowPrivateKey: fresh(),
    inflowPublicKey: fresh(),
    returnSigningSecret: fresh(),
  }
}

function misbehaviour(): Misbehaviour {
  const file = join(process.env.NODE_COMPILE_CACHE ?? '', '..', 'fake.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Misbehaviour) : {}
}
