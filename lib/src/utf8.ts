import { isAscii, isUtf8 } from 'node:buffer'

/** Undefined where the bytes are not UTF-8; nothing is replaced or stripped. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return buffer.toString('latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** Length in bytes of the longest valid beginning. */
export function validUtf8Length(bytes: Uint8Array): number {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    // A cut in the middle of a character is no fault of what stands before it.
    if ([0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, middle - cut)))) valid = middle
    else invalid = middle
  }
  while (!isUtf8(bytes.subarray(0, valid))) valid--
  return valid
}
