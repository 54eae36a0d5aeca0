import type { Random } from '@tessera/lib/random'
import { pickFreePorts, portIsFree } from '../ports/free-port.ts'
import { OptionRefused, type StartOptions } from './options.ts'

/** Every port of a deployment, settled before the first process starts, so that each can be told of the others. */
export interface Ports {
  gateway: number
  vault: number
  metrics: number
  vaultInternal: number
  workerMetrics: number
  sandbox: number
}

export async function choosePorts(options: StartOptions, random: Random): Promise<Ports> {
  const wanted = { gateway: options.gatewayPort, vault: options.vaultPort, metrics: options.metricsPort }
  for (const [name, port] of Object.entries(wanted)) {
    if (port !== 0 && !(await portIsFree(port))) {
      const option = name === 'gateway' ? '--port' : `--${name}-port`
      throw new OptionRefused(
        `Port ${port} (${name}) is taken. Choose another, or 0 for any free one: npm start -- ${option} 0`,
      )
    }
  }
  const [gateway, vault, metrics, vaultInternal, workerMetrics, sandbox] = (await pickFreePorts(6, random)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    gateway: wanted.gateway || gateway,
    vault: wanted.vault || vault,
    metrics: wanted.metrics || metrics,
    vaultInternal,
    workerMetrics,
    sandbox,
  }
}

export const loopbackUrl = (port: number) => `http://127.0.0.1:${port}`
