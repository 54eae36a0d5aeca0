import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { secureRandom } from '@tessera/lib/random'
import type pg from 'pg'
import type { Databases } from './databases.ts'

/**
 * What the product is held against: the plain way to record a payment. A pool of 16, and per payment `BEGIN`, four one-row
 * inserts with named statements, `COMMIT`. Its tables have the columns of the product's own, in the same widths, and a
 * primary key; no other index, no check, no foreign key. Its rows are one real payment of the product with fresh ids.
 */
export interface Reference {
  payOnce(): Promise<void>
}

const tables = ['payments', 'operations', 'events', 'idempotency_keys'] as const

interface Insert {
  name: string
  text: string
  columns: string[]
  row: Record<string, unknown>
}

/** At least one payment must have been captured before: its rows are the pattern. */
export async function createReference({ gateway, reference }: Databases): Promise<Reference> {
  const inserts: Insert[] = []
  for (const table of tables) inserts.push(await copyTable(table, gateway, reference))
  const ids = createIds(systemClock, secureRandom)
  return {
    async payOnce() {
      const fresh: Record<string, string> = {
        payment_id: ids.timeOrdered(),
        operation_id: `att_${ids.random()}`,
        event_id: `evt_${ids.timeOrdered()}`,
        key: ids.random(),
      }
      const client = await reference.connect()
      try {
        await client.query('begin')
        for (const { name, text, columns, row } of inserts) {
          await client.query({ name, text, values: columns.map((column) => fresh[column] ?? row[column]) })
        }
        await client.query('commit')
      } finally {
        client.release()
      }
    },
  }
}

async function copyTable(table: string, from: pg.Pool, to: pg.Pool): Promise<Insert> {
  const columns = await from.query<{ name: string; definition: string }>(
    `select column_name as name,
       column_name || ' ' || data_type || case is_nullable when 'NO' then ' not null' else '' end as definition
     from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position`,
    [table],
  )
  const keys = await from.query<{ column: string }>(
    `select k.column_name as column from information_schema.key_column_usage k
     where k.table_schema = 'public' and k.table_name = $1 and k.constraint_name = $1 || '_pkey' order by k.ordinal_position`,
    [table],
  )
  const names = columns.rows.map(({ name }) => name)
  const definitions = columns.rows.map(({ definition }) => definition)
  const primaryKey = keys.rows.map(({ column }) => column)
  if (names.length === 0 || primaryKey.length === 0) throw new Error(`the product has no table ${table} any more`)
  await to.query(`create table ${table} (${definitions.join(', ')}, primary key (${primaryKey.join(', ')}))`)
  return {
    name: `insert_${table}`,
    text: `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    columns: names,
    row: await realRow(table, from),
  }
}

/** The widest row, which is that of a payment that has come to its end. JSON is written out once, not per insert. */
async function realRow(table: string, from: pg.Pool): Promise<Record<string, unknown>> {
  const { rows } = await from.query<{ row: Record<string, unknown> }>(
    `select row_to_json(t) as row from ${table} t order by pg_column_size(t.*) desc limit 1`,
  )
  const row = rows[0]?.row
  if (row === undefined) throw new Error(`the product wrote nothing into ${table}`)
  const asText = (value: unknown) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, asText(value)]))
}
