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

/**
 * Needles of one form have much in common (the range of the numbers): what they share is searched for once, and only there
 * are they compared. So a gigabyte takes seconds, however many numbers there are.
 */
interface Group {
  anchor: Buffer
  anchorOffset: number
  needles: Needle[]
}

const chunkBytes = 16 * 1024 * 1024

export class Searcher {
  readonly #groups: Group[]
  readonly #longest: number

  constructor(needles: Needle[]) {
    const byForm = Map.groupBy(needles, (needle) => `${needle.form}/${needle.bytes.length}`)
    this.#groups = [...byForm.values()].flatMap(groupsOf)
    this.#longest = Math.max(...needles.map((needle) => needle.bytes.length))
  }

  inBuffer(bytes: Buffer, place: string, base = 0): Finding[] {
    return this.#groups.flatMap((group) => findGroup(group, bytes, place, base))
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

function findGroup({ anchor, anchorOffset, needles }: Group, bytes: Buffer, place: string, base: number): Finding[] {
  const findings: Finding[] = []
  for (let at = bytes.indexOf(anchor); at !== -1; at = bytes.indexOf(anchor, at + 1)) {
    const start = at - anchorOffset
    if (start < 0) continue
    for (const { name, form, bytes: wanted } of needles) {
      const isHere =
        bytes.length - start >= wanted.length &&
        bytes.compare(wanted, 0, wanted.length, start, start + wanted.length) === 0
      if (isHere) findings.push({ name, form, place, offset: base + start })
    }
  }
  return findings
}

/** Below this, what needles share is met too often by chance to be worth looking for. */
const shortestAnchor = 4

function groupsOf(needles: Needle[]): Group[] {
  const shared = longestShared(needles.map((needle) => needle.bytes))
  if (shared.length >= shortestAnchor) return [{ ...shared, anchorOffset: shared.offset, needles }]
  return needles.map((needle) => ({ anchor: needle.bytes, anchorOffset: 0, needles: [needle] }))
}

/** The longest run of places at which all have the same byte. */
function longestShared(all: Buffer[]): { anchor: Buffer; offset: number; length: number } {
  const [first] = all as [Buffer]
  let best = { offset: 0, length: 0 }
  let start = 0
  for (let at = 0; at <= first.length; at += 1) {
    const isShared = at < first.length && all.every((each) => each[at] === first[at])
    if (isShared) continue
    if (at - start > best.length) best = { offset: start, length: at - start }
    start = at + 1
  }
  return { ...best, anchor: first.subarray(best.offset, best.offset + best.length) }
}
