import { choice, durationMs, filePath, port, readConfig, text, url } from '@tessera/lib/config'

const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/

export const sandboxConfig = {
  host: text({
    variable: 'TESSERA_SANDBOX_HOST',
    description: 'address to listen on; loopback only, since whoever reaches the sandbox may script it',
    default: '127.0.0.1',
    pattern: loopback,
  }),
  port: port({ variable: 'TESSERA_SANDBOX_PORT', description: 'port to listen on; 0 takes a free one', default: 0 }),
  journal: filePath({
    variable: 'TESSERA_SANDBOX_JOURNAL',
    description: 'file in which the simulated acquirer keeps its ledger',
  }),
  publicUrl: url({
    variable: 'TESSERA_SANDBOX_PUBLIC_URL',
    description: 'address at which browsers reach the simulated issuer (`/acs/`); by default where the sandbox listens',
    optional: true,
  }),
  settleAfterMs: durationMs({
    variable: 'TESSERA_SANDBOX_SETTLE_AFTER_MS',
    description: 'how long after its capture a payment is settled',
    default: 3_000,
  }),
  payOutAfterMs: durationMs({
    variable: 'TESSERA_SANDBOX_PAY_OUT_AFTER_MS',
    description: 'how long after its settlement a payment is on the merchant’s balance',
    default: 3_000,
  }),
  disputeAfterMs: durationMs({
    variable: 'TESSERA_SANDBOX_DISPUTE_AFTER_MS',
    description: 'how long after its settlement a payment with a dispute card is disputed',
    default: 1_000,
  }),
  disputeLastsMs: durationMs({
    variable: 'TESSERA_SANDBOX_DISPUTE_LASTS_MS',
    description: 'how long a dispute stays open unless a script ends it',
    default: 30_000,
  }),
  logLevel: choice(['debug', 'info', 'warn', 'error', 'silent'], {
    variable: 'TESSERA_LOG_LEVEL',
    description: 'least severe level that is logged',
    default: 'info',
  }),
}

/** Throws ConfigInvalid. */
export function readSandboxConfig(environment: Record<string, string | undefined>) {
  return readConfig({ schema: sandboxConfig, environment })
}

export type SandboxConfig = ReturnType<typeof readSandboxConfig>
