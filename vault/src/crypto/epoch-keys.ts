import { createSecretKey } from 'node:crypto'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import type { RootKey } from './root-key.ts'
import type { Binding, VersionedKey } from './sealed-box.ts'

export type EpochPurpose = 'number' | 'cvc'

interface EpochKeyRow {
  purpose: EpochPurpose
  version: number
  wrapped: Buffer
  createdAtMs: number
}

export interface EpochKeyRows {
  /** False when the version is taken. */
  insert(row: EpochKeyRow): Promise<boolean>
  list(): Promise<EpochKeyRow[]>
  deleteCreatedBefore(timeMs: number): Promise<void>
}

export interface EpochKeys {
  /** The key to seal with. Makes one first when there is none that is fresh enough. */
  current(purpose: EpochPurpose): Promise<VersionedKey>
  /** The key to open with. Null when it is gone, and with it what it sealed. */
  version(purpose: EpochPurpose, version: number): Promise<VersionedKey | null>
  /** Makes the next keys when they are due, again when the database forgot them, and destroys the old ones. */
  turn(): Promise<void>
}

const purposes: readonly EpochPurpose[] = ['number', 'cvc']

/** A key seals for this long… */
export const epochMs = 10 * 60_000
/** …and what it sealed lives at most 30 minutes as a token and then 60 as a hold (DESIGN §4). */
export const epochKeyLifetimeMs = 100 * 60_000
/** A turn that is late does not stop the sale at once. */
const sealingGraceMs = 2 * epochMs

export function epochKeyBinding(purpose: EpochPurpose, version: number): Binding {
  return { table: 'epoch_keys', mode: '', merchantId: '', recordId: `${purpose}.${version}` }
}

interface HeldKey extends VersionedKey {
  createdAtMs: number
}

/**
 * Keys of the short-lived tables. Their rows lie in an UNLOGGED table, wrapped by the root key: a crash of the database
 * destroys them together with all that they sealed, and destroying a key takes its ciphertexts along wherever they lie.
 */
export function createEpochKeys(parts: {
  rows: EpochKeyRows
  rootKey: RootKey
  clock: Clock
  random: Random
}): EpochKeys {
  const { rows, rootKey, clock, random } = parts
  const held = { number: new Map<number, HeldKey>(), cvc: new Map<number, HeldKey>() }
  const sealing: Record<EpochPurpose, HeldKey | null> = { number: null, cvc: null }
  let making: Promise<void> | null = null

  async function make(purpose: EpochPurpose): Promise<void> {
    const version = random.bytes(4).readUInt32BE(0) >>> 1
    const bytes = random.bytes(32)
    const createdAtMs = clock.now()
    const wrapped = await rootKey.wrap(epochKeyBinding(purpose, version), bytes)
    const key = createSecretKey(bytes)
    bytes.fill(0)
    if (!(await rows.insert({ purpose, version, wrapped, createdAtMs }))) return make(purpose)
    const fresh = { version, key, createdAtMs }
    held[purpose].set(version, fresh)
    sealing[purpose] = fresh
  }

  function isOlderThan(key: HeldKey | null, ageMs: number): boolean {
    return key === null || clock.now() - key.createdAtMs >= ageMs
  }

  async function load(): Promise<EpochKeyRow[]> {
    const stored = await rows.list()
    for (const row of stored) {
      if (held[row.purpose].has(row.version)) continue
      const bytes = await rootKey.unwrap(epochKeyBinding(row.purpose, row.version), row.wrapped)
      held[row.purpose].set(row.version, {
        version: row.version,
        key: createSecretKey(bytes),
        createdAtMs: row.createdAtMs,
      })
      bytes.fill(0)
    }
    return stored
  }

  async function turnAll(): Promise<void> {
    const stored = await load()
    for (const purpose of purposes) {
      const current = sealing[purpose]
      const isStored = stored.some((row) => row.purpose === purpose && row.version === current?.version)
      if (!isStored || isOlderThan(current, epochMs)) await make(purpose)
    }
    const lastMs = clock.now() - epochKeyLifetimeMs
    await rows.deleteCreatedBefore(lastMs)
    for (const purpose of purposes) {
      for (const [version, key] of held[purpose]) if (key.createdAtMs <= lastMs) held[purpose].delete(version)
    }
  }

  function turn(): Promise<void> {
    making ??= turnAll().finally(() => {
      making = null
    })
    return making
  }

  return {
    turn,
    async current(purpose) {
      if (isOlderThan(sealing[purpose], sealingGraceMs)) await turn()
      const current = sealing[purpose]
      if (current === null) throw new Error(`there is no ${purpose} key to seal with`)
      return current
    },
    async version(purpose, version) {
      if (!held[purpose].has(version)) await load()
      return held[purpose].get(version) ?? null
    },
  }
}
