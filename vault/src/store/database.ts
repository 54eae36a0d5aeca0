import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import { isConnectionLoss, isDataError, isSerializationFailure, sqlState } from '@tessera/lib/postgres-errors'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import pg from 'pg'

/** A statement that runs often: prepared once per connection under its name. */
export interface Statement {
  name: string
  text: string
}

export interface Database {
  // biome-ignore lint/suspicious/noExplicitAny: rows have the shape that the statement gives them.
  run(statement: Statement, values: readonly unknown[]): Promise<any[]>
  /** A connection of its own, for migrations; ended by the caller. */
  dedicated(): Promise<pg.Client>
  close(): Promise<void>
}

const poolSize = 10
const statementTimeoutMs = 10_000

/**
 * The statements look up at most a batch of rows by key in tables that are empty at first and large soon. A plan that is
 * cached while they are small would scan them all later, so the planner is left with lookups only.
 */
const plannerSettings = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off'

export function openDatabase(url: string, logger: Logger): Database {
  const settings = { connectionString: url, statement_timeout: statementTimeoutMs, connectionTimeoutMillis: 5_000 }
  const pool = new pg.Pool({
    ...settings,
    max: poolSize,
    idleTimeoutMillis: 60_000,
    onConnect: async (client) => {
      await client.query(plannerSettings)
    },
  })
  pool.on('error', (error) => logger.warn('database connection lost', { error }))
  return {
    async run(statement, values) {
      const result = await pool.query({ name: statement.name, text: statement.text, values: values as unknown[] })
      return result.rows
    },
    async dedicated() {
      const client = new pg.Client(settings)
      await client.connect()
      return client
    },
    close: () => pool.end(),
  }
}

/** Another transaction won a key at the same moment: the statement sees its row when it runs again. */
function isLostRace(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/**
 * For writes to UNLOGGED tables alone: their commit waits for no disk, so a second lane only makes the batches smaller.
 */
export const oneLane = { lanes: 1 } as const

/** What every batcher of the vault hands to lib/batcher. */
export function batching(parts: { clock: Clock; timers: Timers; random: Random }) {
  return {
    ...parts,
    // A statement costs more than its rows, so on two cores one lane of larger batches is faster than two.
    lanes: 1,
    isRetryable: (error: unknown) => isSerializationFailure(error) || isConnectionLoss(error) || isLostRace(error),
    isPoison: isDataError,
  }
}

/** Turns the rows of a batch into one array per column. */
export function columns<Row>(rows: readonly Row[], ...pick: ((row: Row) => unknown)[]): unknown[][] {
  return pick.map((value) => rows.map(value))
}
