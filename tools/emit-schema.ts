import { readFileSync, writeFileSync } from 'node:fs'
import { startThrowawayPostgres } from '@tessera/cli/postgres/throwaway'
import { schemaFiles, schemaText } from './schema-text.ts'

/**
 * Writes `schema.sql` beside the migrations of each database, so that a review shows their effect and not only their
 * steps. With `--check` it writes nothing and ends with 1 where a file is not what the migrations give.
 *
 *   node tools/emit-schema.ts [--check]
 *
 * The PostgreSQL of `TESSERA_TEST_POSTGRES` (a superuser's URL) is used where it is set, else a throw-away one.
 */
const check = process.argv.includes('--check')
const given = process.env.TESSERA_TEST_POSTGRES
const throwaway = given === undefined ? await startThrowawayPostgres() : undefined
try {
  process.env.TESSERA_TEST_POSTGRES = given ?? throwaway?.url
  for (const { name, migrations, file } of schemaFiles) {
    const text = await schemaText(name, migrations)
    if (!check) {
      writeFileSync(file, text)
    } else if (readFileSync(file, 'utf8') !== text) {
      process.stdout.write(`the schema of ${name} is not what its migrations give: run node tools/emit-schema.ts\n`)
      process.exitCode = 1
    }
  }
} finally {
  await throwaway?.stop()
}
