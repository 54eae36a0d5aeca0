import type { Timers } from '@tessera/lib/timers'
import type { PaymentId } from '../ids.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import type { OpenOperations, Scope, WorkStore } from '../ports/payment-store.ts'
import { expirePayment } from './expire-payment.ts'
import { createReportReader, type ReadReportsParts } from './read-reports.ts'
import { releaseClaims } from './release-claims.ts'
import { type ResolveParts, resolveOperation } from './resolve-operation.ts'
import { settleCard } from './settle-card.ts'

export type WorkerParts = ResolveParts &
  ReadReportsParts & {
    work: WorkStore
    timers: Timers
    /** Told now and then what is open, for the metrics. */
    observe(open: OpenOperations[]): void
  }

/** A claimed operation belongs to one worker for this long; longer than fence and inquiry can take together. */
const leaseMs = 40_000
const roundPauseMs = 250
/** When vault or database were away; the acquirer's own silence has its pauses in `inquiryPauseMs`. */
const retryAfterMs = 3_000
const roundLimit = 32
const keyRetentionMs = 30 * 24 * 60 * 60_000

interface Chore {
  name: string
  everyMs: number
  /** Returns how much it did: a full round is followed by another at once. */
  run(): Promise<number>
}

export interface Worker {
  start(): void
  /** Ends after the rounds under way. */
  stop(): Promise<void>
}

/** The background half of the engine. Rows are the jobs: whatever a crash leaves behind is due again and found here. */
export function createWorker(parts: WorkerParts): Worker {
  const stopping = new AbortController()
  const running: Promise<void>[] = []
  return {
    start: () => {
      running.push(...choresOf(parts).map((chore) => repeat(parts, chore, stopping.signal)))
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

async function repeat(parts: WorkerParts, chore: Chore, stop: AbortSignal): Promise<void> {
  let failures = 0
  while (!stop.aborted) {
    let pauseMs = chore.everyMs
    try {
      if ((await chore.run()) >= roundLimit) pauseMs = 0
      failures = 0
    } catch (error) {
      failures += 1
      pauseMs = Math.min(chore.everyMs * 2 ** Math.min(failures, 6), Math.max(chore.everyMs, 10_000))
      parts.log.warn('chore failed', { reason: chore.name, error: error as Error, count: failures })
    }
    await parts.timers.sleep(pauseMs, stop).catch(() => undefined)
  }
}

function choresOf(parts: WorkerParts): Chore[] {
  const { work, clock } = parts
  const reports = createReportReader(parts)
  const forEach = async <T>(rows: T[], run: (row: T) => Promise<unknown>): Promise<number> => {
    const results = await Promise.allSettled(rows.map(run))
    for (const result of results) {
      if (result.status === 'rejected') parts.log.warn('row left for the next round', { error: result.reason as Error })
    }
    return results.length
  }
  const withRecord = async (scope: Scope, id: PaymentId, run: (record: PaymentRecord) => Promise<unknown>) => {
    const record = await parts.store.find(scope, id)
    if (record !== undefined) await run(record)
  }
  return [
    {
      name: 'operations in doubt',
      everyMs: roundPauseMs,
      run: async () =>
        forEach(await work.claimDueOperations(clock.now(), leaseMs, roundLimit), (due) =>
          withRecord(due.scope, due.paymentId, (record) => resolveOperation(parts, record, due.operationId)).catch(
            async (error: Error) => {
              await work.postponeOperation(due.scope, due.paymentId, due.operationId, clock.now() + retryAfterMs)
              throw error
            },
          ),
        ),
    },
    {
      name: 'payments past their deadline',
      everyMs: 1_000,
      run: async () =>
        forEach(await work.findDuePayments(clock.now(), roundLimit), (due) =>
          withRecord(due.scope, due.paymentId, (record) => expirePayment(parts, record)),
        ),
    },
    {
      name: 'saved cards to activate or erase',
      everyMs: 500,
      run: async () =>
        forEach(await work.claimCardSettlements(clock.now(), leaseMs, roundLimit), (due) => settleCard(parts, due)),
    },
    {
      name: 'acquirers’ reports',
      everyMs: 250,
      run: async () => ((await reports.run()).isFull ? roundLimit : 0),
    },
    {
      name: 'accounts whose reports are not read yet',
      everyMs: 5_000,
      run: async () => {
        await reports.addAccounts()
        return 0
      },
    },
    { name: 'places in the event feed', everyMs: 500, run: () => work.placeEvents(500) },
    {
      name: 'claims that came to nothing',
      everyMs: 10_000,
      run: async () => {
        await releaseClaims(parts)
        return 0
      },
    },
    {
      name: 'count of open operations',
      everyMs: 15_000,
      run: async () => {
        parts.observe(await work.countOpenOperations())
        return 0
      },
    },
    { name: 'old idempotency keys', everyMs: 60_000, run: () => work.purge(clock.now() - keyRetentionMs, 500) },
  ]
}
