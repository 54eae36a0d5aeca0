import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Both kinds are 26 characters of lower-case Crockford base32, so that they fit every prefix and column alike. */
export interface Ids {
  /**
   * 48 bits of epoch milliseconds, then 79 random ones: sorts by time of making, and within one millisecond of one process
   * in the order of making, so that a list sorted by id is a list sorted by age.
   */
  timeOrdered(): string
  /** 130 random bits; tells nothing about when it was made. */
  random(): string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const pairs: string[] = Array.from(
  { length: 1024 },
  (_, value) => `${alphabet.charAt(value >> 5)}${alphabet.charAt(value & 31)}`,
)

/** Two characters for the low ten bits. */
function pairOf(value: number): string {
  return pairs[value & 1023] as string
}

/** Eight characters for the five bytes at `offset`. */
function encodeFive(bytes: Buffer, offset: number): string {
  const high = bytes.readUIntBE(offset, 3)
  const low = bytes.readUInt16BE(offset + 3)
  return pairOf(high >> 14) + pairOf(high >> 4) + pairOf(((high & 15) << 6) | (low >> 10)) + pairOf(low)
}

export function createIds(clock: Clock, random: Random): Ids {
  let lastMs = -1
  let order = 0
  return {
    timeOrdered() {
      const nowMs = clock.now()
      const bytes = random.bytes(10)
      // Fifteen random bits to begin with leave room for 32,768 ids in a millisecond; 64 random bits follow each.
      order = nowMs === lastMs ? order + 1 : bytes.readUInt16BE(0) & 0x7fff
      lastMs = nowMs
      bytes.writeUInt16BE(order & 0xffff, 0)
      const high = Math.floor(nowMs / 2 ** 20)
      const low = nowMs % 2 ** 20
      const time = pairOf(high >> 20) + pairOf(high >> 10) + pairOf(high) + pairOf(low >> 10) + pairOf(low)
      return time + encodeFive(bytes, 0) + encodeFive(bytes, 5)
    },
    random() {
      const bytes = random.bytes(17)
      return pairOf(bytes.readUInt16BE(15)) + encodeFive(bytes, 0) + encodeFive(bytes, 5) + encodeFive(bytes, 10)
    },
  }
}
