import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import { SealBroken } from './aes-gcm.ts'
import type { RootKey } from './root-key.ts'
import type { Binding } from './sealed-box.ts'

export type InstancePurpose = 'audit' | 'relay' | 'challenge'

export interface InstanceKeyRows {
  /** Keeps the row that is there already. */
  insert(purpose: InstancePurpose, wrapped: Buffer, createdAtMs: number): Promise<void>
  read(purpose: InstancePurpose): Promise<Buffer | null>
  insertCheck(sealed: Buffer, createdAtMs: number): Promise<void>
  readCheck(): Promise<Buffer | null>
}

interface Parts {
  rows: InstanceKeyRows
  rootKey: RootKey
  clock: Clock
  random: Random
}

export class WrongRootKey extends Error {
  constructor(options?: { cause?: unknown }) {
    super('this root key did not seal this database', options)
    this.name = 'WrongRootKey'
  }
}

const knownAnswer = Buffer.from('tessera vault root key check 1')
const instanceWide = { mode: '', merchantId: '' } as const
export const rootKeyCheckBinding: Binding = { ...instanceWide, table: 'root_key_checks', recordId: 'root' }
export const instanceKeyBinding = (purpose: InstancePurpose): Binding => ({
  ...instanceWide,
  table: 'instance_keys',
  recordId: purpose,
})

/**
 * A constant sealed at the first start must open at each later one: nothing is ever written under a key that could not
 * be read back. Throws WrongRootKey.
 */
export async function checkRootKey({ rows, rootKey, clock }: Parts): Promise<void> {
  if ((await rows.readCheck()) === null) {
    await rows.insertCheck(await rootKey.wrap(rootKeyCheckBinding, knownAnswer), clock.now())
  }
  const sealed = await rows.readCheck()
  if (sealed === null) throw new Error('the root key check was not stored')
  try {
    const opened = await rootKey.unwrap(rootKeyCheckBinding, sealed)
    if (opened.length === knownAnswer.length && timingSafeEqual(opened, knownAnswer)) return
  } catch (cause) {
    if (cause instanceof SealBroken) throw new WrongRootKey({ cause })
    throw cause
  }
  throw new WrongRootKey()
}

/** The key of an instance-wide purpose, made when it is first asked for. */
export async function instanceKey(purpose: InstancePurpose, parts: Parts): Promise<KeyObject> {
  const { rows, rootKey, clock, random } = parts
  const binding = instanceKeyBinding(purpose)
  if ((await rows.read(purpose)) === null) {
    const fresh = random.bytes(32)
    await rows.insert(purpose, await rootKey.wrap(binding, fresh), clock.now())
    fresh.fill(0)
  }
  const wrapped = await rows.read(purpose)
  if (wrapped === null) throw new Error(`the ${purpose} key was not stored`)
  const bytes = await rootKey.unwrap(binding, wrapped)
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return key
}
