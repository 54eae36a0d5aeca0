import { mkdirSync } from 'node:fs'
import type { MerchantCredentials, SupervisedProcess } from '@tessera/contracts/supervision'
import { recordProcesses } from '../data-directory/leftover-processes.ts'
import { openLogFile } from '../data-directory/logs.ts'
import { portIsFree } from '../ports/free-port.ts'
import type { DatabaseUrls } from '../postgres/databases.ts'
import type { KeptCluster } from '../postgres/kept-cluster.ts'
import type { ChildPlan } from '../supervisor/child.ts'
import type { ControlSocket } from '../supervisor/control-socket.ts'
import { ProcessGroup } from '../supervisor/process-group.ts'
import type { StopRequest } from '../supervisor/stop-request.ts'
import { choosePorts, loopbackUrl, type Ports } from './addresses.ts'
import type { StartContext } from './context.ts'
import { type PreparedDatabase, prepareDatabase } from './database.ts'
import { environmentsFor } from './environment.ts'
import { migrateDatabases } from './migrations.ts'
import type { StartOptions } from './options.ts'

/** Longer than a gateway waits for the last answer of an acquirer. */
const graceMs = 30_000
/**
 * Measured over 4000 payments: a gateway with this limit stays at 165 MB instead of 220 at the same cost, since V8 collects
 * earlier. Smaller young generations saved more memory and cost a tenth of the throughput.
 */
const heapFlags = ['--max-old-space-size=512']
const portRoundsMax = 3
const merchantRoundsMax = 3

/** All that one `tessera start` keeps running. */
export class Deployment {
  control: ControlSocket | undefined
  processes: ProcessGroup
  readonly #directory: string
  readonly #options: StartOptions
  readonly #context: StartContext
  readonly #request: StopRequest
  #database: PreparedDatabase | undefined
  #urls: DatabaseUrls | undefined
  #ports: Ports | undefined

  constructor(directory: string, options: StartOptions, context: StartContext, request: StopRequest) {
    this.#directory = directory
    this.#options = options
    this.#context = context
    this.#request = request
    this.processes = this.#newGroup()
  }

  get cluster(): KeptCluster | undefined {
    return this.#database?.cluster
  }

  get remarks(): string[] {
    return this.#database?.remarks ?? []
  }

  async openDatabases(): Promise<void> {
    const { signal } = this.#request
    this.#database = prepareDatabase(this.#directory, this.#context, this.#hooks())
    this.#urls = await this.#database.open(signal)
    signal.throwIfAborted()
    const { clock, timers } = this.#context
    await migrateDatabases(this.#urls, this.#context.migrations, { clock, timers, holder: `start-${process.pid}` })
    signal.throwIfAborted()
  }

  /** Answers the ports that all of them listen on: others than given where a free port was lost on the way. */
  async startProcesses(first: Ports): Promise<Ports> {
    let ports = first
    for (let round = 1; ; round++) {
      this.#ports = ports
      try {
        await this.#request.during(this.processes.start(this.#plans(ports)))
        return ports
      } catch (error) {
        this.#request.signal.throwIfAborted()
        await this.processes.stop(graceMs)
        if (round === portRoundsMax || (await allFree(ports))) throw error
        ports = await choosePorts(this.#options, this.#context.random)
        this.processes = this.#newGroup()
      }
    }
  }

  async ensureMerchant(existing: MerchantCredentials | null): Promise<MerchantCredentials> {
    for (let round = 1; ; round++) {
      const asked = this.processes.child('gateway').ask({ type: 'ensure_merchant', existing }, 'merchant')
      try {
        return (await this.#request.during(asked)).credentials
      } catch (error) {
        this.#request.signal.throwIfAborted()
        if (round === merchantRoundsMax) throw error
      }
    }
  }

  status(): Record<string, unknown> {
    return {
      supervisor: { pid: process.pid },
      postgres: this.cluster
        ? { pid: this.cluster.pid ?? null, port: this.cluster.port, restarts: this.cluster.restarts }
        : null,
      processes: this.processes.status(),
      clockOffsetMs: this.processes.offsetMs,
      gatewayUrl: this.#ports ? loopbackUrl(this.#ports.gateway) : null,
      vaultUrl: this.#ports ? loopbackUrl(this.#ports.vault) : null,
    }
  }

  async stop(): Promise<void> {
    this.control?.close()
    await this.processes.stop(graceMs)
    await this.cluster?.stop()
  }

  /** For an operator who asks a second time. PostgreSQL still ends in order: that takes moments. */
  kill(): void {
    this.processes.kill()
  }

  #plans(ports: Ports): ChildPlan[] {
    const { separateWorker } = this.#options
    const environments = environmentsFor({
      directory: this.#directory,
      ports,
      databases: this.#urls as DatabaseUrls,
      keys: (this.#database as PreparedDatabase).keys,
      separateWorker,
      outer: this.#context.outer,
    })
    mkdirSync(`${this.#directory}/sandbox`, { recursive: true, mode: 0o700 })
    const names: SupervisedProcess[] = ['sandbox', 'vault', 'gateway']
    if (separateWorker) names.push('worker')
    return names.map((name) => ({
      name,
      args: [...(name === 'sandbox' ? [] : heapFlags), this.#context.entry, name],
      environment: environments[name],
      logFile: openLogFile(this.#directory, name),
    }))
  }

  #newGroup(): ProcessGroup {
    return new ProcessGroup({ timers: this.#context.timers, ...this.#hooks() })
  }

  #hooks() {
    return {
      clock: this.#context.clock,
      onChange: () => recordProcesses(this.#directory, this.processes.pids, this.#context.say),
      whenPossible: async () => this.cluster?.whenRunning(),
      onStopWish: (text: string) => this.#request.ask('asked', text),
      onGivenUp: (text: string) => this.#request.ask('failed', text),
      onRestart: (text: string) => this.#context.say(text),
    }
  }
}

async function allFree(ports: Ports): Promise<boolean> {
  const free = await Promise.all(Object.values(ports).map((port) => portIsFree(port)))
  return free.every(Boolean)
}
