/** V8 keeps typed arrays up to 64 bytes inside its own heap. */
const leastBytes = 128

/**
 * Zeroed memory for a number or a CVC, to be wiped by whoever asked for it. Always outside of V8's heap: inside, the
 * garbage collector copies an array when it moves it, and wiping reaches the last copy only.
 */
export function secretBuffer(length: number): Buffer {
  return Buffer.alloc(Math.max(length, leastBytes)).subarray(0, length)
}
