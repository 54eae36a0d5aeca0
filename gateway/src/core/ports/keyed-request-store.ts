import type { IdempotencyClaim, Scope, StoredAnswer } from './payment-store.ts'

/** One run of a request that brought a key. A repeat that takes over from a run that died is a run of its own. */
export interface KeyedRun extends IdempotencyClaim {
  runId: string
}

export interface KeyedAnswer extends StoredAnswer {
  /** Kept sealed: the body holds a secret that lies nowhere in clear. */
  holdsSecret: boolean
}

export type BeginOutcome =
  | { kind: 'begun' }
  /** Another request holds the key. `ofPayment`: a write to a payment, which stores its answer by itself. */
  | { kind: 'taken'; fingerprint: string; ofPayment: boolean; answer: StoredAnswer | null }
  /** Another request held the key and has just given it back: begin again. */
  | { kind: 'freed' }

/**
 * Keys of requests that write to no payment. They share their table with those of payments, so that one key never stands for
 * two requests. Each call may be repeated; a resolved promise means that it is on disk.
 */
export interface KeyedRequestStore {
  /** Claims the key; also one of the same request that has no answer and was begun before `deadBeforeMs`. */
  begin(scope: Scope, run: KeyedRun, time: { nowMs: number; deadBeforeMs: number }): Promise<BeginOutcome>
  /** Changes nothing where the key was taken over. */
  finish(scope: Scope, run: KeyedRun, answer: KeyedAnswer): Promise<void>
  /** Frees the key for any request. Changes nothing where it was taken over or has its answer. */
  abandon(scope: Scope, run: KeyedRun): Promise<void>
}
