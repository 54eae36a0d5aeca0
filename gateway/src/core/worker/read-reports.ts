import type { ReportSource } from '../payments/report-source.ts'
import type { DueReport, ReportStore } from '../ports/report-store.ts'
import { type ApplyParts, applyReport } from './apply-report.ts'

export type ReadReportsParts = ApplyParts & { reports: ReportSource; reportStore: ReportStore }

/** Longer than the pages of one visit can take together; whoever comes too early reads what is known. */
const leaseMs = 60_000
const accountsAtOnce = 8
const pageSize = 200
const pagesPerVisit = 5
const busyPauseMs = 1_000
const idlePauseMaxMs = 5_000
const failurePauseMaxMs = 60_000

/** How an account has been lately, by this worker's own memory: it decides on pauses and on nothing else. */
interface Mood {
  idle: number
  failures: number
}

/**
 * Reads acquirers' reports and records what they say. The position is written last: after a crash at any point the same
 * entries come again, and are known as far as they were recorded.
 */
export function createReportReader(parts: ReadReportsParts) {
  const { reports, reportStore, clock, log } = parts
  const moods = new Map<string, Mood>()

  async function visit(due: DueReport): Promise<void> {
    const key = `${due.scope.merchantId} ${due.scope.mode} ${due.connectorId}`
    const mood = moods.get(key) ?? { idle: 0, failures: 0 }
    moods.set(key, mood)
    const progress = { position: due.position }
    try {
      const isBusy = await readOn(due, progress)
      mood.failures = 0
      mood.idle = isBusy ? 0 : mood.idle + 1
    } catch (error) {
      mood.failures += 1
      const { merchantId, mode } = due.scope
      log.warn('report not read', {
        error: error as Error,
        merchantId,
        mode,
        connector: due.connector,
        count: mood.failures,
      })
    }
    await reportStore.release(due, { position: progress.position, dueAtMs: clock.now() + pauseOf(mood) })
  }

  /** Reads page after page, as long as they are full. Returns whether there was anything. */
  async function readOn(due: DueReport, progress: { position: number }): Promise<boolean> {
    for (let page = 0; page < pagesPerVisit; page += 1) {
      const entries = await reports.read(due, progress.position, pageSize)
      const last = entries.at(-1)
      if (last === undefined) return page > 0
      progress.position = await applyReport(parts, due.scope, progress.position, entries)
      if (entries.length < pageSize || progress.position < last.sequence) return true
    }
    return true
  }

  return {
    /** Accounts of new merchants begin to be read. */
    addAccounts: () => reportStore.addAccounts(reports.connectors, clock.now()),
    /** Reads the accounts that are due, a few at once. Returns how many, and whether more may be due. */
    async run(): Promise<{ read: number; isFull: boolean }> {
      const due = await reportStore.claim(clock.now(), leaseMs, accountsAtOnce)
      await Promise.all(due.map(visit))
      return { read: due.length, isFull: due.length === accountsAtOnce }
    },
  }
}

function pauseOf({ idle, failures }: Mood): number {
  if (failures > 0) return Math.min(busyPauseMs * 2 ** Math.min(failures, 10), failurePauseMaxMs)
  return Math.min(busyPauseMs * 2 ** Math.min(idle, 10), idlePauseMaxMs)
}
