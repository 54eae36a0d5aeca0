import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseName, Databases } from '../harness/databases.ts'
import type { Finding, Searcher } from './search.ts'

/** Every file below a directory, whatever it is. */
export function searchFiles(directory: string, searcher: Searcher): Finding[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      try {
        return searcher.inFile(join(entry.parentPath, entry.name))
      } catch (error) {
        // PostgreSQL removes files while we look.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
}

/** Every row of every table, as the database itself puts it: what its files hold compressed comes out here. */
export async function searchRows(databases: Databases, database: DatabaseName, searcher: Searcher): Promise<Finding[]> {
  return databases.with('superuser', database, async (client) => {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const findings: Finding[] = []
    for (const { name } of tables.rows) {
      const rows = await client.query<{ text: string }>(`select row_to_json(t)::text as text from ${name} t`)
      findings.push(...rows.rows.flatMap(({ text }) => searcher.inText(text, `${database} ${name}`)))
    }
    return findings
  })
}

export async function checkpoint(databases: Databases): Promise<void> {
  await databases.with('superuser', 'postgres', (client) => client.query('checkpoint'))
}

/** The folder that PostgreSQL keeps a database's tables in. */
export async function folderOf(databases: Databases, database: DatabaseName): Promise<string> {
  return databases.with('superuser', 'postgres', async (client) => {
    const { rows } = await client.query('select oid from pg_database where datname = $1', [database])
    return join(databases.dataFolder, 'base', String(rows[0].oid))
  })
}
