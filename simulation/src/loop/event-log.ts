import { createHash } from 'node:crypto'

/** What happened, in order. Two runs of a seed are the same run when the digests are equal. */
export interface EventLog {
  note(line: string): void
  digest(): string
  /** The last lines; all of them where the run is traced. */
  readonly lines: readonly string[]
}

const keptLines = 400

export function createEventLog(trace?: (line: string) => void): EventLog {
  const digest = createHash('sha256')
  const lines: string[] = []
  return {
    lines,
    note(line) {
      digest.update(line)
      digest.update('\n')
      trace?.(line)
      lines.push(line)
      if (lines.length > 2 * keptLines) lines.splice(0, keptLines)
    },
    digest: () => digest.copy().digest('hex'),
  }
}
