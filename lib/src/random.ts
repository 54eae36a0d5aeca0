import { randomBytes, randomFillSync } from 'node:crypto'

export interface Random {
  /** A buffer that belongs to the caller. */
  bytes(length: number): Buffer
  /** Uniform in [0, 1). */
  unit(): number
}

const poolBytes = 8192
const pooledBytesMax = 256

/** One system call per 8 KB instead of one per id. Bytes leave the pool once, and it keeps no copy of them. */
function pooledRandom(): Random {
  const pool = Buffer.alloc(poolBytes)
  let offset = poolBytes
  function take(length: number): Buffer {
    if (offset + length > poolBytes) {
      randomFillSync(pool)
      offset = 0
    }
    const slice = pool.subarray(offset, offset + length)
    offset += length
    return slice
  }
  return {
    bytes(length) {
      if (length > pooledBytesMax) return randomBytes(length)
      const slice = take(length)
      const owned = Buffer.from(slice)
      slice.fill(0)
      return owned
    },
    unit: () => take(6).readUIntBE(0, 6) / 2 ** 48,
  }
}

export const secureRandom: Random = pooledRandom()

/** The same seed gives the same sequence (mulberry32). For tests and simulations: never for anything secret. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  function next32(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    bytes(length) {
      const bytes = Buffer.alloc(length)
      for (let index = 0; index < length; index++) bytes[index] = next32() & 0xff
      return bytes
    },
    unit: () => next32() / 2 ** 32,
  }
}
