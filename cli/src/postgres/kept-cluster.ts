import type { Clock } from '@tessera/lib/clock'
import { lastLines } from '../data-directory/logs.ts'
import { RestartBudget } from '../supervisor/restart-budget.ts'
import { type ClusterOptions, dataFolderOf, type RunningCluster, startCluster } from './cluster.ts'
import { recordedStatus } from './leftover.ts'

export interface KeptClusterHooks {
  clock: Clock
  onStopWish(text: string): void
  onGivenUp(text: string): void
  onRestart(text: string): void
}

/** For all starts after one death: the budget alone would let starts that each take long go on for ever. */
const restartWithinMs = 120_000

/** Keeps PostgreSQL running, on the same port, until it is stopped. */
export class KeptCluster {
  readonly #options: ClusterOptions
  readonly #hooks: KeptClusterHooks
  readonly #budget: RestartBudget
  readonly #quit = new AbortController()
  #restarting: Promise<void> = Promise.resolve()
  #running: RunningCluster | undefined
  #up = Promise.withResolvers<void>()
  #port = 0
  restarts = 0

  constructor(options: ClusterOptions, hooks: KeptClusterHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#budget = new RestartBudget(hooks.clock)
  }

  get pid(): number | undefined {
    return this.#running?.pid
  }

  get port(): number {
    return this.#port
  }

  async start(signal: AbortSignal): Promise<RunningCluster> {
    const cluster = await startCluster({ ...this.#options, signal })
    this.#port = cluster.port
    this.#watch(cluster)
    return cluster
  }

  async stop(): Promise<void> {
    this.#quit.abort()
    await this.#restarting
    await this.#running?.stop()
  }

  /** Resolves at once, or when a cluster that died runs again. */
  whenRunning(): Promise<void> {
    return this.#up.promise
  }

  /**
   * SIGTERM makes PostgreSQL wait for its clients, and ours never leave: whoever sent it wants an end that would not come.
   */
  checkForStopWish(): void {
    if (this.#running === undefined || this.#quit.signal.aborted) return
    if (recordedStatus(dataFolderOf(this.#options.place)) === 'stopping') {
      this.#hooks.onStopWish('PostgreSQL was stopped (SIGTERM)')
    }
  }

  #watch(cluster: RunningCluster): void {
    this.#running = cluster
    this.#up.resolve()
    void cluster.ended.then(({ code, signal }) => {
      this.#running = undefined
      this.#up = Promise.withResolvers()
      if (this.#quit.signal.aborted) return
      if (code === 0) this.#hooks.onStopWish('PostgreSQL was stopped')
      else this.#restarting = this.#restart(signal ?? `exit code ${code}`)
    })
  }

  /** A start that comes to nothing, as on a full disk, is tried again within the same budget. */
  async #restart(how: string): Promise<void> {
    const { logFile, timers } = this.#options
    const { signal } = this.#quit
    const { clock } = this.#hooks
    const giveUpAtMs = clock.monotonicMs() + restartWithinMs
    for (let last = `PostgreSQL ended (${how})`; !signal.aborted; ) {
      const budget = this.#budget.take()
      if (budget === 'exhausted' || clock.monotonicMs() >= giveUpAtMs) {
        this.#hooks.onGivenUp(`${last}, and does not stay up. The end of ${logFile}:\n${lastLines(logFile)}`)
        return
      }
      this.#hooks.onRestart(`${last}; starting it again.`)
      try {
        await timers.sleep(budget.pauseMs, signal)
        this.restarts++
        this.#watch(await startCluster({ ...this.#options, port: this.#port, signal }))
        return
      } catch (error) {
        last = `PostgreSQL could not be started (${(error as Error).message.split('\n', 1)[0]})`
      }
    }
  }
}
