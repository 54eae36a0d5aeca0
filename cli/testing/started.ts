import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realTimers } from '@tessera/lib/timers'
import type { Credentials } from '../src/data-directory/credentials.ts'
import { identityOf } from '../src/data-directory/process-identity.ts'
import { askSupervisor } from '../src/supervisor/control-socket.ts'

const script = fileURLToPath(new URL('./fake-deployment.ts', import.meta.url))

/** `fake-deployment.ts start`, seen from outside. */
export interface Started {
  pid: number
  directory: string
  /** What it has said so far, on both outputs. */
  said(): string
  exited: Promise<number | NodeJS.Signals>
  /** Resolves when `credentials.json` stands there; rejects when the start ends without. */
  ready(): Promise<Credentials>
  status(): Promise<StartedStatus>
  kill(signal: NodeJS.Signals): void
}

export interface StartedStatus {
  /** Absent where the databases are the operator's own. */
  postgres: { pid: number | null; restarts: number } | null
  processes: Record<string, { pid: number | null; restarts: number }>
}

export function newDataDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'tessera-start-'))
}

export function misbehave(directory: string, how: object): void {
  writeFileSync(join(directory, 'fake.json'), JSON.stringify(how))
}

const running = new Set<ChildProcess>()

export function start(directory: string, more: { options?: string[]; environment?: object } = {}): Started {
  const options = ['--port', '0', '--data-dir', directory, ...(more.options ?? [])]
  const child = spawn(process.execPath, [script, 'start', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plainEnvironment(), ...more.environment },
  })
  running.add(child)
  let text = ''
  child.stdout.on('data', (chunk) => (text += chunk))
  child.stderr.on('data', (chunk) => (text += chunk))
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  const file = join(directory, 'credentials.json')
  return {
    pid: child.pid as number,
    directory,
    said: () => text,
    exited,
    async ready() {
      await eventually(() => {
        if (child.exitCode !== null) throw new Error(`The start ended:\n${text}`)
        return text.includes('Tessera is ready') && existsSync(file)
      })
      return JSON.parse(readFileSync(file, 'utf8')) as Credentials
    },
    async status() {
      const { ok: _, ...status } = await askSupervisor(directory, { command: 'status' })
      return status as unknown as StartedStatus
    },
    kill: (signal) => child.kill(signal),
  }
}

/** A test run under npm would make the start believe that npm started it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|TESSERA_|NODE_COMPILE_CACHE|DATABASE_URL|VAULT_DATABASE_URL)/.test(name),
  )
  return Object.fromEntries(kept)
}

/** Ends what a test left running, also after a test that failed. */
export async function endAll(): Promise<void> {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await closed
    }
  }
  running.clear()
}

/** Waits until it holds. The limit only ends a test that would fail anyway. */
export async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 20) {
    if (await holds()) return
    await realTimers.sleep(20)
  }
  throw new Error('It did not come about.')
}

/** A process that only waits to be collected by its parent does not count. */
export function exists(pid: number): boolean {
  return identityOf(pid) !== undefined
}
