import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../', import.meta.url))

export interface Credentials {
  gatewayUrl: string
  vaultUrl: string
  publishableKey: string
  secretKey: string
  inflowPrivateKey: string
  merchantId: string
}

/** What the supervisor tells of its processes. */
export interface Status {
  supervisor: { pid: number }
  postgres: { pid: number }
  processes: Record<'gateway' | 'vault' | 'sandbox', { pid: number; urls: Record<string, string> }>
}

/** The product as `npm start` runs it, in a fresh data directory. */
export interface Deployment {
  dataDirectory: string
  credentials: Credentials
  status: Status
  /** The npm process: everything else that runs is below it. */
  pid: number
  stop(): Promise<void>
}

const startWithinMs = 60_000
/** As acquirers commonly do. The sandbox's few seconds are for people who try things out: they would put settlement into every round. */
const settleAfter = '1d'
const stopWithinMs = 40_000

/** `nodeOptions` reach every process of it but the vault, npm included. */
export async function startDeployment({
  nodeOptions,
  deliver,
}: {
  nodeOptions: string | undefined
  deliver: boolean
}): Promise<Deployment> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tessera-bench-'))
  const child = spawn('npm', ['start', '--silent', '--', '--port', '0', '--data-dir', dataDirectory], {
    cwd: repository,
    env: {
      ...ownEnvironment(),
      TESSERA_WEBHOOKS_ENABLED: String(deliver),
      TESSERA_SANDBOX_SETTLE_AFTER_MS: settleAfter,
      ...(nodeOptions && { NODE_OPTIONS: nodeOptions }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for this program, which stops the product in order.
    detached: true,
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => output.push(text.toString()))
  async function stop(): Promise<void> {
    await stopProcess(child, dataDirectory)
    rmSync(dataDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  try {
    const credentials = await credentialsOnceReady(child, dataDirectory, output)
    const status = (await askSupervisor(dataDirectory, 'status')) as Status
    return { dataDirectory, credentials, status, pid: child.pid as number, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The settings of whoever runs the benchmark must not reach the product: it is measured as it comes. */
function ownEnvironment(): Record<string, string | undefined> {
  const foreign = /^(TESSERA_|npm_|NODE_OPTIONS$|NODE_ENV$|.*DATABASE_URL$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

async function credentialsOnceReady(child: ChildProcess, directory: string, output: string[]): Promise<Credentials> {
  const path = join(directory, 'credentials.json')
  const deadlineMs = performance.now() + startWithinMs
  while (!existsSync(path)) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (ended || performance.now() > deadlineMs) throw new Error(`the product did not start:\n${output.join('')}`)
    await sleep(20)
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Credentials
}

async function stopProcess(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await askSupervisor(directory, 'stop').catch(() => child.kill('SIGTERM'))
  const limit = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(limit)
}

/** Speaks to the supervisor over its control socket. */
function askSupervisor(directory: string, command: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const pointer = JSON.parse(readFileSync(join(directory, 'control.json'), 'utf8')) as { socket: string }
    const socket = connect(pointer.socket, () => socket.write(`${JSON.stringify({ command })}\n`))
    socket.once('error', reject)
    createInterface({ input: socket }).once('line', (line) => {
      socket.destroy()
      resolve(JSON.parse(line))
    })
  })
}
