export interface StartOptions {
  /** 0: any free port. */
  gatewayPort: number
  vaultPort: number
  metricsPort: number
  dataDirectory: string
  separateWorker: boolean
}

/** As commander hands them over. */
export interface GivenStartOptions {
  port?: string
  vaultPort?: string
  metricsPort?: string
  dataDir?: string
  separateWorker?: boolean
}

export class OptionRefused extends Error {
  override name = 'OptionRefused'
}

const defaults = { gateway: 8080, vault: 8081, metrics: 9090 }
const npmTakes = ['port', 'vault_port', 'metrics_port', 'data_dir', 'separate_worker']

export function readStartOptions(
  given: GivenStartOptions,
  rest: string[],
  environment: Record<string, string | undefined>,
): StartOptions {
  refuseWhatNpmSwallowed(rest, environment)
  const gatewayPort = readPort('--port', given.port, defaults.gateway)
  // Whoever asks for any free port does not want to collide on the others.
  const otherwise = (port: number) => (gatewayPort === 0 ? 0 : port)
  return {
    gatewayPort,
    vaultPort: readPort('--vault-port', given.vaultPort, otherwise(defaults.vault)),
    metricsPort: readPort('--metrics-port', given.metricsPort, otherwise(defaults.metrics)),
    dataDirectory: given.dataDir ?? '.tessera',
    separateWorker: given.separateWorker ?? false,
  }
}

/** `npm start --port 0` gives npm the option and leaves us a bare `0`. */
function refuseWhatNpmSwallowed(rest: string[], environment: Record<string, string | undefined>): void {
  const swallowed =
    environment.npm_lifecycle_event === undefined
      ? []
      : npmTakes.filter((name) => environment[`npm_config_${name}`] !== undefined)
  if (rest.length === 0 && swallowed.length === 0) return
  if (environment.npm_lifecycle_event === undefined)
    throw new OptionRefused(`start takes no argument: ${rest.join(' ')}`)
  throw new OptionRefused('npm keeps options for itself unless they come after two dashes: npm start -- --port 0')
}

function readPort(option: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  if (!(port <= 65_535))
    throw new OptionRefused(`${option} must be a port from 0 to 65535 (0: any free one), not ${given}`)
  return port
}
