import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { IssuerEntry } from '../acs/entries.ts'
import type { CardRangeEntry } from '../directory-server/card-ranges.ts'
import type { LedgerEntry } from './entries.ts'

/** What the sandbox writes down: one file, in the order in which it happened. */
export type JournalEntry = LedgerEntry | IssuerEntry | CardRangeEntry

export class JournalUnreadable extends Error {
  constructor(path: string, line: number, cause: unknown) {
    super(`line ${line} of the sandbox journal ${path} is damaged: move the file away to start with an empty ledger`, {
      cause,
    })
    this.name = 'JournalUnreadable'
  }
}

interface Batch {
  lines: string
  done: PromiseWithResolvers<void>
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>()
  // A batch may fail when nobody waits for it any more; `onFailure` has told.
  done.promise.catch(() => {})
  return { lines: '', done }
}

/**
 * Append-only file of JSON lines. Entries that arrive while one write is being made durable form the next: one fdatasync
 * serves them all, and no timer adds latency.
 */
export class Journal {
  readonly #file: FileHandle
  readonly #onFailure: (cause: unknown) => void
  #waiting: Batch | null = null
  #writing: Batch | null = null
  #failure: unknown = null
  entries = 0
  syncs = 0

  constructor(file: FileHandle, onFailure: (cause: unknown) => void) {
    this.#file = file
    this.#onFailure = onFailure
  }

  /** Resolves once the entry is on disk. Order on disk is order of calls. */
  append(entry: JournalEntry): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    this.#waiting ??= newBatch()
    this.#waiting.lines += `${JSON.stringify(entry)}\n`
    this.entries += 1
    const { promise } = this.#waiting.done
    if (this.#writing === null) void this.#writeAll()
    return promise
  }

  /** Resolves once everything appended so far is on disk: an answer that repeats an entry must not overtake it. */
  async settled(): Promise<void> {
    await (this.#waiting ?? this.#writing)?.done.promise
  }

  async close(): Promise<void> {
    await this.settled()
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== null) {
      const batch = this.#waiting
      this.#writing = batch
      this.#waiting = null
      try {
        await this.#file.appendFile(batch.lines)
        await this.#file.datasync()
        this.syncs += 1
        batch.done.resolve()
      } catch (cause) {
        this.#fail(batch, cause)
        return
      }
    }
    this.#writing = null
  }

  /** The ledger in memory is now ahead of the disk and must not be spoken from again: the process has to end. */
  #fail(batch: Batch, cause: unknown): void {
    this.#failure = cause
    batch.done.reject(cause)
    this.#waiting?.done.reject(cause)
    this.#onFailure(cause)
  }
}

/**
 * Hands every entry of the file to `read`, cuts off a last line that a crash left unfinished (nobody was told of it), and
 * opens the file for more. Throws JournalUnreadable where a line that must be whole is not.
 */
export async function openJournal(options: {
  path: string
  read: (entry: JournalEntry) => void
  onFailure: (cause: unknown) => void
}): Promise<Journal> {
  const { path } = options
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'a+', 0o600)
  try {
    await file.truncate(await readEntries(path, options.read))
    await file.datasync()
    await syncDirectory(dirname(path))
  } catch (cause) {
    await file.close()
    throw cause
  }
  return new Journal(file, options.onFailure)
}

/** Returns the length of the file up to the end of its last whole line. */
async function readEntries(path: string, read: (entry: JournalEntry) => void): Promise<number> {
  const newline = 0x0a
  let rest: Buffer = Buffer.alloc(0)
  let wholeBytes = 0
  let line = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    let start = 0
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline, start)) {
      line += 1
      try {
        read(JSON.parse(rest.toString('utf8', start, end)))
      } catch (cause) {
        throw new JournalUnreadable(path, line, cause)
      }
      start = end + 1
    }
    wholeBytes += start
    rest = rest.subarray(start)
  }
  return wholeBytes
}

/** Without this the name of a new file may be lost in a crash of the machine, and all its entries with it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
