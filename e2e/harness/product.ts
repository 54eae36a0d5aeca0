import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askSupervisor } from './control.ts'
import { copyPrepared } from './prepared-data.ts'
import { until } from './until.ts'

export interface Credentials {
  gatewayUrl: string
  vaultUrl: string
  metricsUrl: string
  publishableKey: string
  secretKey: string
  inflowPrivateKey: string
  inflowPublicKey: string
  returnSigningSecret: string
  merchantId: string
}

export type ProcessName = 'gateway' | 'vault' | 'worker' | 'sandbox' | 'postgres'

/** The whole product as a newcomer starts it, in a data directory of its own, on free ports. */
export interface Product {
  credentials: Credentials
  dataDirectory: string
  /** What the supervisor says of its processes: pids and addresses. */
  status(): Promise<ProductStatus>
  kill(name: ProcessName): Promise<void>
  advanceClock(ms: number): Promise<void>
  /** Starts it again in the same data directory, after `stop` or after the supervisor was killed. */
  restart(): Promise<void>
  supervisor(): ChildProcess
  output(): string
  stop(): Promise<number | null>
  /** Stops it and removes the data directory. */
  dispose(): Promise<void>
}

export interface ProductStatus {
  processes: Record<string, { pid: number | null; urls?: Record<string, string> | null }>
  postgres: { pid: number | null } | null
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const startWithinMs = 110_000
/** Acquirers settle days later: a test whose payments are to move on by themselves says so. */
const ordinaryAcquirer = { TESSERA_SANDBOX_SETTLE_AFTER_MS: String(24 * 3_600_000) }

export interface StartOptions {
  separateWorker?: boolean
  environment?: Record<string, string>
  /** Whether this is truly a newcomer's first start, and not one on a copy of what another first start made. */
  fromNothing?: boolean
  /** An empty folder; by default a new one. */
  dataDirectory?: string
}

export async function startProduct(options: StartOptions = {}): Promise<Product> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'tessera-e2e-'))
  if (!options.fromNothing) copyPrepared(dataDirectory)
  let child: ChildProcess
  let output = ''

  async function start(): Promise<Credentials> {
    const credentialsFile = join(dataDirectory, 'credentials.json')
    output = ''
    const startedAfter = Date.now()
    child = spawn(
      process.execPath,
      [
        join(root, 'cli/src/main.ts'),
        'start',
        '--port',
        '0',
        '--data-dir',
        dataDirectory,
        ...(options.separateWorker ? ['--separate-worker'] : []),
      ],
      {
        cwd: root,
        env: { ...cleanEnvironment(), ...endWithParent, ...ordinaryAcquirer, ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    }
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`the product ended at start:\n${output}`)
        return existsSync(credentialsFile) && statSync(credentialsFile).mtimeMs >= startedAfter - 50
      },
      { withinMs: startWithinMs, what: () => `the product to start:\n${output}` },
    )
    return JSON.parse(readFileSync(credentialsFile, 'utf8')) as Credentials
  }

  const stop = (): Promise<number | null> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
      child.once('exit', (code) => resolve(code))
      child.kill('SIGTERM')
    })

  const product: Product = {
    credentials: await start(),
    dataDirectory,
    status: async () => (await askSupervisor(dataDirectory, { command: 'status' })) as unknown as ProductStatus,
    async kill(name) {
      const { processes, postgres } = await product.status()
      const pid = name === 'postgres' ? postgres?.pid : processes[name]?.pid
      if (!pid) throw new Error(`${name} is not running`)
      process.kill(pid, 'SIGKILL')
    },
    async advanceClock(ms) {
      const answer = await askSupervisor(dataDirectory, { command: 'advance_clock', ms })
      if (answer.ok !== true) throw new Error(`the clock was not moved: ${JSON.stringify(answer)}`)
    },
    async restart() {
      product.credentials = await start()
    },
    supervisor: () => child,
    output: () => output,
    stop,
    async dispose() {
      await stop()
      rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
  return product
}

/** As under npm, the product stops when its parent is gone: a test run that is killed leaves nothing behind. */
const endWithParent = { npm_lifecycle_event: 'e2e' }

/** The test runner's own settings are not the product's. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !name.startsWith('TESSERA_') &&
        !name.startsWith('VITEST') &&
        !name.startsWith('npm_') &&
        name !== 'NODE_ENV' &&
        !name.endsWith('DATABASE_URL'),
    ),
  )
}
