import { createSecretKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  ConfigInvalid,
  type ConfigOf,
  choice,
  filePath,
  flag,
  integer,
  list,
  port,
  readConfig,
  text,
  url,
} from '@tessera/lib/config'

const manifestsDirectory = fileURLToPath(new URL('../../contracts/connectors/', import.meta.url))

/** Everything that the vault can be told, in one place; all problems are reported at once. */
export const vaultConfigSchema = {
  databaseUrl: url({
    variable: 'VAULT_DATABASE_URL',
    description: 'PostgreSQL of the vault; no other process may be able to read it',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
  }),
  host: text({ variable: 'TESSERA_VAULT_HOST', description: 'Address of the public listener', default: '127.0.0.1' }),
  port: port({ variable: 'TESSERA_VAULT_PORT', description: 'Port of the public listener', default: 8081 }),
  internalHost: text({
    variable: 'TESSERA_VAULT_INTERNAL_HOST',
    description: 'Address of the listener for the gateway, and of metrics',
    default: '127.0.0.1',
  }),
  internalPort: port({
    variable: 'TESSERA_VAULT_INTERNAL_PORT',
    description: 'Port of the listener for the gateway',
    default: 8082,
  }),
  tlsCertFile: filePath({
    variable: 'TESSERA_VAULT_TLS_CERT_FILE',
    description: 'Certificate chain (PEM) of the public listener; without it, TLS must pass through to here',
    mustExist: true,
    optional: true,
  }),
  tlsKeyFile: filePath({
    variable: 'TESSERA_VAULT_TLS_KEY_FILE',
    description: 'Private key (PEM) of the certificate',
    mustExist: true,
    optional: true,
  }),
  internalSecretFile: filePath({
    variable: 'TESSERA_INTERNAL_SECRET_FILE',
    description: 'Secret shared with the gateway: 32 bytes, hex or base64',
    mustExist: true,
  }),
  rootKey: text({
    variable: 'TESSERA_ROOT_KEY',
    description:
      'Where the root key is: file:/path or env:VARIABLE, holding 32 bytes in base64; an older one on a line below, while it is being changed',
    pattern: /^(file:.+|env:[A-Za-z_][A-Za-z0-9_]*)$/,
  }),
  sandboxUrl: url({
    variable: 'TESSERA_SANDBOX_URL',
    description: 'The simulated acquirer of test mode; a loopback address',
    optional: true,
  }),
  testCardsOnly: flag({
    variable: 'TESSERA_TEST_CARDS_ONLY',
    description: 'Whether test mode refuses numbers that are not on the test list',
    default: true,
  }),
  rateLimitPerSecond: integer({
    variable: 'TESSERA_VAULT_RATE_LIMIT_PER_SECOND',
    description: 'Token requests that one key may make per second, over time',
    default: 5_000,
    min: 1,
    max: 1_000_000,
  }),
  rateLimitBurst: integer({
    variable: 'TESSERA_VAULT_RATE_LIMIT_BURST',
    description: 'Token requests that one key may make at once after a pause',
    default: 10_000,
    min: 1,
    max: 1_000_000,
  }),
  cardTestingDefence: choice(['off', 'live', 'all'], {
    variable: 'TESSERA_CARD_TESTING_DEFENCE',
    description: 'In which modes tokens are defended against card testing; test mode can charge nothing',
    default: 'live',
  }),
  trustedProxies: list({
    variable: 'TESSERA_VAULT_TRUSTED_PROXIES',
    description: 'Address ranges of the proxies in front of the vault, whose X-Forwarded-For names the caller',
    item: /^[0-9A-Fa-f.:]+\/\d{1,3}$/,
    default: [],
  }),
  gatewayPublicUrl: url({
    variable: 'TESSERA_GATEWAY_PUBLIC_URL',
    description: 'How shops reach the gateway, for the links in error messages',
    default: 'http://127.0.0.1:8080',
  }),
  manifestsDirectory: filePath({
    variable: 'TESSERA_MANIFESTS_DIR',
    description: 'Connector manifests: what may be sent where',
    mustExist: true,
    default: manifestsDirectory,
  }),
  logLevel: choice(['debug', 'info', 'warn', 'error', 'silent'], {
    variable: 'TESSERA_LOG_LEVEL',
    description: 'How much is logged',
    default: 'info',
  }),
}

type Environment = Record<string, string | undefined>

export type VaultConfig = ConfigOf<typeof vaultConfigSchema> & {
  internalSecret: KeyObject
  tls: { cert: Buffer; key: Buffer } | null
}

/** Throws ConfigInvalid. The variable that TESSERA_ROOT_KEY may name counts as known. */
export function readVaultConfig(environment: Environment): VaultConfig {
  const config = readConfig({ schema: vaultConfigSchema, environment, knownElsewhere: rootVariableOf(environment) })
  return { ...config, internalSecret: readSecret(config.internalSecretFile), tls: readTls(config) }
}

/** What it takes to read the vault's database. The other settings may be there, as they are where a vault runs. Throws ConfigInvalid. */
export function readVaultStorage(environment: Environment): Pick<VaultConfig, 'databaseUrl' | 'rootKey'> {
  const { databaseUrl, rootKey } = vaultConfigSchema
  const others = Object.values(vaultConfigSchema).map(({ variable }) => variable)
  const knownElsewhere = [...others, ...rootVariableOf(environment)]
  return readConfig({ schema: { databaseUrl, rootKey }, environment, knownElsewhere })
}

function rootVariableOf({ TESSERA_ROOT_KEY = '' }: Environment): string[] {
  const name = /^env:(.+)$/.exec(TESSERA_ROOT_KEY)?.[1]
  return name === undefined ? [] : [name]
}

function readSecret(path: string): KeyObject {
  const shape = readFileSync(path, 'latin1').trim()
  const bytes = /^[0-9a-f]{64}$/i.test(shape) ? Buffer.from(shape, 'hex') : Buffer.from(shape, 'base64')
  if (bytes.length !== 32) {
    throw new ConfigInvalid(['TESSERA_INTERNAL_SECRET_FILE must hold 32 bytes in hex or base64'])
  }
  const secret = createSecretKey(bytes)
  bytes.fill(0)
  return secret
}

function readTls({ tlsCertFile, tlsKeyFile }: ConfigOf<typeof vaultConfigSchema>): VaultConfig['tls'] {
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return null
  if (tlsCertFile === undefined || tlsKeyFile === undefined) {
    throw new ConfigInvalid(['TESSERA_VAULT_TLS_CERT_FILE and TESSERA_VAULT_TLS_KEY_FILE belong together'])
  }
  return { cert: readFileSync(tlsCertFile), key: readFileSync(tlsKeyFile) }
}
