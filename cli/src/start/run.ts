import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MerchantCredentials } from '@tessera/contracts/supervision'
import { takeLastCredentials, writeCredentials } from '../data-directory/credentials.ts'
import { endLeftoverProcesses } from '../data-directory/leftover-processes.ts'
import { lockDirectory } from '../data-directory/lock.ts'
import { openControlSocket } from '../supervisor/control-socket.ts'
import { listenForStops, Stopped, StopRequest } from '../supervisor/stop-request.ts'
import { choosePorts, loopbackUrl } from './addresses.ts'
import { alreadyRunningText } from './already-running.ts'
import type { StartContext } from './context.ts'
import { answerControl } from './control-answers.ts'
import { Deployment } from './deployment.ts'
import { refuseUnusedSettings } from './environment.ts'
import { OptionRefused, type StartOptions } from './options.ts'
import { welcomeText } from './welcome.ts'

/** `tessera start`: everything up, one text, everything down. Answers the exit code. */
export async function runStart(options: StartOptions, context: StartContext): Promise<number> {
  refuseUnusedSettings(context.outer)
  const directory = resolve(options.dataDirectory)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const request = new StopRequest()
  const lock = lockDirectory(directory)
  if (lock.outcome === 'held') throw new OptionRefused(await alreadyRunningText(directory, options, lock.by.pid))

  const deployment = new Deployment(directory, options, context, request)
  const deafen = listenForStops(request, {
    clock: context.clock,
    timers: context.timers,
    onImpatience: () => deployment.kill(),
    onPoll: () => deployment.cluster?.checkForStopWish(),
  })
  try {
    await bringUp(directory, options, context, deployment, request)
    return finish(await request.wait(), context)
  } catch (error) {
    if (error instanceof Stopped) return finish(error.reason, context)
    throw error
  } finally {
    await deployment.stop()
    deafen()
    lock.release()
  }
}

async function bringUp(
  directory: string,
  options: StartOptions,
  context: StartContext,
  deployment: Deployment,
  request: StopRequest,
): Promise<void> {
  await endLeftoverProcesses(directory, context.timers)
  const ports = await choosePorts(options, context.random)
  const last = takeLastCredentials(directory)
  await deployment.openDatabases()
  deployment.control = await openControlSocket(directory, (command) => answerControl(command, deployment, request))
  const settled = await deployment.startProcesses(ports)
  const merchant = await deployment.ensureMerchant(last)
  announce(directory, context, deployment, credentialsOf(merchant, settled))
}

function credentialsOf(merchant: MerchantCredentials, ports: { gateway: number; vault: number; metrics: number }) {
  return {
    ...merchant,
    gatewayUrl: loopbackUrl(ports.gateway),
    vaultUrl: loopbackUrl(ports.vault),
    metricsUrl: loopbackUrl(ports.metrics),
  }
}

function announce(
  directory: string,
  context: StartContext,
  deployment: Deployment,
  credentials: ReturnType<typeof credentialsOf>,
): void {
  writeCredentials(directory, credentials)
  context.say(
    welcomeText({
      credentials,
      directory,
      startedInMs: context.clock.monotonicMs() - context.beganMs,
      expiryYear: new Date(context.clock.now()).getUTCFullYear() + 4,
      remarks: deployment.remarks,
    }),
  )
}

function finish(reason: { kind: 'asked' | 'failed'; text: string }, context: StartContext): number {
  context.say(`Stopping: ${reason.text}`)
  return reason.kind === 'asked' ? 0 : 1
}
