import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import { isSerializationFailure, sqlState } from './postgres-errors.ts'
import type { Timers } from './timers.ts'

/** What a room that owns a driver hands in; its own client fits. */
export interface SqlClient {
  // biome-ignore lint/suspicious/noExplicitAny: rows have the shape that the statement gives them.
  query(text: string, values?: unknown[]): Promise<{ rows: any[]; rowCount: number | null }>
}

export class MigrationRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MigrationRefused'
  }
}

export class MigrationFailed extends Error {
  readonly migration: string

  constructor(migration: string, cause: unknown) {
    super(`the migration ${migration} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'MigrationFailed'
    this.migration = migration
  }
}

export interface MigrateOptions {
  /** One connection of its own, in no transaction. */
  client: SqlClient
  /** Holds `0001-name.sql` and so on, without gaps; `schema.sql` is left aside. */
  directory: string | URL
  clock: Clock
  timers: Timers
  /** Who migrates, unique per process: the holder of the lease. */
  holder: string
}

interface Migration {
  version: string
  file: string
  sql: string
  checksum: string
}

const leaseMs = 60_000
const leaseDeadlineMs = 120_000
const firstPauseMs = 50
const maxPauseMs = 1_000
const runsMax = 5

/**
 * Brings the schema forward, each file in a transaction of its own. Safe to run in many processes at once: a lease row
 * keeps them apart, and the version row, written first in each transaction, decides if the lease fails. Losing that race
 * is success. Throws MigrationRefused when the database is newer than the files or a file that ran was edited, and
 * MigrationFailed; what ran before the failure stays.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const { client } = options
  const migrations = await readMigrations(options.directory)
  await repeatable(options, () => createBookkeeping(client))
  if ((await pendingOf(client, migrations)).length === 0) return { applied: [] }
  await acquireLease(options)
  const applied: string[] = []
  try {
    for (const migration of await pendingOf(client, migrations)) {
      if (await repeatable(options, () => apply(client, migration, options.clock))) applied.push(migration.file)
      await renewLease(options)
    }
  } finally {
    await releaseLease(options)
  }
  return { applied }
}

async function readMigrations(directory: string | URL): Promise<Migration[]> {
  const base =
    typeof directory === 'string' ? `${directory}/` : directory.href.endsWith('/') ? directory : `${directory.href}/`
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql') && file !== 'schema.sql').sort()
  return Promise.all(
    files.map(async (file, index) => {
      const version = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1]
      if (version === undefined || Number(version) !== index + 1) {
        throw new MigrationRefused(`${file} is not migration ${index + 1}: names are like 0001-name.sql, without gaps`)
      }
      const content = await readFile(
        typeof base === 'string' && !base.startsWith('file:') ? base + file : new URL(file, base),
        'utf8',
      )
      const sql = content.replaceAll('\r\n', '\n')
      if (/^\s*(begin|commit|rollback|start\s+transaction)\b/im.test(sql)) {
        throw new MigrationRefused(`${file} must leave transactions to the runner`)
      }
      return { version, file, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function createBookkeeping(client: SqlClient): Promise<void> {
  await client.query(`create table if not exists schema_migrations (
    version text primary key, file text not null, checksum text not null, applied_at timestamptz not null)`)
  await client.query(`create table if not exists schema_migration_lease (
    name text primary key, holder text not null, expires_at timestamptz not null)`)
}

/** Refuses a database that the files do not explain. */
async function pendingOf(client: SqlClient, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query('select version, file, checksum from schema_migrations order by version')
  const recorded = new Map<string, { file: string; checksum: string }>(rows.map((row) => [row.version, row]))
  for (const migration of migrations) {
    const row = recorded.get(migration.version)
    if (row !== undefined && row.checksum !== migration.checksum) {
      throw new MigrationRefused(
        `${migration.file} was changed after it ran (as ${row.file}); add a new migration instead`,
      )
    }
  }
  const known = new Set(migrations.map((migration) => migration.version))
  const unknown = rows.find((row) => !known.has(row.version))
  if (unknown !== undefined) {
    throw new MigrationRefused(
      `the database has ${unknown.file}, which this version does not know: it is from a newer version`,
    )
  }
  return migrations.filter((migration) => !recorded.has(migration.version))
}

/** False when another process applied it first. */
async function apply(client: SqlClient, migration: Migration, clock: Clock): Promise<boolean> {
  await client.query('begin')
  try {
    const claimed = await client.query(
      `insert into schema_migrations (version, file, checksum, applied_at) values ($1, $2, $3, $4)
       on conflict (version) do nothing`,
      [migration.version, migration.file, migration.checksum, new Date(clock.now())],
    )
    if (claimed.rowCount === 1) await client.query(migration.sql)
    await client.query('commit')
    return claimed.rowCount === 1
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw isSerializationFailure(error) ? error : new MigrationFailed(migration.file, error)
  }
}

/** `create table if not exists` can lose a race with itself (42P07, 23505 in the catalogue); 40001 and 40P01 as ever. */
function mayRunAgain(error: unknown): boolean {
  return (
    isSerializationFailure(error) ||
    (!(error instanceof MigrationFailed) && /^(42P07|23505)$/.test(sqlState(error) ?? ''))
  )
}

async function repeatable<T>({ timers }: MigrateOptions, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt >= runsMax || !mayRunAgain(error)) throw error
      await timers.sleep(firstPauseMs * attempt)
    }
  }
}

/** The database's own time decides about expiry: holders on several machines have no clock in common. */
async function takeLease({ client, holder }: MigrateOptions): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into schema_migration_lease (name, holder, expires_at)
     values ('migrate', $1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
     where schema_migration_lease.holder = excluded.holder or schema_migration_lease.expires_at < clock_timestamp()`,
    [holder, leaseMs],
  )
  return rowCount === 1
}

async function acquireLease(options: MigrateOptions): Promise<void> {
  const giveUpAtMs = options.clock.monotonicMs() + leaseDeadlineMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
    if (await repeatable(options, () => takeLease(options))) return
    if (options.clock.monotonicMs() + pauseMs > giveUpAtMs) {
      throw new Error(`another process holds the migration lease for longer than ${leaseDeadlineMs} ms`)
    }
    await options.timers.sleep(pauseMs)
  }
}

async function renewLease(options: MigrateOptions): Promise<void> {
  await repeatable(options, () => takeLease(options))
}

async function releaseLease(options: MigrateOptions): Promise<void> {
  const { client, holder } = options
  await repeatable(options, () =>
    client.query(`delete from schema_migration_lease where name = 'migrate' and holder = $1`, [holder]),
  )
}
