import { choice, filePath, port, readConfig, text } from '@tessera/lib/config'

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
