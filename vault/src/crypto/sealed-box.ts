import type { KeyObject } from 'node:crypto'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Random } from '@tessera/lib/random'
import { decrypt, encryptInto, nonceBytes, SealBroken, tagBytes } from './aes-gcm.ts'

/**
 * A sealed value: format version (1 byte), key version (4), nonce (12), ciphertext, tag (16). The associated data binds
 * it to its place, so that a value that is moved to another row, column, mode, merchant or key does not open.
 */
export interface Binding {
  /** Table, or table and column where a table holds two sealed values. */
  table: string
  mode: Mode | ''
  merchantId: string
  recordId: string
}

const formatVersion = 1
const headerBytes = 5
const overheadBytes = headerBytes + nonceBytes + tagBytes

/** Each part after its length: no two bindings give the same bytes. */
function associatedDataOf(binding: Binding, keyVersion: number): Buffer {
  const { table, mode, merchantId, recordId } = binding
  const parts = [table, mode, merchantId, recordId]
  const lengths = parts.map((part) => Buffer.byteLength(part))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 5))
  bytes.writeUInt8(formatVersion, 0)
  bytes.writeUInt32BE(keyVersion, 1)
  let offset = 5
  for (let index = 0; index < parts.length; index += 1) {
    const length = lengths[index] as number
    bytes.writeUInt32BE(length, offset)
    bytes.write(parts[index] as string, offset + 4, length, 'utf8')
    offset += 4 + length
  }
  return bytes
}

export interface VersionedKey {
  version: number
  key: KeyObject
}

export function seal(key: VersionedKey, binding: Binding, plaintext: Uint8Array, random: Random): Buffer {
  const sealed = Buffer.alloc(overheadBytes + plaintext.length)
  sealed.writeUInt8(formatVersion, 0)
  sealed.writeUInt32BE(key.version, 1)
  const nonce = random.bytes(nonceBytes)
  nonce.copy(sealed, headerBytes)
  const associatedData = associatedDataOf(binding, key.version)
  encryptInto(sealed, headerBytes + nonceBytes, key.key, nonce, associatedData, plaintext)
  return sealed
}

/** Which key opens it. Throws SealBroken when it is no sealed value of ours. */
export function keyVersionOf(sealed: Buffer): number {
  if (sealed.length < overheadBytes) throw new SealBroken('too short')
  if (sealed.readUInt8(0) !== formatVersion) throw new SealBroken('unknown format version')
  return sealed.readUInt32BE(1)
}

/** The plaintext, in a buffer that the caller wipes. Throws SealBroken. */
export function open(key: VersionedKey, binding: Binding, sealed: Buffer): Buffer {
  if (keyVersionOf(sealed) !== key.version) throw new SealBroken('sealed under another key')
  const nonce = sealed.subarray(headerBytes, headerBytes + nonceBytes)
  return decrypt(key.key, nonce, associatedDataOf(binding, key.version), sealed.subarray(headerBytes + nonceBytes))
}
