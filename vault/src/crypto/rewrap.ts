import type { Mode } from '@tessera/contracts/vault-protocol'
import { SealBroken } from './aes-gcm.ts'
import { type EpochPurpose, epochKeyBinding } from './epoch-keys.ts'
import { type InstancePurpose, instanceKeyBinding, rootKeyCheckBinding } from './instance-keys.ts'
import { type MerchantPurpose, merchantKeyBinding } from './merchant-keys.ts'
import type { RootKey } from './root-key.ts'
import type { Binding } from './sealed-box.ts'

/** A row whose content the root key has wrapped. */
export type WrappedKey = { wrapped: Buffer } & (
  | { table: 'merchant_keys'; merchantId: string; mode: Mode; purpose: MerchantPurpose; version: number }
  | { table: 'epoch_keys'; purpose: EpochPurpose; version: number }
  | { table: 'instance_keys'; purpose: InstancePurpose }
  | { table: 'root_key_checks' }
)

export interface WrappedKeyRows<Row extends WrappedKey> {
  /** All of them, the check of the root key last. */
  pages(): AsyncIterable<Row[]>
  /** Puts the new bytes where the row is still as it was read; returns in how many that is so. */
  replace(rows: readonly Row[], rewrapped: readonly Buffer[]): Promise<number>
}

export interface Rewrapped {
  /** Wrapped by an older root key before. */
  rewrapped: number
  /** Wrapped by the newest one already. */
  upToDate: number
  /** Went or changed meanwhile: they are looked at again next time. */
  changed: number
}

export class KeyNotOpened extends Error {
  constructor({ table, mode, merchantId, recordId }: Binding, options: { cause: unknown }) {
    const place = [table, mode, merchantId, recordId].filter((part) => part !== '').join(' ')
    super(`none of the root keys opens ${place}: give the one that wrapped it as well`, options)
    this.name = 'KeyNotOpened'
  }
}

/**
 * Wraps anew, under the newest root key, whatever an older one has wrapped. Page by page, so that it can end at any moment and be
 * done again; the check of the root key is last, so that a vault with the newest one alone does not start before the end of it.
 * Throws KeyNotOpened.
 */
export async function rewrapKeys<Row extends WrappedKey>(
  rows: WrappedKeyRows<Row>,
  rootKey: RootKey,
): Promise<Rewrapped> {
  const done: Rewrapped = { rewrapped: 0, upToDate: 0, changed: 0 }
  for await (const page of rows.pages()) {
    const old: Row[] = []
    const fresh: Buffer[] = []
    for (const row of page) {
      const rewrapped = await rewrapOne(row, rootKey)
      if (rewrapped === null) continue
      old.push(row)
      fresh.push(rewrapped)
    }
    done.upToDate += page.length - old.length
    const replaced = old.length === 0 ? 0 : await rows.replace(old, fresh)
    done.rewrapped += replaced
    done.changed += old.length - replaced
  }
  return done
}

async function rewrapOne(row: WrappedKey, rootKey: RootKey): Promise<Buffer | null> {
  const binding = bindingOf(row)
  try {
    return await rootKey.rewrap(binding, row.wrapped)
  } catch (cause) {
    if (cause instanceof SealBroken) throw new KeyNotOpened(binding, { cause })
    throw cause
  }
}

function bindingOf(row: WrappedKey): Binding {
  switch (row.table) {
    case 'merchant_keys':
      return merchantKeyBinding(row.merchantId, row.mode, row.purpose, row.version)
    case 'epoch_keys':
      return epochKeyBinding(row.purpose, row.version)
    case 'instance_keys':
      return instanceKeyBinding(row.purpose)
    case 'root_key_checks':
      return rootKeyCheckBinding
  }
}
