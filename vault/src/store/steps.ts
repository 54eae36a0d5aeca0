import type { Mode } from '@tessera/contracts/vault-protocol'
import { type Batcher, createBatcher } from '@tessera/lib/batcher'
import { type batching, columns, type Database } from './database.ts'

export interface StepKey {
  merchantId: string
  mode: Mode
  stepId: string
}

export interface FenceRow extends StepKey {
  /** The hold whose permit the step would consume. */
  attemptId: string | null
  nowMs: number
}

export type StepState = 'sent' | 'fenced' | null

/**
 * The permit goes before the mark is written, in the order in which a send does it: the two wait for each other on the
 * permit's row, and of the two marks only one is kept. The CVC of a permit that will never be used goes with it.
 */
const fenceSteps = {
  name: 'fence_steps',
  text: `with given as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      as given (merchant_id, mode, step_id, attempt_id, now_ms)),
    gone as (
      delete from permits using given
        left join holds on holds.merchant_id = given.merchant_id and holds.mode = given.mode
          and holds.attempt_id = given.attempt_id
      where permits.merchant_id = given.merchant_id and permits.mode = given.mode
        and permits.attempt_id = given.attempt_id and given.attempt_id = given.step_id
      returning given.*, holds.token),
    erased as (
      delete from cvcs using gone
      where cvcs.merchant_id = gone.merchant_id and cvcs.mode = gone.mode and cvcs.token = gone.token)
    insert into step_marks (merchant_id, mode, step_id, state, marked_at_ms)
    select given.merchant_id, given.mode, given.step_id, 'fenced', given.now_ms
    from given left join gone on gone.merchant_id = given.merchant_id and gone.mode = given.mode
      and gone.step_id = given.step_id
    on conflict do nothing`,
}

const markSteps = {
  name: 'mark_steps',
  text: `insert into step_marks (merchant_id, mode, step_id, state, marked_at_ms)
    select merchant_id, mode, step_id, 'sent', marked_at_ms
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as given (merchant_id, mode, step_id, marked_at_ms)
    on conflict do nothing returning merchant_id, mode, step_id`,
}

const readMarks = {
  name: 'read_marks',
  text: `select given.ordinal, step_marks.state
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as given (merchant_id, mode, step_id, ordinal)
    left join step_marks on step_marks.merchant_id = given.merchant_id and step_marks.mode = given.mode
      and step_marks.step_id = given.step_id`,
}

type Parts = ReturnType<typeof batching>

const stepKeyOf = (row: { merchant_id: string; mode: string; step_id: string }): string =>
  `${row.mode} ${row.merchant_id} ${row.step_id}`

/** What became of each step; null where nothing did. */
async function statesOf(database: Database, steps: readonly StepKey[]): Promise<StepState[]> {
  const states = new Array<StepState>(steps.length).fill(null)
  const values = columns(
    steps,
    (step) => step.merchantId,
    (step) => step.mode,
    (step) => step.stepId,
  )
  for (const row of await database.run(readMarks, values)) states[Number(row.ordinal) - 1] = row.state
  return states
}

/** Resolves with what became of the step: `fenced`, now or before, or `sent`. */
export function stepFencer(database: Database, parts: Parts): Batcher<FenceRow, StepState> {
  return createBatcher<FenceRow, StepState>({
    ...parts,
    name: 'fences',
    aggregateKey: (row) => row.stepId,
    async write(rows) {
      const values = columns(
        rows,
        (row) => row.merchantId,
        (row) => row.mode,
        (row) => row.stepId,
        (row) => row.attemptId,
        (row) => row.nowMs,
      )
      await database.run(fenceSteps, values)
      return statesOf(database, rows)
    },
  })
}

/** For steps without a card. Resolves with what the step was before; null where this call marked it as sent. */
export function stepMarker(database: Database, parts: Parts): Batcher<StepKey & { nowMs: number }, StepState> {
  return createBatcher<StepKey & { nowMs: number }, StepState>({
    ...parts,
    name: 'step marks',
    aggregateKey: (row) => row.stepId,
    async write(rows) {
      const values = columns(
        rows,
        (row) => row.merchantId,
        (row) => row.mode,
        (row) => row.stepId,
        (row) => row.nowMs,
      )
      const marked = new Set((await database.run(markSteps, values)).map(stepKeyOf))
      const isMarked = (row: StepKey) => marked.has(`${row.mode} ${row.merchantId} ${row.stepId}`)
      if (rows.every(isMarked)) return rows.map(() => null)
      const states = await statesOf(database, rows)
      return rows.map((row, index) => (isMarked(row) ? null : (states[index] ?? null)))
    },
  })
}

export async function stepState(database: Database, step: StepKey): Promise<StepState> {
  return (await statesOf(database, [step]))[0] ?? null
}
