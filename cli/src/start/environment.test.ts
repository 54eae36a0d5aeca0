import { describe, expect, test } from 'vitest'
import { environmentsFor, refuseUnusedSettings } from './environment.ts'

const environments = environmentsFor({
  directory: '/data',
  ports: { gateway: 1, vault: 2, metrics: 3, vaultInternal: 4, workerMetrics: 5, sandbox: 6 },
  databases: { gateway: 'postgres://gateway-secret', vault: 'postgres://vault-secret' },
  keys: { root: '/data/keys/root.key', internal: '/data/keys/internal.key', sealing: '/data/keys/sealing.key' },
  separateWorker: false,
  outer: {
    PATH: '/bin',
    HOME: '/opt/operator',
    AWS_SECRET_ACCESS_KEY: 'not for them',
    PGPASSWORD: 'nor this',
    npm_config_x: '1',
  },
})

describe('the environment of a process', () => {
  test('never holds what opens the other side: the root key and the vault’s database are the vault’s alone', () => {
    const { vault, ...others } = environments
    for (const environment of Object.values(others)) {
      const text = JSON.stringify(environment)
      expect(text).not.toContain('root.key')
      expect(text).not.toContain('vault-secret')
    }
    expect(JSON.stringify(vault)).not.toContain('gateway-secret')
    expect(JSON.stringify(vault)).not.toContain('sealing.key')
    expect(JSON.stringify(environments.sandbox)).not.toMatch(/secret|keys/)
  })

  test('holds of the outer environment only what every process may know', () => {
    for (const environment of Object.values(environments)) {
      expect(environment).toMatchObject({ PATH: '/bin', HOME: '/opt/operator' })
      expect(JSON.stringify(environment)).not.toMatch(/not for them|nor this|npm_/)
    }
  })

  test('tells gateway and worker apart by their mode', () => {
    expect(environments.gateway.TESSERA_WORKER).toBe('inside')
    expect(environments.worker.TESSERA_WORKER).toBe('only')
  })
})

test('a setting that start would not use is refused instead of being ignored', () => {
  expect(() => refuseUnusedSettings({ TESSERA_LOG_LEVEL: 'debug', PATH: '/bin' })).not.toThrow()
  expect(() => refuseUnusedSettings({ TESSERA_GATEWAY_PORT: '1', TESSERA_TYPO: 'x' })).toThrow(
    /TESSERA_GATEWAY_PORT, TESSERA_TYPO/,
  )
})
