import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Both kinds are 26 characters of lower-case Crockford base32, so that they fit every prefix and column alike. */
export interface Ids {
  /** 48 bits of epoch milliseconds, then 80 random bits: sorts by time of making, to the millisecond. */
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
  return {
    timeOrdered() {
      const nowMs = clock.now()
      const high = Math.floor(nowMs / 2 ** 20)
      const low = nowMs % 2 ** 20
      const time = pairOf(high >> 20) + pairOf(high >> 10) + pairOf(high) + pairOf(low >> 10) + pairOf(low)
      const bytes = random.bytes(10)
      return time + encodeFive(bytes, 0) + encodeFive(bytes, 5)
    },
    random() {
      const bytes = random.bytes(17)
      return pairOf(bytes.readUInt16BE(15)) + encodeFive(bytes, 0) + encodeFive(bytes, 5) + encodeFive(bytes, 10)
    },
  }
}
