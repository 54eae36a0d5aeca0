import { secureRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { SealBroken } from './aes-gcm.ts'
import { epochKeyBinding } from './epoch-keys.ts'
import { instanceKeyBinding, rootKeyCheckBinding } from './instance-keys.ts'
import { merchantKeyBinding } from './merchant-keys.ts'
import { KeyNotOpened, rewrapKeys, type WrappedKey, type WrappedKeyRows } from './rewrap.ts'
import { localRootKey } from './root-key.ts'

const [oldSecret, newSecret] = [secureRandom.bytes(32), secureRandom.bytes(32)]
const rootOf = (...secrets: [Buffer, ...Buffer[]]) => {
  const [first, ...others] = secrets.map((secret) => Buffer.from(secret)) as [Buffer, ...Buffer[]]
  return localRootKey([first, ...others], secureRandom)
}
const [oldRoot, newRoot, both] = [rootOf(oldSecret), rootOf(newSecret), rootOf(newSecret, oldSecret)]
const key = Buffer.alloc(32, 9)

const places = [
  {
    place: { table: 'merchant_keys', merchantId: 'mer_1', mode: 'live', purpose: 'fingerprint', version: 3 },
    binding: merchantKeyBinding('mer_1', 'live', 'fingerprint', 3),
  },
  { place: { table: 'epoch_keys', purpose: 'cvc', version: 77 }, binding: epochKeyBinding('cvc', 77) },
  { place: { table: 'instance_keys', purpose: 'relay' }, binding: instanceKeyBinding('relay') },
  { place: { table: 'root_key_checks' }, binding: rootKeyCheckBinding },
] as const

/** A page for each; `changes` sees the row between its page and its replacement. */
async function scripted(root = oldRoot, changes: (row: WrappedKey) => void = () => undefined) {
  const rows: WrappedKey[] = []
  for (const { place, binding } of places) rows.push({ ...place, wrapped: await root.wrap(binding, key) })
  const port: WrappedKeyRows<WrappedKey> = {
    async *pages() {
      for (const row of rows) yield [{ ...row }]
    },
    async replace(before, rewrapped) {
      for (const row of rows) if (row.table === before[0]?.table) changes(row)
      const same = rows.filter((row) => before.some(({ wrapped }) => wrapped.equals(row.wrapped)))
      for (const row of same) row.wrapped = rewrapped[0] as Buffer
      return same.length
    },
  }
  const openedBy = (root_: typeof oldRoot) =>
    Promise.all(
      rows.map(({ wrapped }, index) =>
        root_.unwrap(places[index]?.binding as (typeof places)[0]['binding'], wrapped).then(
          (opened) => opened.equals(key),
          () => false,
        ),
      ),
    )
  return { rows, port, openedBy }
}

describe('keys that are wrapped anew', () => {
  it('open under the newest root key alone, wherever they lie, and are left alone from then on', async () => {
    const { port, openedBy, rows } = await scripted()
    expect(await rewrapKeys(port, both)).toEqual({ rewrapped: 4, upToDate: 0, changed: 0 })
    expect(await openedBy(newRoot)).toEqual([true, true, true, true])
    const before = rows.map(({ wrapped }) => wrapped)
    expect(await rewrapKeys(port, both)).toEqual({ rewrapped: 0, upToDate: 4, changed: 0 })
    expect(rows.map(({ wrapped }) => wrapped)).toEqual(before)
    const replace = () => expect.fail('nothing was to be written')
    expect((await rewrapKeys({ ...port, replace }, both)).upToDate).toBe(4)
  })

  it('are gone on with after an interruption, and open under both root keys together in between', async () => {
    let replaced = 0
    const { port, openedBy } = await scripted(oldRoot, () => {
      replaced += 1
      if (replaced === 3) throw new Error('killed')
    })
    await expect(rewrapKeys(port, both)).rejects.toThrow('killed')
    expect(await openedBy(newRoot)).toEqual([true, true, false, false])
    expect(await openedBy(both)).toEqual([true, true, true, true])
    expect(await rewrapKeys(port, both)).toEqual({ rewrapped: 2, upToDate: 2, changed: 0 })
    expect(await openedBy(newRoot)).toEqual([true, true, true, true])
  })

  it('are not written over where another has changed them meanwhile', async () => {
    const { port, rows } = await scripted(oldRoot, (row) => {
      if (row.table === 'epoch_keys') row.wrapped = Buffer.from('of another')
    })
    expect(await rewrapKeys(port, both)).toEqual({ rewrapped: 3, upToDate: 0, changed: 1 })
    expect(rows[1]?.wrapped.toString()).toBe('of another')
  })

  it('stop where none of the root keys opens one, which is named', async () => {
    const refusalOf = async (changes?: (row: WrappedKey) => void) => {
      const { port, rows } = await scripted(oldRoot)
      for (const row of rows) changes?.(row)
      return rewrapKeys(port, changes === undefined ? newRoot : both).catch((error: unknown) => error)
    }
    const refused = await refusalOf()
    expect(refused).toBeInstanceOf(KeyNotOpened)
    expect(refused).toMatchObject({
      name: 'KeyNotOpened',
      message:
        'none of the root keys opens merchant_keys live mer_1 fingerprint.3: give the one that wrapped it as well',
      cause: expect.any(SealBroken),
    })
    const spoilt = await refusalOf((row) => {
      if (row.table === 'epoch_keys') row.wrapped = Buffer.alloc(60)
    })
    expect(spoilt).toMatchObject({
      message: 'none of the root keys opens epoch_keys cvc.77: give the one that wrapped it as well',
    })
  })

  it('stop with what another failure says', async () => {
    const { port } = await scripted()
    const away = { ...both, rewrap: () => Promise.reject(new Error('the key service is away')) }
    await expect(rewrapKeys(port, away)).rejects.toThrow('the key service is away')
  })
})
