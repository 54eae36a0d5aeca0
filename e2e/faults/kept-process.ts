import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '../harness/until.ts'

const main = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const restartAfterMs = 100
const readyWithinMs = 60_000
const outputMax = 20_000

/** One process of the product on its own, `tessera gateway` or `tessera vault`, started again whenever it ends. */
export class KeptProcess {
  #child: ChildProcess | undefined
  #isReady = false
  #isEnding = false
  #offsetMs = 0
  #skewMs = 0
  #output = ''
  starts = 0
  readonly #name: string
  readonly #environment: Record<string, string>

  constructor(name: 'gateway' | 'vault', environment: Record<string, string>) {
    this.#name = name
    this.#environment = environment
  }

  get output(): string {
    return this.#output
  }

  async start(): Promise<void> {
    this.#spawn()
    await this.ready()
  }

  ready(): Promise<unknown> {
    return until(() => this.#isReady, {
      withinMs: readyWithinMs,
      everyMs: 10,
      what: () => `the ${this.#name} to listen:\n${this.#output}`,
    })
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    this.#isReady = false
    this.#child?.kill(signal)
  }

  /** With all the others, or `alone`: then it is ahead of them until it is started the next time. */
  advanceClock(offsetMs: number, alone = false): void {
    if (alone) this.#skewMs += offsetMs
    else this.#offsetMs += offsetMs
    this.#tell(offsetMs)
  }

  async end(): Promise<void> {
    this.#isEnding = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await ended
    clearTimeout(limit)
  }

  #tell(offsetMs: number): void {
    if (offsetMs !== 0 && this.#child?.connected) this.#child.send({ type: 'advance_clock', offsetMs })
  }

  #spawn(): void {
    this.starts += 1
    this.#skewMs = 0
    const child = spawn(process.execPath, [main, this.#name], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-outputMax)
      })
    }
    child.on('message', (message: { type: string }) => {
      if (message.type === 'ready') this.#isReady = true
    })
    child.once('exit', () => {
      if (this.#child !== child) return
      this.#isReady = false
      if (this.#isEnding) return
      void sleep(restartAfterMs).then(() => this.#isEnding || this.#spawn())
    })
    this.#tell(this.#offsetMs)
  }
}
