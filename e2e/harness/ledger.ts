import { databasesOf } from './databases.ts'
import type { Product } from './product.ts'

/** The gateway's own books, which no API shows yet: one payment's balances by account, in minor units. */
export function ledgerOf(product: Product) {
  const databases = databasesOf(product)
  const query = async (text: string, values: unknown[] = []) =>
    databases.with('gateway', 'tessera_gateway', async (client) => (await client.query(text, values)).rows)
  return {
    async balances(transactionId: string): Promise<Record<string, number>> {
      const rows = await query(
        'select account, sum(amount_minor) as balance from ledger_entries where payment_id = $1 group by account',
        [transactionId.replace('tx_', '')],
      )
      return Object.fromEntries(rows.map((row) => [row.account, Number(row.balance)]))
    },
    /** Occasions of one commit share its time: each of them, too, must sum to zero. */
    async unbalanced(): Promise<unknown[]> {
      return query(
        `select payment_id, operation_id, created_at, currency, sum(amount_minor) from ledger_entries
         group by payment_id, operation_id, created_at, currency having sum(amount_minor) <> 0`,
      )
    },
    async eventTypes(transactionId: string): Promise<string[]> {
      const rows = await query('select type from events where payment_id = $1 order by sequence', [
        transactionId.replace('tx_', ''),
      ])
      return rows.map((row) => row.type)
    },
    async attempt(transactionId: string): Promise<string> {
      const [row] = await query(`select operation_id from operations where payment_id = $1 and kind = 'authorize'`, [
        transactionId.replace('tx_', ''),
      ])
      return row.operation_id
    },
  }
}

export type Ledger = ReturnType<typeof ledgerOf>
