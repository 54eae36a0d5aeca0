import { withConnection } from '@tessera/cli/postgres/connect'
import { describeSchema } from '@tessera/lib/migrate'
import { createTestDatabase } from './testing/database.ts'

const schemaFile = (name: string) => {
  const migrations = new URL(`../${name}/migrations/`, import.meta.url)
  return { name, migrations, file: new URL('schema.sql', migrations) }
}

/** The databases that have migrations, and where the text of each schema lies. */
export const schemaFiles = ['gateway', 'vault'].map(schemaFile)

/** What the migrations make of an empty database, with a heading. Needs `TESSERA_TEST_POSTGRES`. */
export async function schemaText(name: string, migrations: URL): Promise<string> {
  const database = await createTestDatabase({ migrations, name: `schema_${name}` })
  try {
    const schema = await withConnection(database.url, (client) => describeSchema(client))
    return `-- The ${name}'s database after all migrations. Written by \`node tools/emit-schema.ts\`, for reading only.\n\n${schema}`
  } finally {
    await database.drop()
  }
}
