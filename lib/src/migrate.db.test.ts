import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withConnection } from '@tessera/cli/postgres/connect'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../tools/testing/database.ts'
import { systemClock } from './clock.ts'
import { describeSchema, MigrationFailed, MigrationRefused, migrate, type SqlClient } from './migrate.ts'
import { realTimers } from './timers.ts'

let folder: string
let database: TestDatabase
const databases: TestDatabase[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-migrate-'))
  database = await createDatabase('migrate')
  databases.push(database)
})
afterEach(() => rm(folder, { recursive: true }))
afterAll(() => Promise.all(databases.map((each) => each.drop())))

function file(name: string, sql: string): Promise<void> {
  return writeFile(join(folder, name), sql)
}

function run(holder = 'test', client?: SqlClient): Promise<{ applied: string[] }> {
  const rest = { directory: folder, clock: systemClock, timers: realTimers, holder }
  if (client !== undefined) return migrate({ ...rest, client })
  return withConnection(database.url, (own) => migrate({ ...rest, client: own }))
}

// biome-ignore lint/suspicious/noExplicitAny: rows as the statement gives them.
async function rowsOf(sql: string): Promise<any[]> {
  return withConnection(database.url, async (client) => (await client.query(sql)).rows)
}

describe('running', () => {
  test('files are applied once, in order, several statements each', async () => {
    await file('0001-tiles.sql', "create table tiles (name text primary key); insert into tiles values ('a');")
    await file('0002-colours.sql', "alter table tiles add column colour text;\nupdate tiles set colour = 'red';")
    await file('schema.sql', 'this is generated and not a migration')
    await file('README.md', 'nor is this')
    expect(await run()).toEqual({ applied: ['0001-tiles.sql', '0002-colours.sql'] })
    expect(await run()).toEqual({ applied: [] })
    await file('0003-shapes.sql', 'alter table tiles add column shape text;')
    expect(await run()).toEqual({ applied: ['0003-shapes.sql'] })
    expect(await rowsOf('select * from tiles')).toEqual([{ name: 'a', colour: 'red', shape: null }])
  })

  test('a folder may be named by URL', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    const result = await withConnection(database.url, (client) =>
      migrate({ client, directory: pathToFileURL(folder), clock: systemClock, timers: realTimers, holder: 'url' }),
    )
    expect(result.applied).toEqual(['0001-tiles.sql'])
  })

  test('many processes at once apply every file once, and all of them succeed', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await file('0002-first.sql', "insert into tiles values ('first'); select pg_sleep(0.05);")
    await file('0003-second.sql', "insert into tiles values ('second')")
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => run(`process ${index}`)))
    expect(results.flatMap((result) => result.applied).sort()).toEqual([
      '0001-tiles.sql',
      '0002-first.sql',
      '0003-second.sql',
    ])
    expect(await rowsOf('select name from tiles')).toEqual([{ name: 'first' }, { name: 'second' }])
    expect(await rowsOf('select * from schema_migration_lease')).toEqual([])
  })

  test('holders that ignore the lease still apply every file once', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text); select pg_sleep(0.05)')
    await file('0002-first.sql', "insert into tiles values ('first')")
    // One name for all: to the lease they are one process.
    await Promise.all(Array.from({ length: 6 }, () => run('the same')))
    expect(await rowsOf('select name from tiles')).toEqual([{ name: 'first' }])
  })

  test('the lease of a process that died is taken over once it has expired', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await run()
    await rowsOf(`insert into schema_migration_lease values ('migrate', 'dead', now() - interval '1 second')`)
    await file('0002-colours.sql', 'alter table tiles add column colour text')
    expect(await run('living')).toEqual({ applied: ['0002-colours.sql'] })
  })

  test('a living holder is waited for', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await run()
    await rowsOf(`insert into schema_migration_lease values ('migrate', 'other', now() + interval '1 hour')`)
    await file('0002-colours.sql', 'alter table tiles add column colour text')
    const waits: number[] = []
    const timers = {
      ...realTimers,
      async sleep(ms: number) {
        waits.push(ms)
        expect(await rowsOf('select version from schema_migrations')).toEqual([{ version: '0001' }])
        if (waits.length === 3) await rowsOf('delete from schema_migration_lease')
      },
    }
    const result = await withConnection(database.url, (client) =>
      migrate({ client, directory: folder, clock: systemClock, timers, holder: 'waiting' }),
    )
    expect(result.applied).toEqual(['0002-colours.sql'])
    expect(waits).toHaveLength(3)
  })

  test.each(['42P07', '42710', '23505'])(
    'losing the race to create the bookkeeping (%s) is no failure',
    async (code) => {
      await file('0001-tiles.sql', 'create table tiles (name text)')
      let lost = false
      const result = await withConnection(database.url, (client) =>
        run('loser', {
          async query(text, values) {
            if (lost || !text.startsWith('create table if not exists')) return client.query(text, values)
            lost = true
            throw Object.assign(new Error('already exists'), { code })
          },
        }),
      )
      expect(result.applied).toEqual(['0001-tiles.sql'])
    },
  )

  test('a transaction that PostgreSQL gives up for concurrency runs again', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    let failures = 2
    const result = await withConnection(database.url, (client) =>
      run('retrying', {
        async query(text, values) {
          if (text.startsWith('create table tiles') && failures-- > 0) {
            throw Object.assign(new Error('restart transaction'), { code: '40001' })
          }
          return client.query(text, values)
        },
      }),
    )
    expect(result.applied).toEqual(['0001-tiles.sql'])
    expect(await rowsOf('select * from tiles')).toEqual([])
  })
})

