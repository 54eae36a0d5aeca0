import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withConnection } from '@tessera/cli/postgres/connect'
import { systemClock } from '@tessera/lib/clock'
import { migrate } from '@tessera/lib/migrate'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'

export interface TestDatabase {
  url: string
  /** Removes it, open connections included. */
  drop(): Promise<void>
}

/**
 * A migrated, empty database of its own for one test file. The migrations run once per content; after that the database
 * is a clone. `name` only helps to read PostgreSQL's log.
 */
export async function createTestDatabase(o: { migrations: URL; name: string }): Promise<TestDatabase> {
  const admin = testPostgresUrl()
  const template = await withConnection(admin, async (client) => {
    const { name, lock } = templateOf(o.migrations)
    // Test files run in several processes. The tests' own server is always PostgreSQL, so an advisory lock will do.
    await client.query('select pg_advisory_lock($1::bigint)', [lock])
    const known = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [name])
    if (known.rowCount === 0) {
      await client.query(`drop database if exists ${name}`)
      await client.query(`create database ${name}`)
      await withConnection(urlOf(admin, name), (inside) =>
        migrate({
          client: inside,
          directory: o.migrations,
          clock: systemClock,
          timers: realTimers,
          holder: 'tests',
        }),
      )
      await client.query(`alter database ${name} with is_template true allow_connections false`)
    }
    return name
  })
  const database = await createDatabase(o.name, template)
  return database
}

/** An empty database without any tables. */
export async function createDatabase(name: string, template = 'template0'): Promise<TestDatabase> {
  const admin = testPostgresUrl()
  const label = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  const database = `test_${label.slice(0, 30)}_${secureRandom.bytes(6).toString('hex')}`
  await withConnection(admin, (client) => client.query(`create database ${database} template ${template}`))
  return {
    url: urlOf(admin, database),
    async drop() {
      await withConnection(admin, (client) => client.query(`drop database if exists ${database} with (force)`))
    },
  }
}

/** The superuser's URL of the PostgreSQL that this test run uses. */
export function testPostgresUrl(): string {
  const url = process.env.TESSERA_TEST_POSTGRES
  if (url === undefined) throw new Error('TESSERA_TEST_POSTGRES is not set: name the test *.db.test.ts')
  return url
}

function urlOf(admin: string, database: string): string {
  const url = new URL(admin)
  url.pathname = `/${database}`
  return url.href
}

function templateOf(migrations: URL): { name: string; lock: string } {
  const folder = fileURLToPath(migrations.href.endsWith('/') ? migrations : new URL(`${migrations.href}/`))
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
  const text = files.map((file) => `${file}\n${readFileSync(`${folder}${file}`, 'utf8')}`).join('\n')
  const digest = hash('sha256', text, 'hex')
  return {
    name: `template_${digest.slice(0, 24)}`,
    lock: BigInt.asIntN(64, BigInt(`0x${digest.slice(0, 16)}`)).toString(),
  }
}
