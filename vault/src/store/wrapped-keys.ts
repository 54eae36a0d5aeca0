import type { WrappedKey, WrappedKeyRows } from '../crypto/rewrap.ts'
import type { Database } from './database.ts'

interface Place {
  table: WrappedKey['table']
  /** Column of what is wrapped. */
  sealed: string
  key: Record<string, 'text' | 'integer'>
}

/** Everything that the root key wraps. The check of the root key is last: see `rewrapKeys`. */
const places: readonly Place[] = [
  {
    table: 'merchant_keys',
    sealed: 'wrapped',
    key: { merchant_id: 'text', mode: 'text', purpose: 'text', version: 'integer' },
  },
  { table: 'epoch_keys', sealed: 'wrapped', key: { purpose: 'text', version: 'integer' } },
  { table: 'instance_keys', sealed: 'wrapped', key: { purpose: 'text', version: 'integer' } },
  { table: 'root_key_checks', sealed: 'sealed', key: { purpose: 'text' } },
]

const rowsPerPage = 500

type Row = WrappedKey & { place: Place; keyValues: unknown[] }

export function wrappedKeyRows(database: Database): WrappedKeyRows<Row> {
  return {
    async *pages() {
      for (const place of places) yield* pagesOf(database, place)
    },
    async replace(rows, rewrapped) {
      const [first] = rows
      if (first === undefined) return 0
      const columns = Object.keys(first.place.key).map((_, index) => rows.map((row) => row.keyValues[index]))
      const values = [...columns, rows.map((row) => row.wrapped), rewrapped]
      return (await database.run(replacementIn(first.place), values)).length
    },
  }
}

async function* pagesOf(database: Database, place: Place): AsyncGenerator<Row[]> {
  const names = Object.keys(place.key)
  let after: unknown[] = []
  for (;;) {
    const rows = await database.run(pageOf(place, after.length > 0), after)
    if (rows.length === 0) return
    yield rows.map(({ sealed, ...row }) => ({
      ...row,
      table: place.table,
      merchantId: row.merchant_id,
      wrapped: sealed,
      place,
      keyValues: names.map((name) => row[name]),
    }))
    after = names.map((name) => rows.at(-1)[name])
  }
}

function pageOf({ table, sealed, key }: Place, isFollowing: boolean) {
  const names = Object.keys(key).join(', ')
  const values = Object.values(key).map((type, index) => `$${index + 1}::${type}`)
  const following = isFollowing ? `where (${names}) > (${values})` : ''
  return {
    name: `${isFollowing ? 'next' : 'first'}_page_of_${table}`,
    text: `select ${names}, ${sealed} as sealed from ${table} ${following} order by ${names} limit ${rowsPerPage}`,
  }
}

function replacementIn({ table, sealed, key }: Place) {
  const names = Object.keys(key)
  const arrays = [...Object.values(key), 'bytea', 'bytea'].map((type, index) => `$${index + 1}::${type}[]`)
  const isSameRow = names.map((name) => `${table}.${name} = given.${name}`).join(' and ')
  return {
    name: `rewrap_${table}`,
    text: `update ${table} set ${sealed} = given.rewrapped
      from unnest(${arrays}) as given (${names}, before, rewrapped)
      where ${isSameRow} and ${table}.${sealed} = given.before returning 1`,
  }
}
