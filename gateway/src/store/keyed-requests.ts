import type { Clock } from '@tessera/lib/clock'
import { isConnectionLoss, isSerializationFailure } from '@tessera/lib/postgres-errors'
import type { Random } from '@tessera/lib/random'
import { retry } from '@tessera/lib/retry'
import type { Timers } from '@tessera/lib/timers'
import type { Pool } from 'pg'
import type { BeginOutcome, KeyedRequestStore, KeyedRun } from '../core/ports/keyed-request-store.ts'
import type { Scope, StoredAnswer } from '../core/ports/payment-store.ts'
import type { SealedPlace, Sealer } from '../lib/sealing.ts'

export interface KeyedRequestStoreParts {
  pool: Pool
  sealer: Sealer
  clock: Clock
  timers: Timers
  random: Random
}

interface KeyRow {
  fingerprint: string
  run_id: string | null
  status: number | null
  body: string | null
  sealed_body: Buffer | null
}

const insertKey = `
insert into idempotency_keys (merchant_id, mode, key, fingerprint, run_id, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing`

const selectKey = `
select fingerprint, run_id, status, body, sealed_body from idempotency_keys
where merchant_id = $1 and mode = $2 and key = $3`

/** Of several that would take over at once, all but one find the row changed when they get its lock. */
const takeKeyOver = `
update idempotency_keys set run_id = $5, created_at = $6
where merchant_id = $1 and mode = $2 and key = $3 and fingerprint = $4
  and run_id is not null and status is null and created_at < $7`

const ofRun = 'where merchant_id = $1 and mode = $2 and key = $3 and run_id = $4'
const storeAnswer = `update idempotency_keys set status = $5, body = $6, sealed_body = $7 ${ofRun}`
const freeKey = `delete from idempotency_keys ${ofRun} and status is null`

/** Keys of requests that write to no payment. What holds a secret is sealed on the way in and opened on the way out. */
export function createKeyedRequestStore(parts: KeyedRequestStoreParts): KeyedRequestStore {
  const { pool, sealer } = parts
  const keyOf = (scope: Scope, run: KeyedRun) => [scope.merchantId, scope.mode, run.key]

  /** Every statement here leaves the same row when it is run twice, so a lost connection is answered by running it again. */
  const query = <Row extends object>(text: string, values: unknown[]) =>
    retry(() => pool.query<Row>(text, values), {
      attempts: 3,
      firstPauseMs: 20,
      maxPauseMs: 200,
      deadlineMs: 2_000,
      isRetryable: (error) => isConnectionLoss(error) || isSerializationFailure(error),
      ...parts,
    })

  async function lookAt(scope: Scope, run: KeyedRun): Promise<BeginOutcome> {
    const { rows } = await query<KeyRow>(selectKey, keyOf(scope, run))
    const [row] = rows
    if (row === undefined) return { kind: 'freed' }
    // The reply to our own claim may have been lost with its connection.
    if (row.run_id === run.runId) return { kind: 'begun' }
    const answer = answerIn(row, sealer, placeOf(scope, run))
    return { kind: 'taken', fingerprint: row.fingerprint, ofPayment: row.run_id === null, answer }
  }

  return {
    async begin(scope, run, { nowMs, deadBeforeMs }) {
      const values = [...keyOf(scope, run), run.fingerprint, run.runId, nowMs]
      const inserted = await query(insertKey, values)
      if (inserted.rowCount === 1) return { kind: 'begun' }
      const takenOver = await query(takeKeyOver, [...values, deadBeforeMs])
      if (takenOver.rowCount === 1) return { kind: 'begun' }
      return lookAt(scope, run)
    },

    async finish(scope, run, { status, body, holdsSecret }) {
      const bodies = holdsSecret ? [null, sealer.seal(body, placeOf(scope, run))] : [body, null]
      await query(storeAnswer, [...keyOf(scope, run), run.runId, status, ...bodies])
    },

    async abandon(scope, run) {
      await query(freeKey, [...keyOf(scope, run), run.runId])
    },
  }
}

/** The same key may exist in both modes; a mode holds no space. */
function placeOf(scope: Scope, run: KeyedRun): SealedPlace {
  return { kind: 'stored_answer', merchantId: scope.merchantId, recordId: `${scope.mode} ${run.key}` }
}

function answerIn(row: KeyRow, sealer: Sealer, place: SealedPlace): StoredAnswer | null {
  const body = row.sealed_body === null ? row.body : sealer.open(row.sealed_body, place)
  return row.status === null || body === null ? null : { status: row.status, body }
}
