import type { Logger } from '@tessera/lib/log'
import pg from 'pg'

/** PostgreSQL as the gateway uses it: small pools (on two cores, 16 connections serve better than 64). */
export interface Database {
  /** Batched writes, one or two in flight per batcher. */
  hot: pg.Pool
  /** The worker's rounds: what is claimed, sent and recorded in batches. */
  background: pg.Pool
  /** Everything else. */
  cold: pg.Pool
  isReachable(): Promise<boolean>
  close(): Promise<void>
}

const statementTimeoutMs = 10_000
const connectTimeoutMs = 5_000

/**
 * The batched statements look up a batch of rows by key in tables that are empty at first and large soon. A plan made while
 * they are small would scan them all later, so these connections plan lookups only; and only once, since planning the largest
 * of them takes longer than running it.
 */
const lookupsOnly =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan'

export function openDatabase(url: string, log: Logger): Database {
  const settings = {
    connectionString: url,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
  }
  const hot = new pg.Pool({ ...settings, max: 4, options: lookupsOnly })
  const background = new pg.Pool({ ...settings, max: 4, options: lookupsOnly })
  const cold = new pg.Pool({ ...settings, max: 8 })
  const pools = [hot, background, cold]
  for (const pool of pools) pool.on('error', (error) => log.warn('database connection lost', { error }))
  return {
    hot,
    background,
    cold,
    isReachable: () =>
      cold.query('select 1').then(
        () => true,
        () => false,
      ),
    async close() {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}
