import type { Acquirer } from '../harness/acquirer.ts'
import type { Api, Json } from '../harness/api.ts'
import { databasesOf } from '../harness/databases.ts'
import type { Product } from '../harness/product.ts'
import type { Order } from './orders.ts'

/** Everything that anybody wrote down, read once all is quiet. Rows are as the database has them, amounts as numbers. */
export interface Books {
  orders: Order[]
  /** The acquirer's own ledger: authorizations with their operations, and reversals that came before theirs. */
  acquirer: Json[]
  payments: Json[]
  operations: Json[]
  ledgerEntries: Json[]
  /** Without their snapshots. */
  events: Json[]
  deliveries: Json[]
  paymentMethods: Json[]
  cardSettlements: Json[]
  /** Saved cards in the vault: id and state. */
  vaultCards: Json[]
  /** Of those, the ones that were something else before the vault was restored. */
  forgottenCards: Set<string>
  /** Authorizations that could still be sent. */
  permits: Json[]
  /** Payments as the API shows them, by transaction id. */
  shown: Map<string, Json>
  /** Ids of the events that reached the merchant's receiver. */
  received: Set<string>
}

const bigintsAsNumbers = (rows: Json[]): Json[] =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, isWholeNumber(name, value) ? Number(value) : value]),
    ),
  )

const isWholeNumber = (name: string, value: unknown): boolean =>
  typeof value === 'string' && /_minor$|_position$/.test(name)

export async function readBooks(o: {
  product: Product
  api: Api
  acquirer: Acquirer
  orders: Order[]
  received: Set<string>
  forgottenCards: Set<string>
}): Promise<Books> {
  const { orders, received, forgottenCards } = o
  const databases = databasesOf(o.product)
  const gateway = await databases.with('gateway', 'tessera_gateway', async (client) => {
    const all = async (query: string): Promise<Json[]> => bigintsAsNumbers((await client.query(query)).rows)
    return {
      payments: await all('select * from payments'),
      operations: await all('select * from operations order by created_at'),
      ledgerEntries: await all('select * from ledger_entries'),
      events: await all(
        `select e.payment_id, e.sequence, e.public_sequence, e.event_id, e.type, p.position as feed_position
         from events e left join event_places p using (merchant_id, event_id) order by e.sequence`,
      ),
      deliveries: await all(
        'select event_id, state from deliveries join webhook_endpoints using (merchant_id, endpoint_id)',
      ),
      paymentMethods: await all('select payment_method_id, card_id from payment_methods'),
      cardSettlements: await all('select card_id from card_settlements'),
    }
  })
  const vault = await databases.with('vault', 'tessera_vault', async (client) => ({
    vaultCards: (await client.query('select card_id, state from cards')).rows,
    permits: (await client.query('select attempt_id from permits')).rows,
  }))
  const shown = await listAll(o.api)
  return { ...gateway, ...vault, shown, orders, acquirer: await o.acquirer.ledger(), received, forgottenCards }
}

async function listAll(api: Api): Promise<Map<string, Json>> {
  const shown = new Map<string, Json>()
  for (let after = ''; ; ) {
    const page = (await api.get(`/v1/payments?limit=100${after}`)).json
    for (const payment of page.data) shown.set(payment.id, payment)
    if (!page.has_more) return shown
    after = `&starting_after=${page.data.at(-1).id}`
  }
}
