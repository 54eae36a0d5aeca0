import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { schemaFiles, schemaText } from './schema-text.ts'

test.each(schemaFiles)('the committed schema of $name is what its migrations give', async (schema) => {
  const committed = readFileSync(schema.file, 'utf8')
  const hint = 'run `node tools/emit-schema.ts` and commit the result'
  expect(committed, hint).toBe(await schemaText(schema.name, schema.migrations))
  expect(committed).toContain('create table')
})

test('a further migration changes the schema, so that a file left behind is noticed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-schema-'))
  try {
    const migrations = join(folder, 'migrations')
    mkdirSync(migrations)
    writeFileSync(join(migrations, '0001-tiles.sql'), 'create table tiles (name text primary key);\n')
    const before = await schemaText('planted', pathToFileURL(`${migrations}/`))
    writeFileSync(join(migrations, '0002-colour.sql'), 'alter table tiles add column colour text;\n')
    const after = await schemaText('planted', pathToFileURL(`${migrations}/`))
    expect(before).not.toContain('colour')
    expect(after).toContain('colour text')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
