import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Random } from '@tessera/lib/random'
import { SealBroken } from './aes-gcm.ts'
import { derivedKey } from './derivation.ts'
import { type Binding, open, seal, type VersionedKey } from './sealed-box.ts'

/**
 * Wraps the keys below it. Asynchronous, since a key management service does this over the network; such a service gets
 * the binding as its encryption context.
 */
export interface RootKey {
  wrap(binding: Binding, key: Uint8Array): Promise<Buffer>
  /** The key, in a buffer that the caller wipes. Throws SealBroken. */
  unwrap(binding: Binding, wrapped: Buffer): Promise<Buffer>
  /** The same key as it would be wrapped now; null where that is how it is wrapped. Throws SealBroken. */
  rewrap(binding: Binding, wrapped: Buffer): Promise<Buffer | null>
}

export class RootKeyInvalid extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(`TESSERA_ROOT_KEY: ${reason}`, options)
    this.name = 'RootKeyInvalid'
  }
}

const rootKeyBytes = 32
const localVersion = 1

/**
 * Provider from its setting: `file:/path` or `env:VARIABLE`, each holding 32 bytes in base64. While the root key is being changed
 * it holds several, one per line: the first one wraps, each of them opens. Throws RootKeyInvalid.
 */
export function openRootKey(setting: string, environment: Record<string, string | undefined>, random: Random): RootKey {
  const colon = setting.indexOf(':')
  const provider = setting.slice(0, colon)
  const place = setting.slice(colon + 1)
  if (provider === 'file') return localRootKey(decoded(readRootFile(place)), random)
  if (provider === 'env') {
    const text = environment[place]
    if (text === undefined || text === '') throw new RootKeyInvalid(`the variable ${place} is not set`)
    return localRootKey(decoded(Buffer.from(text, 'latin1')), random)
  }
  throw new RootKeyInvalid('must be file:/path or env:VARIABLE')
}

/** Takes the bytes over and wipes them. They are never a key themselves: what wraps is derived from them. */
export function localRootKey(secrets: readonly [Buffer, ...Buffer[]], random: Random): RootKey {
  const [newest, ...older] = secrets
  const wrapping = wrappingKey(newest)
  const keys = [wrapping, ...older.map(wrappingKey)]

  /** Which key wrapped it shows only in which one opens it. */
  function openWith(binding: Binding, wrapped: Buffer): { key: Buffer; by: VersionedKey } {
    let broken: unknown
    for (const by of keys) {
      try {
        return { key: open(by, binding, wrapped), by }
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
        broken = error
      }
    }
    throw broken
  }

  return {
    wrap: async (binding, key) => seal(wrapping, binding, key, random),
    unwrap: async (binding, wrapped) => openWith(binding, wrapped).key,
    async rewrap(binding, wrapped) {
      const { key, by } = openWith(binding, wrapped)
      try {
        return by === wrapping ? null : seal(wrapping, binding, key, random)
      } finally {
        key.fill(0)
      }
    },
  }
}

function wrappingKey(secret: Buffer): VersionedKey {
  const root = createSecretKey(secret)
  secret.fill(0)
  return { version: localVersion, key: derivedKey(root, 'tessera root wrap 1') }
}

function readRootFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RootKeyInvalid(`${path} cannot be read`, { cause })
  }
}

/** Wipes the text. */
function decoded(text: Buffer): [Buffer, ...Buffer[]] {
  const [first = '', ...others] = text.toString('latin1').trim().split(/\s+/)
  text.fill(0)
  return [secretOf(first), ...others.map(secretOf)]
}

/** Refuses a key that somebody typed instead of drew: far fewer than 32 different bytes. */
function secretOf(shape: string): Buffer {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(shape)) throw new RootKeyInvalid('must hold 32 bytes in base64')
  const secret = Buffer.from(shape, 'base64')
  if (secret.length !== rootKeyBytes) throw new RootKeyInvalid('must hold 32 bytes in base64')
  if (new Set(secret).size < 16) throw new RootKeyInvalid('is not random; make one with: openssl rand -base64 32')
  return secret
}
