import { decodeString } from './strings.ts'

export interface KeyRange {
  keyStart: number
  keyEnd: number
}

const backslash = 0x5c

function isPlain(bytes: Buffer, { keyStart, keyEnd }: KeyRange): boolean {
  const at = bytes.indexOf(backslash, keyStart)
  return at === -1 || at >= keyEnd
}

/** Equal once escapes are read. Never makes a string: what stands in a key's place may be a card number. */
export function sameKey(bytes: Buffer, left: KeyRange, right: KeyRange): boolean {
  if (isPlain(bytes, left) && isPlain(bytes, right)) {
    return bytes.compare(bytes, left.keyStart, left.keyEnd, right.keyStart, right.keyEnd) === 0
  }
  const first = decodeString(bytes, left.keyStart, left.keyEnd)
  const second = decodeString(bytes, right.keyStart, right.keyEnd)
  const same = first.equals(second)
  first.fill(0)
  second.fill(0)
  return same
}

export function isKey(bytes: Buffer, { keyStart, keyEnd }: KeyRange, name: Buffer): boolean {
  if (isPlain(bytes, { keyStart, keyEnd })) return bytes.compare(name, 0, name.length, keyStart, keyEnd) === 0
  const decoded = decodeString(bytes, keyStart, keyEnd)
  const same = decoded.equals(name)
  decoded.fill(0)
  return same
}

export function keyTextOf(bytes: Buffer, keyStart: number, keyEnd: number): string {
  return decodeString(bytes, keyStart, keyEnd).toString('utf8')
}
