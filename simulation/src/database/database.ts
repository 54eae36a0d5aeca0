import { withConnection } from '@tessera/cli/postgres/connect'
import { systemClock } from '@tessera/lib/clock'
import { migrate } from '@tessera/lib/migrate'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { Sessions } from './sessions.ts'

/** A database for any number of runs, one after another. */
export interface RunDatabase {
  sessions: Sessions
  /** Forgets the last run. Merchants and their keys stay, since no run changes them. */
  empty(): Promise<void>
  close(): Promise<void>
}

const migrations = new URL('../../../gateway/migrations/', import.meta.url)
const kept = new Set(['merchants', 'api_keys', 'key_revision', 'connectors', 'flows'])

/** `serverUrl`: of a superuser, of a server that need not be durable. */
export async function openRunDatabase(serverUrl: string): Promise<RunDatabase> {
  const name = `simulation_${secureRandom.bytes(6).toString('hex')}`
  await withConnection(serverUrl, (client) => client.query(`create database ${name}`))
  const address = new URL(serverUrl)
  address.pathname = `/${name}`
  const tables = await withConnection(address.href, async (client) => {
    await migrate({ client, directory: migrations, clock: systemClock, timers: realTimers, holder: 'simulation' })
    const { rows } = await client.query(
      "select tablename from pg_tables where schemaname = 'public' and tablename not like '%migration%' order by tablename",
    )
    // Statistics that arrive in the middle of a run would change the order of rows.
    for (const { tablename } of rows) {
      await client.query(`alter table ${tablename} set (autovacuum_enabled = false)`)
    }
    return rows.map(({ tablename }) => tablename as string)
  })
  const sessions = new Sessions(address.href)
  const emptied = tables.filter((table) => !kept.has(table))
  // Emptying costs the same for a table that nothing was written to.
  const used = `select t from unnest($1::text[]) as t where pg_relation_size(t::regclass) > 0 order by t`
  return {
    sessions,
    async empty() {
      const written = await sessions.ask<{ t: string }>(used, [emptied])
      if (written.length > 0) await sessions.ask(`truncate ${written.map(({ t }) => t).join(', ')}`)
    },
    async close() {
      await sessions.close()
      await withConnection(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}
