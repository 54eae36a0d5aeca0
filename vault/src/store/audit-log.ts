import type { AuditLogRow } from '../audit/verify.ts'
import type { Database } from './database.ts'

const rowsPerFetch = 5_000

/** The whole log as it is at one moment, sorted by chain, sequence and position. */
export async function* readAuditLog(database: Pick<Database, 'dedicated'>): AsyncGenerator<AuditLogRow> {
  const client = await database.dedicated()
  try {
    // Years of entries are sorted once, which may take its time.
    await client.query('set statement_timeout = 0')
    await client.query('begin read only')
    await client.query(
      'declare entries no scroll cursor for select * from audit_log order by chain_id, sequence, position',
    )
    for (;;) {
      const { rows } = await client.query(`fetch ${rowsPerFetch} from entries`)
      if (rows.length === 0) return
      for (const row of rows) yield entryOf(row)
    }
  } finally {
    await client.end()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of the table.
function entryOf(row: any): AuditLogRow {
  return {
    merchantId: row.merchant_id,
    mode: row.mode,
    action: row.action,
    subjectId: row.subject_id,
    stepId: row.step_id,
    destination: row.destination,
    atMs: Number(row.at_ms),
    chainId: row.chain_id,
    sequence: Number(row.sequence),
    position: row.position,
    previous: row.previous,
    mac: row.mac,
  }
}
