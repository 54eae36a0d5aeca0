import { ManualClock } from '@tessera/lib/clock'
import { secureRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { SealBroken } from './aes-gcm.ts'
import { createMerchantKeys, type MerchantKeyRows } from './merchant-keys.ts'
import { localRootKey } from './root-key.ts'

type Row = { version: number; wrapped: Buffer; createdAtMs: number }

/** Rows of all processes together, and any number of processes that share them. */
function world() {
  const stored = new Map<string, Row[]>()
  let lists = 0
  const rows: MerchantKeyRows = {
    async insert(merchantId, mode, purpose, row) {
      const name = [merchantId, mode, purpose].join('/')
      const known = stored.get(name) ?? []
      if (!known.some(({ version }) => version === row.version)) stored.set(name, [...known, row])
    },
    async list(merchantId, mode, purpose) {
      lists += 1
      return stored.get([merchantId, mode, purpose].join('/')) ?? []
    },
  }
  const rootKey = localRootKey([secureRandom.bytes(32)], secureRandom)
  const clock = new ManualClock(5_000)
  const process = () => createMerchantKeys({ rows, rootKey, clock, random: secureRandom })
  return { stored, rows, rootKey, process, lists: () => lists }
}

test('a merchant’s first key is made once, whichever process asks, and stays the same', async () => {
  const { process, stored } = world()
  const [one, other] = await Promise.all([1, 2].map(() => process().current('mer_1', 'test', 'card')))
  expect(one?.version).toBe(1)
  expect(one?.key.equals(other?.key as never)).toBe(true)
  expect(stored.get('mer_1/test/card')).toMatchObject([{ version: 1, createdAtMs: 5_000 }])
  expect(one?.key.symmetricKeySize).toBe(32)
})

test('merchants, modes and purposes have keys of their own', async () => {
  const keys = world().process()
  const all = await Promise.all([
    keys.current('mer_1', 'test', 'card'),
    keys.current('mer_2', 'test', 'card'),
    keys.current('mer_1', 'live', 'card'),
    keys.current('mer_1', 'test', 'fingerprint'),
  ])
  expect(new Set(all.map(({ key }) => key.export().toString('hex'))).size).toBe(4)
})

test('a wrapped key that is moved to another merchant, mode, purpose or version does not open', async () => {
  const { process, stored } = world()
  await process().current('mer_1', 'test', 'card')
  const [row] = stored.get('mer_1/test/card') as [Row]
  stored.set('mer_2/test/card', [row])
  stored.set('mer_1/live/card', [row])
  stored.set('mer_1/test/fingerprint', [row])
  stored.set('mer_3/test/card', [{ ...row, version: 2 }])
  const keys = process()
  await expect(keys.current('mer_2', 'test', 'card')).rejects.toThrow(SealBroken)
  await expect(keys.current('mer_1', 'live', 'card')).rejects.toThrow(SealBroken)
  await expect(keys.current('mer_1', 'test', 'fingerprint')).rejects.toThrow(SealBroken)
  await expect(keys.current('mer_3', 'test', 'card')).rejects.toThrow(SealBroken)
})

test('keys are read once and kept, until a version is asked for that is not among them', async () => {
  const { process, rows, rootKey, lists } = world()
  const keys = process()
  const first = await keys.current('mer_1', 'test', 'card')
  const before = lists()
  expect(await keys.version('mer_1', 'test', 'card', 1)).toBe(first)
  expect(await keys.current('mer_1', 'test', 'card')).toBe(first)
  expect(lists()).toBe(before)

  const place = { table: 'merchant_keys', mode: 'test', merchantId: 'mer_1', recordId: 'card.2' } as const
  const wrapped = await rootKey.wrap(place, Buffer.alloc(32, 7))
  await rows.insert('mer_1', 'test', 'card', { version: 2, wrapped, createdAtMs: 6_000 })
  expect(await keys.current('mer_1', 'test', 'card')).toBe(first)
  const second = await keys.version('mer_1', 'test', 'card', 2)
  expect(second.version).toBe(2)
  expect(second.key.export()).toEqual(Buffer.alloc(32, 7))
  expect(await keys.current('mer_1', 'test', 'card')).toBe(second)
  expect((await keys.version('mer_1', 'test', 'card', 1)).version).toBe(1)
})

test('a version that never was is refused', async () => {
  const keys = world().process()
  await keys.current('mer_1', 'test', 'card')
  const asked = keys.version('mer_1', 'test', 'card', 9)
  await expect(asked).rejects.toThrow(SealBroken)
  await expect(asked).rejects.toThrow('there is no card key of version 9')
})

test('a key that was not kept is not used', async () => {
  const { rootKey } = world()
  const rows: MerchantKeyRows = { insert: async () => {}, list: async () => [] }
  const clock = new ManualClock(0)
  const keys = createMerchantKeys({ rows, rootKey, clock, random: secureRandom })
  await expect(keys.current('mer_1', 'test', 'card')).rejects.toThrow('the card key was not stored')
})

test('what is kept in memory is bounded: after two thousand merchants the first are read again', async () => {
  const { process, lists } = world()
  const keys = process()
  for (let merchant = 0; merchant < 2_000; merchant += 1) await keys.current(`mer_${merchant}`, 'test', 'card')
  const before = lists()
  await keys.current('mer_0', 'test', 'card')
  expect(lists()).toBe(before)
  await keys.current('mer_2000', 'test', 'card')
  const after = lists()
  await keys.current('mer_0', 'test', 'card')
  expect(lists()).toBe(after + 1)
})
