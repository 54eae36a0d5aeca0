import type { SupervisedProcess } from '@tessera/contracts/supervision'
import type { KeyFiles } from '../data-directory/keys.ts'
import type { DatabaseUrls } from '../postgres/databases.ts'
import { loopbackUrl, type Ports } from './addresses.ts'
import { OptionRefused } from './options.ts'

type Environment = Record<string, string | undefined>

/** What every process may know of the surroundings. All else stays here: no process sees another's secrets. */
const inherited = [
  ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_ENV'],
  ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
].flat()

/** Node's options could open a debugger or write memory to disk: never in the process that sees card numbers. */
const nodeOptions: Record<SupervisedProcess, string[]> = {
  gateway: ['NODE_OPTIONS', 'TESSERA_WEBHOOKS_ENABLED'],
  worker: ['NODE_OPTIONS', 'TESSERA_WEBHOOKS_ENABLED'],
  vault: [],
  sandbox: ['NODE_OPTIONS'],
}

/** Settings of the operator's that `start` hands on, besides TESSERA_LOG_LEVEL, which goes to all. */
const engineSettings = [
  'TESSERA_VAULT_CONNECTIONS',
  'TESSERA_MAX_IN_FLIGHT',
  'TESSERA_RATE_LIMIT_PER_SECOND',
  'TESSERA_WEBHOOK_ALLOW_CIDRS',
  'TESSERA_WEBHOOK_ALLOW_PORTS',
  'TESSERA_WEBHOOKS_ENABLED',
  'TESSERA_VIES_URL',
  'TESSERA_VIES_TIMEOUT',
  'TESSERA_SHOPPER_SESSION',
  'TESSERA_SMTP_URL',
  'TESSERA_MAIL_FROM',
]
const handedOn: Record<SupervisedProcess, string[]> = {
  gateway: engineSettings,
  worker: engineSettings,
  vault: [
    'TESSERA_TEST_CARDS_ONLY',
    'TESSERA_VAULT_RATE_LIMIT_PER_SECOND',
    'TESSERA_VAULT_RATE_LIMIT_BURST',
    'TESSERA_CARD_TESTING_DEFENCE',
    'TESSERA_VAULT_TRUSTED_PROXIES',
  ],
  sandbox: [
    'TESSERA_SANDBOX_SETTLE_AFTER_MS',
    'TESSERA_SANDBOX_PAY_OUT_AFTER_MS',
    'TESSERA_SANDBOX_DISPUTE_AFTER_MS',
    'TESSERA_SANDBOX_DISPUTE_LASTS_MS',
    'TESSERA_SANDBOX_PUBLIC_URL',
  ],
}

export interface EnvironmentOptions {
  directory: string
  ports: Ports
  databases: DatabaseUrls
  keys: KeyFiles
  separateWorker: boolean
  outer: Environment
}

/** The whole environment of each process. */
export function environmentsFor(o: EnvironmentOptions): Record<SupervisedProcess, Environment> {
  const { ports, keys, databases } = o
  const host = '127.0.0.1'
  const engine = {
    DATABASE_URL: databases.gateway,
    TESSERA_GATEWAY_HOST: host,
    TESSERA_GATEWAY_PORT: String(ports.gateway),
    TESSERA_PUBLIC_URL: loopbackUrl(ports.gateway),
    TESSERA_VAULT_URL: loopbackUrl(ports.vaultInternal),
    TESSERA_VAULT_PUBLIC_URL: loopbackUrl(ports.vault),
    TESSERA_DIRECTORY_SERVER_TEST_URL: `${loopbackUrl(ports.sandbox)}/ds`,
    TESSERA_INTERNAL_SECRET_FILE: keys.internal,
    TESSERA_SEALING_KEY_FILE: keys.sealing,
    TESSERA_MAIL_DIR: `${o.directory}/mail`,
  }
  const own: Record<SupervisedProcess, Environment> = {
    gateway: {
      ...engine,
      TESSERA_METRICS_PORT: String(ports.metrics),
      TESSERA_WORKER: o.separateWorker ? 'none' : 'inside',
    },
    worker: { ...engine, TESSERA_METRICS_PORT: String(ports.workerMetrics), TESSERA_WORKER: 'only' },
    vault: {
      VAULT_DATABASE_URL: databases.vault,
      TESSERA_VAULT_HOST: host,
      TESSERA_VAULT_PORT: String(ports.vault),
      TESSERA_VAULT_INTERNAL_PORT: String(ports.vaultInternal),
      TESSERA_INTERNAL_SECRET_FILE: keys.internal,
      TESSERA_ROOT_KEY: `file:${keys.root}`,
      TESSERA_SANDBOX_URL: loopbackUrl(ports.sandbox),
      TESSERA_GATEWAY_PUBLIC_URL: loopbackUrl(ports.gateway),
    },
    sandbox: {
      TESSERA_SANDBOX_PORT: String(ports.sandbox),
      TESSERA_SANDBOX_JOURNAL: `${o.directory}/sandbox/journal.jsonl`,
    },
  }
  const common = { ...pick(o.outer, inherited), NODE_COMPILE_CACHE: `${o.directory}/cache` }
  const whole = (name: SupervisedProcess) => ({
    ...common,
    ...pick(o.outer, ['TESSERA_LOG_LEVEL', ...nodeOptions[name], ...handedOn[name]]),
    ...own[name],
  })
  return { gateway: whole('gateway'), worker: whole('worker'), vault: whole('vault'), sandbox: whole('sandbox') }
}

/** A setting that would silently have no effect is refused, as each process does for itself. */
export function refuseUnusedSettings(outer: Environment): void {
  const used = new Set(['TESSERA_LOG_LEVEL', ...Object.values(handedOn).flat()])
  const unused = Object.keys(outer).filter((name) => name.startsWith('TESSERA_') && !used.has(name))
  if (unused.length === 0) return
  throw new OptionRefused(
    `start does not use ${unused.join(', ')}: it chooses addresses and keys itself. Unset them, or run the processes one by one ` +
      '(tessera gateway, tessera vault, …).',
  )
}

function pick(environment: Environment, names: string[]): Environment {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )
}