describe('failing', () => {
  test('a failing file leaves nothing of itself, keeps what ran before, and can be mended', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await file('0002-broken.sql', "insert into tiles values ('half done'); select broken;")
    const failure = await run().catch((error) => error)
    expect(failure).toBeInstanceOf(MigrationFailed)
    expect(failure.message).toContain('0002-broken.sql failed: column "broken" does not exist')
    expect(await rowsOf('select version from schema_migrations')).toEqual([{ version: '0001' }])
    expect(await rowsOf('select * from tiles')).toEqual([])
    await file('0002-broken.sql', "insert into tiles values ('whole')")
    expect(await run()).toEqual({ applied: ['0002-broken.sql'] })
  })

  test('data that breaks a rule of the file is a failure at once, not retried', async () => {
    await file('0001-tiles.sql', "create table tiles (name text); insert into tiles values ('a'), ('a');")
    await file('0002-unique.sql', 'alter table tiles add primary key (name)')
    let runs = 0
    const failure = await withConnection(database.url, (client) =>
      run('test', {
        query(text, values) {
          if (text.includes('primary key (name)')) runs++
          return client.query(text, values)
        },
      }).catch((error) => error),
    )
    expect([failure.name, runs]).toEqual(['MigrationFailed', 1])
  })

  test('a file that was edited after it ran is refused by name', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await run()
    await file('0001-tiles.sql', 'create table tiles (name text, colour text)')
    await expect(run()).rejects.toThrow(/0001-tiles.sql was changed after it ran/)
  })

  test('line ends of another system are no edit', async () => {
    await file('0001-tiles.sql', 'create table tiles (\n  name text\n)')
    await run()
    await file('0001-tiles.sql', 'create table tiles (\r\n  name text\r\n)')
    expect(await run()).toEqual({ applied: [] })
  })

  test('a database that is newer than the files is refused', async () => {
    await file('0001-tiles.sql', 'create table tiles (name text)')
    await file('0002-colours.sql', 'alter table tiles add column colour text')
    await run()
    await rm(join(folder, '0002-colours.sql'))
    await expect(run()).rejects.toThrow(/0002-colours.sql, which this version does not know/)
  })

  test.each([
    ['0002-gap.sql', 'select 1', /not migration 1/],
    ['1-short.sql', 'select 1', /not migration 1/],
    ['0001-begin.sql', 'begin;\nselect 1;\ncommit;', /leave transactions to the runner/],
  ])('%s with "%s" is refused', async (name, sql, text) => {
    await file(name, sql)
    const refusal = await run().catch((error) => error)
    expect(refusal).toBeInstanceOf(MigrationRefused)
    expect(refusal.message).toMatch(text)
  })
})

describe('the description of the schema', () => {
  async function described(sql: string): Promise<string> {
    const own = await createDatabase('describe')
    databases.push(own)
    return withConnection(own.url, async (client) => {
      await client.query(sql)
      return describeSchema(client)
    })
  }

  test('shows tables with columns, constraints, indexes and persistence, and no bookkeeping', async () => {
    await file(
      '0001-tiles.sql',
      `create table tiles (
         merchant_id text not null, id text not null, amount bigint not null default 0 check (amount >= 0),
         colour varchar(10), made_at timestamptz(3) default now(), primary key (merchant_id, id));
       create unlogged table secrets (token text primary key, "odd name" jsonb);
       create table parts (merchant_id text, tile text, foreign key (merchant_id, tile) references tiles, n numeric(10,2) generated always as (1.5) stored);
       create unique index tiles_by_colour on tiles (merchant_id, lower(colour)) where amount > 0;`,
    )
    await run()
    expect(await withConnection(database.url, describeSchema)).toBe(`create table parts (
  merchant_id text,
  tile text,
  n numeric(10,2) generated always as (1.5),
  constraint parts_merchant_id_tile_fkey FOREIGN KEY (merchant_id, tile) REFERENCES tiles(merchant_id, id)
);

create unlogged table secrets (
  token text not null,
  "odd name" jsonb,
  constraint secrets_pkey PRIMARY KEY (token)
);

create table tiles (
  merchant_id text not null,
  id text not null,
  amount bigint not null default 0,
  colour character varying(10),
  made_at timestamp(3) with time zone default now(),
  constraint tiles_amount_check CHECK (amount >= 0),
  constraint tiles_pkey PRIMARY KEY (merchant_id, id)
);
create unique index tiles_by_colour on tiles using btree (merchant_id, lower((colour)::text)) WHERE (amount > 0);
`)
  })

  test('is the same whatever order things were made in', async () => {
    const [left, right] = await Promise.all([
      described(
        'create table a (x int, y int); create table b (z int); create index a_x on a (x); create index a_y on a (y)',
      ),
      described(
        'create table b (z int); create table a (x int, y int); create index a_y on a (y); create index a_x on a (x)',
      ),
    ])
    expect(left).toBe(right)
  })

  test.each([
    ['create view v as select 1 as one', 'create view v as'],
    ['create sequence s', 'create sequence s;'],
    ["create type mood as enum ('good', 'bad')", "create type mood as enum ('good', 'bad');"],
    ['create function f() returns int language sql as $$ select 1 $$', 'FUNCTION public.f()'],
    ['create table t (id int generated always as identity)', 'id integer not null generated as identity'],
  ])('does not pass over "%s"', async (sql, shown) => {
    expect(await described(sql)).toContain(shown)
  })
})
