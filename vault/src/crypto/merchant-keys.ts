import { createSecretKey } from 'node:crypto'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import { SealBroken } from './aes-gcm.ts'
import type { RootKey } from './root-key.ts'
import type { Binding, VersionedKey } from './sealed-box.ts'

export type MerchantPurpose = 'card' | 'fingerprint'

export interface MerchantKeyRows {
  /** Keeps the row that is there already. */
  insert(
    merchantId: string,
    mode: Mode,
    purpose: MerchantPurpose,
    row: { version: number; wrapped: Buffer; createdAtMs: number },
  ): Promise<void>
  /** Oldest version first. */
  list(merchantId: string, mode: Mode, purpose: MerchantPurpose): Promise<{ version: number; wrapped: Buffer }[]>
}

export interface MerchantKeys {
  /** The newest version, made when there is none. */
  current(merchantId: string, mode: Mode, purpose: MerchantPurpose): Promise<VersionedKey>
  /** Throws SealBroken when there is no such version. */
  version(merchantId: string, mode: Mode, purpose: MerchantPurpose, version: number): Promise<VersionedKey>
}

const cachedMax = 2_000

export function merchantKeyBinding(merchantId: string, mode: Mode, purpose: MerchantPurpose, version: number): Binding {
  return { table: 'merchant_keys', mode, merchantId, recordId: `${purpose}.${version}` }
}

/** Middle level of the three: one key per merchant, mode and purpose, wrapped by the root key, cached unwrapped. */
export function createMerchantKeys(parts: {
  rows: MerchantKeyRows
  rootKey: RootKey
  clock: Clock
  random: Random
}): MerchantKeys {
  const { rows, rootKey, clock, random } = parts
  const cache = new Map<string, VersionedKey[]>()

  async function load(merchantId: string, mode: Mode, purpose: MerchantPurpose): Promise<VersionedKey[]> {
    const keys: VersionedKey[] = []
    for (const row of await rows.list(merchantId, mode, purpose)) {
      const bytes = await rootKey.unwrap(merchantKeyBinding(merchantId, mode, purpose, row.version), row.wrapped)
      keys.push({ version: row.version, key: createSecretKey(bytes) })
      bytes.fill(0)
    }
    return keys
  }

  async function makeFirst(merchantId: string, mode: Mode, purpose: MerchantPurpose): Promise<VersionedKey[]> {
    const fresh = random.bytes(32)
    const wrapped = await rootKey.wrap(merchantKeyBinding(merchantId, mode, purpose, 1), fresh)
    fresh.fill(0)
    await rows.insert(merchantId, mode, purpose, { version: 1, wrapped, createdAtMs: clock.now() })
    // Read back even by the process that wrote it: another one may have been first.
    return load(merchantId, mode, purpose)
  }

  async function keysOf(merchantId: string, mode: Mode, purpose: MerchantPurpose): Promise<VersionedKey[]> {
    const name = `${mode}.${purpose}.${merchantId}`
    const cached = cache.get(name)
    if (cached !== undefined) return cached
    let keys = await load(merchantId, mode, purpose)
    if (keys.length === 0) keys = await makeFirst(merchantId, mode, purpose)
    if (cache.size >= cachedMax) cache.clear()
    cache.set(name, keys)
    return keys
  }

  return {
    async current(merchantId, mode, purpose) {
      const newest = (await keysOf(merchantId, mode, purpose)).at(-1)
      if (newest === undefined) throw new Error(`the ${purpose} key was not stored`)
      return newest
    },
    async version(merchantId, mode, purpose, version) {
      const known = (await keysOf(merchantId, mode, purpose)).find((key) => key.version === version)
      if (known !== undefined) return known
      cache.delete(`${mode}.${purpose}.${merchantId}`)
      const added = (await keysOf(merchantId, mode, purpose)).find((key) => key.version === version)
      if (added === undefined) throw new SealBroken(`there is no ${purpose} key of version ${version}`)
      return added
    },
  }
}
