import {
  type ConfigOf,
  choice,
  durationMs,
  filePath,
  flag,
  integer,
  list,
  port,
  readConfig,
  text,
  url,
} from '@tessera/lib/config'

/** Everything that the gateway and its worker can be told, in one place; all problems are reported at once. */
export const gatewayConfigSchema = {
  databaseUrl: url({
    variable: 'DATABASE_URL',
    description: 'PostgreSQL of the gateway; its role must not be able to read the vault’s database',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
  }),
  host: text({ variable: 'TESSERA_GATEWAY_HOST', description: 'Address to listen on', default: '127.0.0.1' }),
  port: port({ variable: 'TESSERA_GATEWAY_PORT', description: 'Port of the API', default: 8080 }),
  metricsHost: text({ variable: 'TESSERA_METRICS_HOST', description: 'Address of the metrics', default: '127.0.0.1' }),
  metricsPort: port({ variable: 'TESSERA_METRICS_PORT', description: 'Port of the metrics', default: 9090 }),
  publicUrl: url({
    variable: 'TESSERA_PUBLIC_URL',
    description: 'How shops and shoppers reach the gateway',
    default: 'http://127.0.0.1:8080',
  }),
  vaultUrl: url({
    variable: 'TESSERA_VAULT_URL',
    description: 'The vault’s internal listener',
    default: 'http://127.0.0.1:8082',
  }),
  vaultPublicUrl: url({
    variable: 'TESSERA_VAULT_PUBLIC_URL',
    description: 'How browsers reach the vault',
    default: 'http://127.0.0.1:8081',
  }),
  relayUrl: url({
    variable: 'TESSERA_RELAY_URL',
    description:
      'How the vault reaches this gateway, to pass on payments whose card it took; by default where it listens',
    optional: true,
  }),
  vaultConnections: integer({
    variable: 'TESSERA_VAULT_CONNECTIONS',
    description: 'Connections to the vault; each carries one payment at a time',
    default: 256,
    min: 2,
    max: 4096,
  }),
  internalSecretFile: filePath({
    variable: 'TESSERA_INTERNAL_SECRET_FILE',
    description: 'Secret shared with the vault: 32 bytes, hex or base64',
    mustExist: true,
  }),
  sealingKeyFile: filePath({
    variable: 'TESSERA_SEALING_KEY_FILE',
    description: 'Key that seals webhook and return-signing secrets: 32 bytes, hex or base64',
    mustExist: true,
  }),
  worker: choice(['inside', 'none', 'only'], {
    variable: 'TESSERA_WORKER',
    description: 'Whether this process does the background work beside the API, not at all, or nothing else',
    default: 'inside',
  }),
  maxInFlight: integer({
    variable: 'TESSERA_MAX_IN_FLIGHT',
    description: 'Requests answered at once; more are told to come back',
    default: 1024,
    min: 1,
    max: 100_000,
  }),
  rateLimitPerSecond: integer({
    variable: 'TESSERA_RATE_LIMIT_PER_SECOND',
    description: 'Requests per second and key; twice as many in a burst',
    default: 5_000,
    min: 1,
    max: 1_000_000,
  }),
  webhookAllowCidrs: list({
    variable: 'TESSERA_WEBHOOK_ALLOW_CIDRS',
    description: 'Address ranges of internal webhook receivers, e.g. 10.1.0.0/16',
    item: /^[0-9A-Fa-f.:]+\/\d{1,3}$/,
    default: [],
  }),
  webhookAllowPorts: list({
    variable: 'TESSERA_WEBHOOK_ALLOW_PORTS',
    description: 'Ports of webhook receivers besides 443 and 8443',
    item: /^\d{1,5}$/,
    default: [],
  }),
  webhooksEnabled: flag({
    variable: 'TESSERA_WEBHOOKS_ENABLED',
    description: 'Whether the worker delivers webhooks; off during an incident, they wait',
    default: true,
  }),
  viesUrl: url({
    variable: 'TESSERA_VIES_URL',
    description:
      'The EU’s register of tax ids, https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number; unset, check digits are all that is looked at',
    optional: true,
  }),
  viesTimeoutMs: durationMs({
    variable: 'TESSERA_VIES_TIMEOUT',
    description: 'How long a payment waits for that register',
    default: 5_000,
    min: 100,
    max: 30_000,
  }),
  trustedProxies: list({
    variable: 'TESSERA_TRUSTED_PROXIES',
    description:
      'Address ranges of the proxies in front of the gateway, whose X-Forwarded-For tells issuers the shopper’s address',
    item: /^[0-9A-Fa-f.:]+\/\d{1,3}$/,
    default: [],
  }),
  directoryServerTestUrl: url({
    variable: 'TESSERA_DIRECTORY_SERVER_TEST_URL',
    description:
      'Directory server of 3-D Secure in test mode, such as the sandbox’s /ds; unset, nobody is authenticated',
    optional: true,
  }),
  directoryServerLiveUrl: url({
    variable: 'TESSERA_DIRECTORY_SERVER_LIVE_URL',
    description: 'The same in live mode; what the vault may send there is in its manifests',
    optional: true,
  }),
  threeDSecureResultsUrl: url({
    variable: 'TESSERA_THREE_D_SECURE_RESULTS_URL',
    description: 'How directory servers reach this gateway with results; by default as shoppers do',
    optional: true,
  }),
  shopperSessionMs: durationMs({
    variable: 'TESSERA_SHOPPER_SESSION',
    description: 'How long a shopper may take to come to authenticate',
    default: 15 * 60_000,
    min: 60_000,
    max: 50 * 60_000,
  }),
  smtpUrl: url({
    variable: 'TESSERA_SMTP_URL',
    description: 'Mail server for receipts, such as smtp://user:password@mail.example:587',
    protocols: ['smtp:', 'smtps:'],
    secret: true,
    optional: true,
  }),
  mailFrom: text({
    variable: 'TESSERA_MAIL_FROM',
    description: 'Sender of receipts',
    pattern: /^[^\r\n]{3,200}$/,
    default: 'receipts@localhost',
  }),
  mailDirectory: filePath({
    variable: 'TESSERA_MAIL_DIR',
    description:
      'Where receipts are left as readable files while there is no mail server; without either, none are sent',
    optional: true,
  }),
  logLevel: choice(['debug', 'info', 'warn', 'error', 'silent'], {
    variable: 'TESSERA_LOG_LEVEL',
    description: 'Least level that is logged',
    default: 'info',
  }),
} as const

export type GatewayConfig = ConfigOf<typeof gatewayConfigSchema>

/** Throws ConfigInvalid with every problem, unknown `TESSERA_…` variables among them. */
export function readGatewayConfig(environment: Record<string, string | undefined>): GatewayConfig {
  return readConfig({ schema: gatewayConfigSchema, environment })
}
