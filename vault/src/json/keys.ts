import { decodeString } from './strings.ts'

/** A key inside its quotes. */
export interface KeyRange {
  keyStart: number
  keyEnd: number
  isEscaped: boolean
}

function sameBytes(left: Buffer, leftStart: number, right: Buffer, rightStart: number, length: number): boolean {
  for (let index = 0; index < length; index += 1) {
    if (left[leftStart + index] !== right[rightStart + index]) return false
  }
  return true
}

/** Equal once escapes are read. Never makes a string: what stands in a key's place may be a card number. */
export function sameKey(bytes: Buffer, left: KeyRange, right: KeyRange): boolean {
  if (right.isEscaped) {
    const name = decodeString(bytes, right.keyStart, right.keyEnd)
    const same = isKey(bytes, left, name)
    name.fill(0)
    return same
  }
  if (left.isEscaped) return sameKey(bytes, right, left)
  const length = left.keyEnd - left.keyStart
  return length === right.keyEnd - right.keyStart && sameBytes(bytes, left.keyStart, bytes, right.keyStart, length)
}

export function isKey(bytes: Buffer, { keyStart, keyEnd, isEscaped }: KeyRange, name: Buffer): boolean {
  if (!isEscaped) return keyEnd - keyStart === name.length && sameBytes(bytes, keyStart, name, 0, name.length)
  const decoded = decodeString(bytes, keyStart, keyEnd)
  const same = decoded.equals(name)
  decoded.fill(0)
  return same
}

export function keyTextOf(bytes: Buffer, { keyStart, keyEnd }: KeyRange): string {
  return decodeString(bytes, keyStart, keyEnd).toString('utf8')
}
