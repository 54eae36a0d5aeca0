import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withConnection } from '@tessera/cli/postgres/connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, createTestDatabase } from './database.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-migrations-'))
  mkdirSync(join(folder, 'migrations'))
  writeFileSync(join(folder, 'migrations', '0001-tiles.sql'), 'create table tiles (name text primary key);\n')
})

afterAll(() => rmSync(folder, { recursive: true }))

test('two test files with the same migrations get databases that do not see each other', async () => {
  const migrations = pathToFileURL(join(folder, 'migrations'))
  const [left, right] = await Promise.all([
    createTestDatabase({ migrations, name: 'left' }),
    createTestDatabase({ migrations, name: 'right' }),
  ])
  await withConnection(left.url, (client) => client.query("insert into tiles values ('terracotta')"))
  const seen = await withConnection(right.url, (client) => client.query('select name from tiles'))
  expect(seen.rows).toEqual([])
  await Promise.all([left.drop(), right.drop()])
})

test('a changed migration is not served from the old template', async () => {
  const migrations = pathToFileURL(join(folder, 'migrations'))
  const before = await createTestDatabase({ migrations, name: 'before' })
  writeFileSync(join(folder, 'migrations', '0002-colours.sql'), 'alter table tiles add column colour text;\n')
  const after = await createTestDatabase({ migrations, name: 'after' })
  const columns = await withConnection(after.url, (client) => client.query('select name, colour from tiles'))
  expect(columns.rows).toEqual([])
  await Promise.all([before.drop(), after.drop()])
})

test('a database is dropped although connections to it are open', async () => {
  const database = await createDatabase('busy')
  await withConnection(database.url, async (client) => {
    await client.query('select 1')
    await database.drop()
    await expect(client.query('select 1')).rejects.toThrow()
  })
})
