import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import {
  type ChildMessage,
  configurationInvalidExitCode,
  type ProcessUrls,
  type SupervisedProcess,
  type SupervisorMessage,
} from '@tessera/contracts/supervision'
import type { Clock } from '@tessera/lib/clock'
import type { Timers } from '@tessera/lib/timers'
import { lastLines } from '../data-directory/logs.ts'
import { RestartBudget } from './restart-budget.ts'

export interface ChildPlan {
  name: SupervisedProcess
  /** Arguments of node. */
  args: string[]
  environment: Record<string, string | undefined>
  logFile: string
}

export interface ChildHooks {
  clock: Clock
  timers: Timers
  /** A process was started or has ended: the list of pids changed. */
  onChange(): void
  /** Messages that a new process gets before anything else. */
  greeting(): SupervisorMessage[]
  /** Resolves when a restart makes sense: not while the database is away. */
  whenPossible(): Promise<void>
  /** It ended in good order although nobody here asked it to: somebody wants everything to stop. */
  onStopWish(text: string): void
  /** It dies again and again, after it was ready once; before that, `start` rejects. */
  onGivenUp(text: string): void
  onRestart(text: string): void
}

/** A process that cannot be brought to listen; the text holds the end of its log. */
export class ProcessFailed extends Error {
  override name = 'ProcessFailed'
}

type Urls = ProcessUrls[SupervisedProcess]
const startsBeforeReadyMax = 3

/** Keeps one process running until it is stopped. */
export class SupervisedChild {
  readonly name: SupervisedProcess
  readonly #plan: ChildPlan
  readonly #hooks: ChildHooks
  readonly #budget: RestartBudget
  readonly #firstReady = Promise.withResolvers<Urls>()
  readonly #listeners = new Set<(message: ChildMessage) => void>()
  #process: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #pendingRestart: { cancel(): void } | undefined
  #urls: Urls | undefined
  #starts = 0
  #everReady = false
  #stopping = false

  constructor(plan: ChildPlan, hooks: ChildHooks) {
    this.name = plan.name
    this.#plan = plan
    this.#hooks = hooks
    this.#budget = new RestartBudget(hooks.clock)
    // Whoever waits for it sees the rejection; where start-up fails elsewhere first, nobody does.
    this.#firstReady.promise.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get urls(): Urls | undefined {
    return this.#urls
  }

  get restarts(): number {
    return Math.max(0, this.#starts - 1)
  }

  /** Resolves with the addresses once it listens; rejects when it cannot be brought to. */
  start(): Promise<Urls> {
    this.#spawn()
    return this.#firstReady.promise
  }

  send(message: SupervisorMessage): boolean {
    if (this.#process?.connected !== true) return false
    return this.#process.send(message)
  }

  /** Sends a message and waits for its answer. Rejects after the limit, as when the process dies meanwhile. */
  ask<Type extends ChildMessage['type']>(
    message: SupervisorMessage,
    answer: Type,
    limitMs = 10_000,
  ): Promise<Extract<ChildMessage, { type: Type }>> {
    return new Promise((resolve, reject) => {
      const listener = (said: ChildMessage) => {
        if (said.type !== answer) return
        limit.cancel()
        this.#listeners.delete(listener)
        resolve(said as Extract<ChildMessage, { type: Type }>)
      }
      const limit = this.#hooks.timers.after(limitMs, () => {
        this.#listeners.delete(listener)
        reject(new Error(`The ${this.name} did not answer ${message.type} within ${limitMs} ms.`))
      })
      this.#listeners.add(listener)
      this.send(message)
    })
  }

  /** SIGTERM, and SIGKILL where that is not enough. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#pendingRestart?.cancel()
    if (this.#process === undefined) return
    this.#process.kill('SIGTERM')
    const limit = this.#hooks.timers.after(graceMs, () => this.kill())
    await this.#ended
    limit.cancel()
  }

  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  #spawn(): void {
    this.#starts++
    const log = openSync(this.#plan.logFile, 'a', 0o600)
    const child = spawn(process.execPath, this.#plan.args, {
      env: this.#plan.environment,
      stdio: ['ignore', log, log, 'ipc'],
      // A process group of its own: Ctrl-C is for the supervisor, which stops the processes in their order.
      detached: true,
    })
    closeSync(log)
    this.#process = child
    child.on('message', (message) => this.#receive(message as ChildMessage))
    const ended = Promise.withResolvers<void>()
    this.#ended = ended.promise
    const end = (text: string, wished: boolean, hopeless: boolean) => {
      this.#process = undefined
      this.#urls = undefined
      ended.resolve()
      this.#hooks.onChange()
      if (!this.#stopping) this.#afterDeath(text, wished, hopeless)
    }
    // Also raised by a message to a channel that just closed; the exit tells that better.
    child.on('error', (error) => {
      if (child.pid === undefined) end(error.message, false, true)
    })
    child.once('exit', (code, signal) => {
      const wished = code === 0 || signal === 'SIGTERM' || signal === 'SIGINT'
      end(signal ?? `exit code ${code}`, wished, code === configurationInvalidExitCode)
    })
    for (const message of this.#hooks.greeting()) this.send(message)
    this.#hooks.onChange()
  }

  #receive(message: ChildMessage): void {
    if (message.type === 'ready') {
      this.#everReady = true
      this.#urls = message.urls
      this.#firstReady.resolve(message.urls)
    }
    for (const listener of [...this.#listeners]) listener(message)
  }

  #afterDeath(text: string, wished: boolean, hopeless: boolean): void {
    if (wished) {
      this.#hooks.onStopWish(`the ${this.name} was stopped (${text})`)
      return
    }
    const budget = this.#budget.take()
    const early = !this.#everReady && this.#starts >= startsBeforeReadyMax
    if (hopeless || early || budget === 'exhausted') {
      this.#giveUp(text)
      return
    }
    this.#hooks.onRestart(`The ${this.name} ended (${text}); starting it again.`)
    this.#pendingRestart = this.#hooks.timers.after(budget.pauseMs, () => void this.#restart())
  }

  async #restart(): Promise<void> {
    await this.#hooks.whenPossible()
    if (!this.#stopping) this.#spawn()
  }

  #giveUp(text: string): void {
    const { logFile } = this.#plan
    const story = `The ${this.name} does not stay up (${text}). The end of ${logFile}:\n${lastLines(logFile)}`
    if (this.#everReady) this.#hooks.onGivenUp(story)
    else this.#firstReady.reject(new ProcessFailed(story))
  }
}
