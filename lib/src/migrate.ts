import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from './clock.ts'
import { isSerializationFailure, sqlState } from './postgres-errors.ts'
import { secureRandom } from './random.ts'
import { retry } from './retry.ts'
import type { SqlClient } from './sql-client.ts'
import type { Timers } from './timers.ts'

export { describeSchema } from './schema-description.ts'
export type { SqlClient } from './sql-client.ts'

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
const runsMax = 5
const runsDeadlineMs = 30_000
const pauses = { firstPauseMs: 50, maxPauseMs: 1_000, random: secureRandom }

/**
 * Brings the schema forward, each file in a transaction of its own. Safe to run in many processes at once: a lease row
 * keeps them apart, and the version row, written first in each transaction, decides if the lease fails. Losing that race
 * is success. Throws MigrationRefused when the database is newer than the files or a file that ran was edited, and
 * MigrationFailed; what ran before the failure stays.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const { client } = options
  const migrations = await readMigrations(options.directory)
  await repeatable(
    options,
    () => createBookkeeping(client),
    (error) => isSerializationFailure(error) || lostCreationRace(error),
  )
  if ((await pendingOf(client, migrations)).length === 0) return { applied: [] }
  await acquireLease(options)
  const applied: string[] = []
  try {
    for (const migration of await pendingOf(client, migrations)) {
      if (await repeatable(options, () => apply(client, migration, options.clock))) applied.push(migration.file)
      await acquireLease(options)
    }
  } finally {
    await releaseLease(options)
  }
  return { applied }
}

async function readMigrations(directory: string | URL): Promise<Migration[]> {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory)
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql') && file !== 'schema.sql').sort()
  return Promise.all(files.map((file, index) => readMigration(folder, file, index + 1)))
}

async function readMigration(folder: string, file: string, place: number): Promise<Migration> {
  const version = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1]
  if (version === undefined || Number(version) !== place) {
    throw new MigrationRefused(`${file} is not migration ${place}: names are like 0001-name.sql, without gaps`)
  }
  const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n')
  if (/^\s*(begin|commit|rollback|start\s+transaction)\b/im.test(sql)) {
    throw new MigrationRefused(`${file} must leave transactions to the runner`)
  }
  return { version, file, sql, checksum: hash('sha256', sql, 'hex') }
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

/** `create table if not exists` can lose a race with itself: the table, its type or its catalogue row exists by then. */
function lostCreationRace(error: unknown): boolean {
  return /^(42P07|42710|23505)$/.test(sqlState(error) ?? '')
}

function repeatable<T>(
  { clock, timers }: MigrateOptions,
  run: () => Promise<T>,
  isRetryable: (error: unknown) => boolean = isSerializationFailure,
): Promise<T> {
  return retry(run, { ...pauses, attempts: runsMax, deadlineMs: runsDeadlineMs, isRetryable, clock, timers })
}

class LeaseHeld extends Error {
  constructor() {
    super('another process holds the migration lease')
    this.name = 'LeaseHeld'
  }
}

/** The database's own time decides about expiry: holders on several machines have no clock in common. */
async function takeLease({ client, holder }: MigrateOptions): Promise<void> {
  const { rowCount } = await client.query(
    `insert into schema_migration_lease (name, holder, expires_at)
     values ('migrate', $1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
     where schema_migration_lease.holder = excluded.holder or schema_migration_lease.expires_at < clock_timestamp()`,
    [holder, leaseMs],
  )
  if (rowCount !== 1) throw new LeaseHeld()
}

function acquireLease(options: MigrateOptions): Promise<void> {
  return retry(() => takeLease(options), {
    ...pauses,
    attempts: Infinity,
    deadlineMs: leaseDeadlineMs,
    isRetryable: (error) => error instanceof LeaseHeld || isSerializationFailure(error),
    clock: options.clock,
    timers: options.timers,
  })
}

/** A lease that stays behind only costs the next holder its wait, so a failure here must not hide another one. */
async function releaseLease({ client, holder }: MigrateOptions): Promise<void> {
  await client
    .query(`delete from schema_migration_lease where name = 'migrate' and holder = $1`, [holder])
    .catch(() => {})
}
