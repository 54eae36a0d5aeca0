import { ManualClock } from '@tessera/lib/clock'
import { type Random, secureRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { SealBroken } from './aes-gcm.ts'
import { createEpochKeys, type EpochKeyRows, epochKeyLifetimeMs, epochMs } from './epoch-keys.ts'
import { localRootKey } from './root-key.ts'

type Row = Parameters<EpochKeyRows['insert']>[0]

function world() {
  let stored: Row[] = []
  let lists = 0
  const rows: EpochKeyRows = {
    async insert(row) {
      if (stored.some(({ purpose, version }) => purpose === row.purpose && version === row.version)) return false
      stored.push(row)
      return true
    },
    async list() {
      lists += 1
      return [...stored]
    },
    async deleteCreatedBefore(timeMs) {
      stored = stored.filter(({ createdAtMs }) => createdAtMs >= timeMs)
    },
  }
  const rootKey = localRootKey([secureRandom.bytes(32)], secureRandom)
  const clock = new ManualClock(1_000_000_000)
  const process = (random: Random = secureRandom) => createEpochKeys({ rows, rootKey, clock, random })
  return {
    rows,
    clock,
    process,
    stored: () => stored,
    lists: () => lists,
    forget: () => {
      stored = []
    },
  }
}

test('the lifetimes are those of the design: ten minutes to seal with, a hundred to open with', () => {
  expect([epochMs, epochKeyLifetimeMs]).toEqual([600_000, 6_000_000])
})

test('the first turn makes a key for each purpose, and another turn leaves them as they are', async () => {
  const { process, stored, clock } = world()
  const keys = process()
  await keys.turn()
  expect(stored().map(({ purpose }) => purpose)).toEqual(['number', 'cvc'])
  expect(stored().map(({ createdAtMs }) => createdAtMs)).toEqual([clock.now(), clock.now()])
  const [number, cvc] = [await keys.current('number'), await keys.current('cvc')]
  expect(number.key.equals(cvc.key)).toBe(false)
  expect(number.key.symmetricKeySize).toBe(32)
  clock.advance(epochMs - 1)
  await keys.turn()
  expect(await keys.current('number')).toBe(number)
  expect(stored()).toHaveLength(2)
})

test('after ten minutes the next turn makes new keys, and the old ones still open', async () => {
  const { process, clock, stored } = world()
  const keys = process()
  const old = await keys.current('number')
  clock.advance(epochMs)
  await keys.turn()
  const fresh = await keys.current('number')
  expect(fresh.version).not.toBe(old.version)
  expect(stored()).toHaveLength(4)
  expect(await keys.version('number', old.version)).toBe(old)
})

test('a turn that is late does not stop the sale for twice as long; then a key is made first', async () => {
  const { process, clock } = world()
  const keys = process()
  const old = await keys.current('number')
  clock.advance(2 * epochMs - 1)
  expect(await keys.current('number')).toBe(old)
  clock.advance(1)
  expect(await keys.current('number')).not.toBe(old)
})

test('keys end a hundred minutes after they were made, in the rows and in memory', async () => {
  const { process, clock, stored } = world()
  const keys = process()
  const { version } = await keys.current('number')
  clock.advance(epochKeyLifetimeMs - 1)
  await keys.turn()
  expect(await keys.version('number', version)).not.toBeNull()
  clock.advance(1)
  await keys.turn()
  // The row of that very moment is the last that may stay; memory is stricter.
  expect(stored().filter((row) => row.createdAtMs < clock.now() - epochKeyLifetimeMs)).toEqual([])
  clock.advance(1)
  await keys.turn()
  expect(stored().some((row) => row.version === version)).toBe(false)
  expect(await keys.version('number', version)).toBeNull()
})

test('another process opens what this one sealed, reads keys once, and knows what never was', async () => {
  const { process, lists } = world()
  const { version, key } = await process().current('cvc')
  const other = process()
  expect((await other.version('cvc', version))?.key.equals(key)).toBe(true)
  const before = lists()
  await other.version('cvc', version)
  expect(lists()).toBe(before)
  expect(await other.version('number', version)).toBeNull()
  expect(await other.version('cvc', 1)).toBeNull()
})

test('keys that the database forgot are made again by the next turn', async () => {
  const { process, forget, stored } = world()
  const keys = process()
  const old = await keys.current('number')
  forget()
  await keys.turn()
  expect(stored()).toHaveLength(2)
  expect((await keys.current('number')).version).not.toBe(old.version)
})

test('only the purpose whose key was forgotten gets a new one', async () => {
  const { process, stored, rows } = world()
  const keys = process()
  const [number, cvc] = [await keys.current('number'), await keys.current('cvc')]
  stored().splice(0, 1)
  await keys.turn()
  expect(await keys.current('cvc')).toBe(cvc)
  expect(await keys.current('number')).not.toBe(number)
  expect((await rows.list()).map(({ purpose }) => purpose).sort()).toEqual(['cvc', 'number'])
})

test('turns that are asked for at once are one turn, and the next one is another', async () => {
  const { process, stored, clock } = world()
  const keys = process()
  await Promise.all([keys.turn(), keys.turn(), keys.current('number')])
  expect(stored()).toHaveLength(2)
  clock.advance(epochMs)
  await Promise.all([keys.turn(), keys.turn()])
  expect(stored()).toHaveLength(4)
})

test('a version that is taken is drawn again, and stays positive in four bytes', async () => {
  const { process, stored } = world()
  const draws = [0xffffffff, 0xffffffff, 0xffffffff, 5]
  const scripted: Random = {
    bytes(length) {
      const bytes = secureRandom.bytes(length)
      if (length === 4) bytes.writeUInt32BE(draws.shift() ?? 9)
      return bytes
    },
    unit: () => 0.5,
  }
  await process(scripted).turn()
  await process(scripted).turn()
  const versions = stored().map(({ purpose, version }) => `${purpose} ${version}`)
  expect(versions).toContain('number 2147483647')
  expect(new Set(versions).size).toBe(versions.length)
  expect(versions.length).toBeGreaterThan(2)
})

test('a wrapped key that is moved to the other purpose or to another version does not open', async () => {
  const { process, stored, forget } = world()
  await process().turn()
  const [row] = stored() as [Row]
  forget()
  stored().push({ ...row, purpose: 'cvc' })
  await expect(process().version('cvc', row.version)).rejects.toThrow(SealBroken)
  forget()
  stored().push({ ...row, version: row.version ^ 1 })
  await expect(process().version('number', row.version ^ 1)).rejects.toThrow(SealBroken)
})

test('a turn that fails is not the last one', async () => {
  const { process, rows } = world()
  const keys = process()
  const { list } = rows
  rows.list = () => Promise.reject(new Error('the database is away'))
  await expect(keys.turn()).rejects.toThrow('the database is away')
  await expect(keys.current('number')).rejects.toThrow('the database is away')
  rows.list = list
  expect((await keys.current('number')).version).toBeGreaterThanOrEqual(0)
})
