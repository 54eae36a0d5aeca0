import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { Timers } from '@tessera/lib/timers'
import type { Caller } from '../merchants/merchant.ts'
import type { Answered } from '../payments/payments.ts'
import type { KeyedAnswer, KeyedRequestStore, KeyedRun } from '../ports/keyed-request-store.ts'
import type { IdempotencyClaim, Scope, StoredAnswer } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { waitForFirst } from './wait-for-first.ts'

export interface KeyedRequestParts {
  keyedRequests: KeyedRequestStore
  clock: Clock
  timers: Timers
  ids: Ids
  log: Logger
}

/** `runKeyed` with its parts, as dialects have it. */
export type RunKeyed = (
  caller: Caller,
  claim: IdempotencyClaim | null,
  perform: () => Promise<Result<KeyedAnswer>>,
) => Promise<Result<Answered>>

/** Longer than any of these requests takes: one without an answer by then has died with its process. */
const deadAfterMs = 60_000

/**
 * Performs a request once for its key, whatever writes to no payment (those claim their keys in their own commits). The same
 * request again gets the first answer, as soon as there is one; another request with this key is refused. Only answers are
 * kept: a refusal or a failure leaves the key to be used again, and so does a request that died.
 */
export async function runKeyed(
  parts: KeyedRequestParts,
  caller: Caller,
  claim: IdempotencyClaim | null,
  perform: () => Promise<Result<KeyedAnswer>>,
): Promise<Result<Answered>> {
  if (claim === null) {
    const result = await perform()
    return result.ok ? answered(result.value, false) : result
  }
  const scope: Scope = { merchantId: caller.merchant.merchantId, mode: caller.mode }
  const run: KeyedRun = { ...claim, runId: `run_${parts.ids.timeOrdered()}` }
  const first = await waitForFirst(parts, () => beginOrLook(parts, scope, run))
  if (!first.ok) return first
  if (first.value !== 'begun') return answered(first.value, true)
  return performAs(parts, scope, run, perform)
}

async function beginOrLook(
  parts: KeyedRequestParts,
  scope: Scope,
  run: KeyedRun,
): Promise<Result<'begun' | StoredAnswer> | null> {
  const nowMs = parts.clock.now()
  const outcome = await parts.keyedRequests.begin(scope, run, { nowMs, deadBeforeMs: nowMs - deadAfterMs })
  if (outcome.kind === 'begun') return accept('begun')
  if (outcome.kind === 'freed') return null
  if (outcome.ofPayment || outcome.fingerprint !== run.fingerprint) {
    return refuse({ refusal: 'idempotency_key_mismatch' })
  }
  return outcome.answer && accept(outcome.answer)
}

async function performAs(
  parts: KeyedRequestParts,
  scope: Scope,
  run: KeyedRun,
  perform: () => Promise<Result<KeyedAnswer>>,
): Promise<Result<Answered>> {
  const { keyedRequests, log } = parts
  const abandon = () =>
    keyedRequests.abandon(scope, run).catch((error: unknown) => {
      log.warn('an idempotency key stays taken until its request counts as dead', { ...scope, error })
    })
  const result = await perform().catch(async (error: unknown) => {
    await abandon()
    throw error
  })
  if (!result.ok) {
    await abandon()
    return result
  }
  // What was asked for is done: without its answer the caller would ask again, and it would be done twice.
  await keyedRequests.finish(scope, run, result.value).catch((error: unknown) => {
    log.error('the answer to a request is not kept for its idempotency key', { ...scope, error })
  })
  return answered(result.value, false)
}

function answered({ status, body }: StoredAnswer, replayed: boolean): Result<Answered> {
  return accept({ answer: { status, body }, replayed, acquirerMs: 0 })
}
