import { createHash } from 'node:crypto'
import type { Ids } from '@tessera/lib/ids'

/** All drawn from `ids.random()`: 130 random bits, hashed into the shape that 3-D Secure wants. */
function drawn(ids: Ids): Buffer {
  return createHash('sha256').update(ids.random()).digest()
}

/** RFC 9562, version 4. */
export function newUuid(ids: Ids): string {
  const bytes = drawn(ids).subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export function newAuthenticationValue(ids: Ids): string {
  return drawn(ids).subarray(0, 20).toString('base64')
}

/** Six digits. */
export function newCode(ids: Ids): string {
  return String(drawn(ids).readUInt32BE(0) % 1_000_000).padStart(6, '0')
}
