import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import type { Finding, Searcher } from './search.ts'

interface Stretch {
  start: number
  length: number
  /** The file that is mapped there, or a name like `[heap]`. */
  name: string
}

export class MemoryUnreadable extends Error {
  override name = 'MemoryUnreadable'
}

/**
 * Searches all that a process has in memory: what a core dump of it would hold, and what it maps of files. The process
 * stands still meanwhile. On Linux, for its owner or root; throws MemoryUnreadable elsewhere. A process that has ended in
 * the meantime, as idle database connections do, holds nothing.
 */
export function searchMemory(pid: number, place: string, searcher: Searcher): Finding[] {
  const memory = openMemory(pid)
  if (memory === null) return []
  process.kill(pid, 'SIGSTOP')
  try {
    return touchedStretches(pid).flatMap((stretch) => searchStretch(memory, stretch, place, searcher))
  } finally {
    process.kill(pid, 'SIGCONT')
    closeSync(memory)
  }
}

function openMemory(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/mem`, 'r')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (existsSync('/proc/self/mem') && code === 'ENOENT') return null
    throw new MemoryUnreadable(`the memory of other processes cannot be read here (${code})`, { cause })
  }
}

/** Node reserves hundreds of megabytes that it never touches; those hold nothing. */
function touchedStretches(pid: number): Stretch[] {
  const pageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))
  const pages = openSync(`/proc/${pid}/pagemap`, 'r')
  try {
    return readableRegions(pid).flatMap((region) => touchedIn(region, pages, pageBytes))
  } finally {
    closeSync(pages)
  }
}

function readableRegions(pid: number): Stretch[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const mapping = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line)
      if (mapping === null) return []
      const [, from = '', to = '', name = ''] = mapping
      // The kernel's own pages: no process can write to them, and some kernels do not let them be read.
      if (/^\[v(var|syscall)/.test(name)) return []
      const start = Number.parseInt(from, 16)
      return [{ start, length: Number.parseInt(to, 16) - start, name }]
    })
}

/** Eight bytes per page, of which the two highest bits say that it lies in memory or in swap. */
function touchedIn({ start, length, name }: Stretch, pages: number, pageBytes: number): Stretch[] {
  const entries = Buffer.alloc((length / pageBytes) * 8)
  readSync(pages, entries, 0, entries.length, (start / pageBytes) * 8)
  const stretches: Stretch[] = []
  let open: Stretch | undefined
  for (let page = 0; page * 8 < entries.length; page += 1) {
    const isTouched = ((entries[page * 8 + 7] as number) & 0xc0) !== 0
    if (isTouched && open === undefined) {
      open = { start: start + page * pageBytes, length: 0, name }
      stretches.push(open)
    }
    if (!isTouched) open = undefined
    if (open !== undefined) open.length += pageBytes
  }
  return stretches
}

function searchStretch(memory: number, { start, length, name }: Stretch, place: string, searcher: Searcher): Finding[] {
  try {
    return searcher.inRange(memory, start, length, `${place} ${name}`.trim())
  } catch (error) {
    // A page behind the end of a mapped file.
    if ((error as NodeJS.ErrnoException).code === 'EIO') return []
    throw error
  }
}

/** PostgreSQL's processes work in their data folder, whatever they call themselves. */
export function processesIn(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      return false
    }
  })
}
