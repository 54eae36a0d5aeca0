import { hash, type KeyObject } from 'node:crypto'
import { systemClock } from '@tessera/lib/clock'
import { secureRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { createEpochKeys } from './epoch-keys.ts'
import { checkRootKey, type InstanceKeyRows, instanceKey } from './instance-keys.ts'
import { createMerchantKeys } from './merchant-keys.ts'
import { localRootKey } from './root-key.ts'

/**
 * What the first release has wrapped. A change after which one of these does not open loses every saved card of everybody who
 * upgrades: such a change needs a format version of its own.
 */
const wrapped = {
  rootKeyCheck: 'AQAAAAGop4cRrhALsgGaSQJmMXfYcripwAHlZ9JtUGRNu1DJOiAUZBp6qeRJh/j6NTODHQh4BfPfaqLvjEov',
  auditKey: 'AQAAAAGrE+pp+Wm8zUoxU7SEcfg8vlySTA9Mi59hIJ08GCi31yaUUmv8/fdBFR8h9EQ0PhOSLFq7MVZPoYcEUoE=',
  merchantKey: 'AQAAAAGtZB8mUDUaUsa+QOaqWgx/oUO2ICrfVMJxksPS7d+nzMns222zjThiv1+L28GNww1U4CNe++kWvcppREU=',
  epochKey: 'AQAAAAEo/KRMdbfHk+UpkWJhLroqOhen+Os2VjUvmIw+Hib5PcPeRO5c5gAcLkYYHQR4JykGTqFttlR+bSZfItc=',
}
const bytesOf = (place: keyof typeof wrapped) => Buffer.from(wrapped[place], 'base64')
const isKeyOf = (key: KeyObject | undefined, byte: number) => key?.export().equals(Buffer.alloc(32, byte))

const rootKey = localRootKey([hash('sha256', 'a root key of an earlier release', 'buffer')], secureRandom)
const parts = { rootKey, clock: systemClock, random: secureRandom }
const unused = () => Promise.reject(new Error('nothing is to be written'))

test('a database of the first release is known by its root key, and its own keys open', async () => {
  const rows: InstanceKeyRows = {
    insert: unused,
    insertCheck: unused,
    read: async () => bytesOf('auditKey'),
    readCheck: async () => bytesOf('rootKeyCheck'),
  }
  await checkRootKey({ ...parts, rows })
  expect(isKeyOf(await instanceKey('audit', { ...parts, rows }), 1)).toBe(true)
})

test('a merchant’s key of the first release opens', async () => {
  const rows = { insert: unused, list: async () => [{ version: 1, wrapped: bytesOf('merchantKey') }] }
  const { key } = await createMerchantKeys({ ...parts, rows }).version('mer_1', 'live', 'card', 1)
  expect(isKeyOf(key, 2)).toBe(true)
})

test('a short-lived key of the first release opens', async () => {
  const row = { purpose: 'number', version: 5, wrapped: bytesOf('epochKey'), createdAtMs: systemClock.now() } as const
  const rows = { insert: unused, list: async () => [row], deleteCreatedBefore: unused }
  expect(isKeyOf((await createEpochKeys({ ...parts, rows }).version('number', 5))?.key, 3)).toBe(true)
})
