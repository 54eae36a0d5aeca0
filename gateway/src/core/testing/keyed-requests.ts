import type { BeginOutcome, KeyedAnswer, KeyedRequestStore, KeyedRun } from '../ports/keyed-request-store.ts'
import type { Scope, StoredAnswer } from '../ports/payment-store.ts'

interface KeyRow {
  fingerprint: string
  /** Null for the key of a payment. */
  runId: string | null
  begunAtMs: number
  answer: StoredAnswer | null
}

/** The keys of one test, in memory, with the promises of the real store. */
export class MemoryKeyedRequests implements KeyedRequestStore {
  readonly rows = new Map<string, KeyRow>()
  readonly finished: KeyedAnswer[] = []

  async begin(
    scope: Scope,
    run: KeyedRun,
    { nowMs, deadBeforeMs }: { nowMs: number; deadBeforeMs: number },
  ): Promise<BeginOutcome> {
    const name = nameOf(scope, run)
    const row = this.rows.get(name)
    const isDead = row?.runId != null && row.answer === null && row.begunAtMs < deadBeforeMs
    if (row === undefined || (isDead && row.fingerprint === run.fingerprint)) {
      this.rows.set(name, { fingerprint: run.fingerprint, runId: run.runId, begunAtMs: nowMs, answer: null })
      return { kind: 'begun' }
    }
    return { kind: 'taken', fingerprint: row.fingerprint, ofPayment: row.runId === null, answer: row.answer }
  }

  async finish(scope: Scope, run: KeyedRun, answer: KeyedAnswer): Promise<void> {
    const row = this.rows.get(nameOf(scope, run))
    if (row?.runId !== run.runId) return
    row.answer = { status: answer.status, body: answer.body }
    this.finished.push(answer)
  }

  async abandon(scope: Scope, run: KeyedRun): Promise<void> {
    if (this.rows.get(nameOf(scope, run))?.runId === run.runId) this.rows.delete(nameOf(scope, run))
  }
}

export function nameOf(scope: Scope, run: { key: string }): string {
  return `${scope.merchantId} ${scope.mode} ${run.key}`
}
