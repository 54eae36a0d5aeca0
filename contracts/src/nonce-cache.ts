import { signatureWindowMs } from './internal-signature.ts'

export type NonceVerdict = 'fresh' | 'seen' | 'full'

export interface NonceCache {
  /** Remembers the nonce for as long as its signature is good. */
  take(nonce: string, timestampMs: number, nowMs: number): NonceVerdict
  readonly size: number
}

const noncesPerWindowMax = 1 << 20

/**
 * Nonces by the window that their time falls in; a signature is good for one window to either side of now, so windows
 * that lie further back are dropped whole. Kept as 64 bits of each nonce in a flat table: a million strings would cost
 * ten times as much, and a chance meeting (one in 10^13 calls) only refuses a call that is then made again.
 */
export function createNonceCache(noncesMax = noncesPerWindowMax): NonceCache {
  const windows = new Map<number, FlatSet>()

  function windowOf(timestampMs: number, nowMs: number): FlatSet {
    const oldest = Math.floor((nowMs - signatureWindowMs) / signatureWindowMs)
    for (const window of windows.keys()) if (window < oldest) windows.delete(window)
    const window = Math.floor(timestampMs / signatureWindowMs)
    let set = windows.get(window)
    if (set === undefined) {
      set = new FlatSet(noncesMax)
      windows.set(window, set)
    }
    return set
  }

  return {
    take: (nonce, timestampMs, nowMs) => windowOf(timestampMs, nowMs).add(Buffer.from(nonce, 'base64url')),
    get size() {
      let size = 0
      for (const set of windows.values()) size += set.size
      return size
    },
  }
}

const firstSlots = 1_024

/** Open addressing over pairs of 32-bit words; the pair 0, 0 is an empty slot. */
class FlatSet {
  readonly #sizeMax: number
  #words = new Uint32Array(2 * firstSlots)
  size = 0

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  add(nonce: Buffer): NonceVerdict {
    const high = nonce.readUInt32LE(0)
    const low = nonce.readUInt32LE(4) | 1
    const unsignedLow = low >>> 0
    if (this.#insert(high, unsignedLow)) return 'seen'
    return this.size > this.#sizeMax ? 'full' : 'fresh'
  }

  /** True when it was there. */
  #insert(high: number, low: number): boolean {
    if (this.size * 4 >= this.#words.length) this.#grow()
    const mask = this.#words.length / 2 - 1
    for (let slot = high & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 2
      if (this.#words[at + 1] === 0) {
        this.#words[at] = high
        this.#words[at + 1] = low
        this.size += 1
        return false
      }
      if (this.#words[at] === high && this.#words[at + 1] === low) return true
    }
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(old.length * 2)
    this.size = 0
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) this.#insert(old[at] as number, old[at + 1] as number)
    }
  }
}
