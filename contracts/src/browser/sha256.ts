/**
 * SHA-256 (FIPS 180-4). The browser's own is asynchronous, which makes many short texts slow, and is not there for pages without
 * TLS, as developers have them.
 */
const primes: number[] = []
for (let candidate = 2; primes.length < 64; candidate += 1) {
  if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
}
const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
const roundConstants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

const rotated = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))
const w = new Int32Array(64)

export function sha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, bytes.length * 8)
  const state = initial.slice()
  for (let offset = 0; offset < padded.length; offset += 64) compress(state, view, offset)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => {
    digest.setInt32(index * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

function compress(state: Int32Array, block: DataView, offset: number): void {
  for (let t = 0; t < 16; t += 1) w[t] = block.getInt32(offset + t * 4)
  for (let t = 16; t < 64; t += 1) {
    const [two, fifteen] = [w[t - 2] as number, w[t - 15] as number]
    const s0 = rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >>> 3)
    const s1 = rotated(two, 17) ^ rotated(two, 19) ^ (two >>> 10)
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let t = 0; t < 64; t += 1) {
    const choice = (e & f) ^ (~e & g)
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const first = (h + s1 + choice + (roundConstants[t] as number) + (w[t] as number)) | 0
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = ((state[index] as number) + word) | 0
}
