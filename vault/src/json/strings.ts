import { secretBuffer } from '../secret-buffer.ts'
import { hexValue } from './hex.ts'

const backslash = 0x5c
const simple = new Map(
  [
    ['b', 8],
    ['t', 9],
    ['n', 10],
    ['f', 12],
    ['r', 13],
  ].map(([letter, value]) => [(letter as string).charCodeAt(0), value as number]),
)

/**
 * The characters between the quotes of a string that was scanned, escapes read, as UTF-8 in a buffer of its own that the
 * caller wipes.
 */
export function decodeString(bytes: Buffer, start: number, end: number): Buffer {
  const decoded = secretBuffer(end - start)
  return decoded.subarray(0, decodeInto(decoded, bytes, start, end))
}

/** The same into `decoded`, which must be as long: an escape is never shorter than what it stands for. */
export function decodeInto(decoded: Buffer, bytes: Buffer, start: number, end: number): number {
  let length = 0
  let at = start
  while (at < end) {
    const byte = bytes[at] as number
    if (byte !== backslash) {
      decoded[length++] = byte
      at += 1
      continue
    }
    const letter = bytes[at + 1] as number
    if (letter !== 0x75) {
      decoded[length++] = simple.get(letter) ?? letter
      at += 2
      continue
    }
    let point = hexUnit(bytes, at + 2)
    at += 6
    if (point >= 0xd800 && point <= 0xdbff) {
      point = 0x10000 + ((point - 0xd800) << 10) + (hexUnit(bytes, at + 2) - 0xdc00)
      at += 6
    }
    length += writeUtf8(decoded, length, point)
  }
  return length
}

function hexUnit(bytes: Buffer, at: number): number {
  let unit = 0
  for (let index = at; index < at + 4; index += 1) unit = unit * 16 + hexValue(bytes[index])
  return unit
}

function writeUtf8(target: Buffer, at: number, point: number): number {
  if (point < 0x80) {
    target[at] = point
    return 1
  }
  const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  let rest = point
  for (let index = size - 1; index > 0; index -= 1) {
    target[at + index] = 0x80 | (rest & 0x3f)
    rest >>= 6
  }
  target[at] = (size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0) | rest
  return size
}
