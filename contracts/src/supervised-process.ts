import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { ConfigInvalid } from '@tessera/lib/config'
import { createLogger, type Logger, type LogLevel } from '@tessera/lib/log'
import {
  attachSupervisor,
  type ChildMessage,
  configurationInvalidExitCode,
  type ProcessUrls,
  type SupervisedProcess,
  type SupervisorChannel,
  type SupervisorMessage,
} from './supervision.ts'

/** The part of Node's `process` that a supervised process meets its surroundings by. */
export interface Surroundings extends SupervisorChannel {
  readonly pid: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stderr: { write(text: string): unknown }
  once(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  exit(code: number): never
}

/** What runs once it is started, until it is told to stop. */
export interface RunningParts {
  /** The first one is logged. */
  urls: ProcessUrls[SupervisedProcess]
  stop(graceMs: number): Promise<void>
}

export interface SupervisedPlan<Config extends { logLevel: LogLevel }, Running extends RunningParts> {
  name(config: Config): SupervisedProcess
  /** Throws ConfigInvalid with every problem. */
  readConfig(environment: Surroundings['env']): Config
  start(given: { config: Config; clock: OffsetClock; log: Logger }): Promise<Running>
  /** Starting again would not help: an error of `start` that configuration alone can mend. */
  isConfigurationFault?(error: unknown): boolean
  /** The answer to a message that is this process's own; it is asked once the process runs. */
  answer?(message: OwnMessage, running: Running): ChildMessage | Promise<ChildMessage>
  stopGraceMs: number
}

/** What a supervisor sends to some of its processes only. */
export type OwnMessage = Exclude<SupervisorMessage, { type: 'advance_clock' }>

/**
 * Runs a process until it is told to stop or its supervisor is gone, then ends it: `runSupervised(process, { … })`. The rules
 * for a child in `supervision.ts` are kept here.
 */
export async function runSupervised<Config extends { logLevel: LogLevel }, Running extends RunningParts>(
  surroundings: Surroundings,
  plan: SupervisedPlan<Config, Running>,
): Promise<void> {
  const clock = new OffsetClock(systemClock)
  const stopRequested = Promise.withResolvers<string>()
  const started = Promise.withResolvers<{ running: Running; log: Logger }>()
  const supervision = attachSupervisor(surroundings, {
    onMessage: (message) => void onMessage(message),
    onGone: () => stopRequested.resolve('supervisor gone'),
  })
  async function onMessage(message: SupervisorMessage): Promise<void> {
    if (message.type === 'advance_clock') {
      clock.advance(message.offsetMs)
      supervision.tell({ type: 'clock_advanced', totalOffsetMs: clock.offsetMs })
      return
    }
    if (plan.answer === undefined) return
    const { running, log } = await started.promise
    try {
      supervision.tell(await plan.answer(message, running))
    } catch (error) {
      // As with any failure that nobody handles: the supervisor starts it again, and asks again.
      log.error('a message of the supervisor cannot be answered', { error })
      surroundings.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) surroundings.once(signal, () => stopRequested.resolve(signal))

  const config = configOrExit(surroundings, plan)
  const log = createLogger({ process: plan.name(config), clock, level: config.logLevel })
  const running = await plan.start({ config, clock, log }).catch((error: unknown) => {
    log.error('cannot start', { error })
    surroundings.exit(plan.isConfigurationFault?.(error) ? configurationInvalidExitCode : 1)
  })
  started.resolve({ running, log })
  log.info('ready', { url: Object.values(running.urls)[0], pid: surroundings.pid })
  supervision.tell({ type: 'ready', urls: running.urls })

  const reason = await stopRequested.promise
  log.info('stopping', { reason })
  await running.stop(plan.stopGraceMs)
  surroundings.exit(0)
}

function configOrExit<Config>(
  surroundings: Surroundings,
  plan: { readConfig(environment: Surroundings['env']): Config },
): Config {
  try {
    return plan.readConfig(surroundings.env)
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    surroundings.stderr.write(`${error.message}\n`)
    surroundings.exit(configurationInvalidExitCode)
  }
}
