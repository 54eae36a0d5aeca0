import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Something to look for. */
export interface Needle {
  /** Which marked number or code, by the path that it took. */
  name: string
  form: string
  bytes: Buffer
}

export interface Finding {
  name: string
  form: string
  /** Where it was found: a file, a process, an answer. */
  place: string
  offset: number
}

/** Needles that begin with the same bytes, as all of one form do: the range of the numbers. */
interface Beginning {
  bytes: Buffer
  needles: Needle[]
}

const chunkBytes = 16 * 1024 * 1024

/**
 * Looks for all needles in one pass, as Wu and Manber do it (1994): a window, as long as the shortest needle, moves over the bytes, and
 * its last two say how far it may move on. Memory and files of a product are gigabytes, most of them alike no needle at all.
 */
export class Searcher {
  readonly #window: number
  readonly #longest: number
  /** By the last two bytes of a window: how far the next window that a needle could begin with is away. */
  readonly #shifts = new Uint8Array(0x1_00_00)
  /** By the same two bytes, where it is no distance. */
  readonly #beginnings = new Map<number, Beginning[]>()

  constructor(needles: Needle[]) {
    this.#window = Math.min(255, ...needles.map((needle) => needle.bytes.length))
    this.#longest = Math.max(...needles.map((needle) => needle.bytes.length))
    this.#shifts.fill(this.#window - 1)
    const byBeginning = Map.groupBy(needles, ({ bytes }) => bytes.toString('latin1', 0, this.#window))
    for (const [text, each] of byBeginning) this.#learn({ bytes: Buffer.from(text, 'latin1'), needles: each })
  }

  #learn(beginning: Beginning): void {
    const { bytes } = beginning
    for (let end = 1; end < bytes.length; end += 1) {
      const pair = pairAt(bytes, end)
      this.#shifts[pair] = Math.min(this.#shifts[pair] as number, bytes.length - 1 - end)
    }
    const pair = pairAt(bytes, bytes.length - 1)
    this.#beginnings.set(pair, [...(this.#beginnings.get(pair) ?? []), beginning])
  }

  inBuffer(bytes: Buffer, place: string, base = 0): Finding[] {
    const findings: Finding[] = []
    for (let end = this.#window - 1; end < bytes.length; ) {
      const pair = pairAt(bytes, end)
      const shift = this.#shifts[pair] as number
      if (shift > 0) {
        end += shift
        continue
      }
      const start = end - this.#window + 1
      for (const beginning of this.#beginnings.get(pair) ?? []) {
        if (!isAt(bytes, start, beginning.bytes)) continue
        for (const { name, form, bytes: wanted } of beginning.needles) {
          if (isAt(bytes, start, wanted)) findings.push({ name, form, place, offset: base + start })
        }
      }
      end += 1
    }
    return findings
  }

  inText(text: string, place: string): Finding[] {
    return this.inBuffer(Buffer.from(text), place)
  }

  /** Reads `length` bytes from `position`, in pieces that overlap, so that nothing hides on their border. */
  inRange(file: number, position: number, length: number, place: string): Finding[] {
    const findings: Finding[] = []
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(length, 1)))
    for (let done = 0; done < length; ) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, length - done), position + done)
      if (read === 0) break
      findings.push(...this.inBuffer(chunk.subarray(0, read), place, done))
      if (done + read >= length || read <= this.#longest) break
      done += read - this.#longest
    }
    return findings
  }

  inFile(path: string): Finding[] {
    const file = openSync(path, 'r')
    try {
      return this.inRange(file, 0, fstatSync(file).size, path)
    } finally {
      closeSync(file)
    }
  }
}

const pairAt = (bytes: Buffer, end: number): number => ((bytes[end - 1] as number) << 8) | (bytes[end] as number)

/** Most differ in the first byte, before a call into the runtime would have begun. */
function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  if (bytes.length - start < wanted.length) return false
  for (let at = 0; at < wanted.length; at += 1) if (bytes[start + at] !== wanted[at]) return false
  return true
}
