import type { Database } from './database.ts'

const shortLivedTables = ['epoch_keys', 'tokens', 'cvcs', 'holds', 'permits'] as const

export class TablesNotUnlogged extends Error {
  constructor(tables: readonly string[]) {
    super(
      `these tables hold card data for a short time and must be UNLOGGED, but are not: ${tables.join(', ')}. ` +
        'The vault does not start: their rows would stay in the write-ahead log and in backups.',
    )
    this.name = 'TablesNotUnlogged'
  }
}

const readPersistence = {
  name: 'read_persistence',
  text: `select given.name from unnest($1::text[]) as given (name)
    left join pg_class on pg_class.oid = to_regclass(given.name)
    where pg_class.relpersistence is distinct from 'u'`,
}

/** PCI DSS 3.3.1: a CVC must not lie where it cannot be erased. Throws TablesNotUnlogged. */
export async function checkUnloggedTables(database: Database): Promise<void> {
  const wrong = await database.run(readPersistence, [[...shortLivedTables]])
  if (wrong.length > 0) throw new TablesNotUnlogged(wrong.map((row) => row.name))
}

const ping = { name: 'ping', text: 'select 1' }

/** Throws when the database does not answer. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.run(ping, [])
}
