import { ManualClock } from '@tessera/lib/clock'
import { secureRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { SealBroken } from './aes-gcm.ts'
import { checkRootKey, type InstanceKeyRows, instanceKey, WrongRootKey } from './instance-keys.ts'
import { localRootKey, type RootKey } from './root-key.ts'

function world() {
  const keys = new Map<string, Buffer>()
  let check: Buffer | null = null
  const times: number[] = []
  const rows: InstanceKeyRows = {
    async insert(purpose, wrapped, createdAtMs) {
      times.push(createdAtMs)
      if (!keys.has(purpose)) keys.set(purpose, wrapped)
    },
    read: async (purpose) => keys.get(purpose) ?? null,
    async insertCheck(sealed, createdAtMs) {
      times.push(createdAtMs)
      check ??= sealed
    },
    readCheck: async () => check,
  }
  const rootKey = localRootKey([secureRandom.bytes(32)], secureRandom)
  return { rows, rootKey, keys, times, clock: new ManualClock(77), random: secureRandom }
}

test('the root key of the first start is the right one at every later start', async () => {
  const parts = world()
  await checkRootKey(parts)
  const sealed = await parts.rows.readCheck()
  await checkRootKey(parts)
  expect(await parts.rows.readCheck()).toBe(sealed)
  expect(parts.times).toEqual([77])
})

test('another root key is refused, and so is one that opens something else', async () => {
  const parts = world()
  await checkRootKey(parts)
  const other = localRootKey([secureRandom.bytes(32)], secureRandom)
  const refused = await checkRootKey({ ...parts, rootKey: other }).catch((error: Error) => error)
  expect(refused).toBeInstanceOf(WrongRootKey)
  expect(refused).toMatchObject({ name: 'WrongRootKey', message: 'this root key did not seal this database' })
  expect((refused as Error).cause).toBeInstanceOf(SealBroken)

  const lies = (answer: Buffer): RootKey => ({ ...parts.rootKey, unwrap: async () => answer })
  await expect(checkRootKey({ ...parts, rootKey: lies(Buffer.from('short')) })).rejects.toThrow(WrongRootKey)
  const same = Buffer.from('tessera vault root key check 2')
  await expect(checkRootKey({ ...parts, rootKey: lies(same) })).rejects.toThrow(WrongRootKey)
})

test('a key service that is away says so, and not that the key is wrong', async () => {
  const parts = world()
  await checkRootKey(parts)
  const rootKey: RootKey = { ...parts.rootKey, unwrap: () => Promise.reject(new Error('the key service is away')) }
  await expect(checkRootKey({ ...parts, rootKey })).rejects.toThrow('the key service is away')
})

test('nothing is written under a root key whose check was not kept', async () => {
  const parts = world()
  parts.rows.insertCheck = async () => {}
  await expect(checkRootKey(parts)).rejects.toThrow('the root key check was not stored')
})

test('an instance key is made once and is the same for all who ask; each purpose has its own', async () => {
  const parts = world()
  const [one, other] = [await instanceKey('audit', parts), await instanceKey('audit', parts)]
  expect(one.equals(other)).toBe(true)
  expect(one.symmetricKeySize).toBe(32)
  expect((await instanceKey('relay', parts)).equals(one)).toBe(false)
  expect(parts.times).toEqual([77, 77])
})

test('a wrapped instance key does not open for another purpose', async () => {
  const parts = world()
  await instanceKey('audit', parts)
  parts.keys.set('relay', parts.keys.get('audit') as Buffer)
  await expect(instanceKey('relay', parts)).rejects.toThrow(SealBroken)
})

test('an instance key that was not kept is not used', async () => {
  const parts = world()
  parts.rows.insert = async () => {}
  await expect(instanceKey('audit', parts)).rejects.toThrow('the audit key was not stored')
})
