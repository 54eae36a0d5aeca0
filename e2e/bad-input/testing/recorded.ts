import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { until } from '../../harness/until.ts'
import type { World } from './world.ts'

/**
 * Rows that only requests make or change. Left out are columns that background work touches for reasons of its own: the
 * feed's stamp, leases, deliveries under way.
 */
const gatewayRows: Readonly<Record<string, string>> = {
  merchants: 'select * from merchants',
  api_keys: 'select * from api_keys',
  payments: 'select * from payments',
  operations: 'select merchant_id, operation_id, kind, state, amount_minor, updated_at from operations',
  ledger_entries: 'select * from ledger_entries',
  events: 'select event_id, type from events',
  idempotency_keys: 'select * from idempotency_keys',
  payment_methods: 'select * from payment_methods',
  webhook_endpoints: 'select * from webhook_endpoints',
  deliveries: 'select event_id, endpoint_id from deliveries',
}
const vaultRows: Readonly<Record<string, string>> = {
  tokens: 'select * from tokens',
  cards: 'select card_id, state from cards',
}

/** What background work has still to do; each of these may change a row above, however late. */
const gatewayWork = `
  select 1 from operations where state in ('sending', 'unknown')
  union all select 1 from card_settlements
  union all select 1 from events_to_place
  union all select 1 from deliveries where state = 'waiting' and due_at is not null`
/** Every hold of these worlds ends with its payment. */
const vaultWork = `select 1 from holds union all select 1 from cards where state = 'provisional'`

/** A digest of everything that is recorded anywhere, by table: equal before and after means that nothing changed. */
export interface Recorded {
  read(): Promise<Record<string, string>>
  /** Reads once background work has come to rest. */
  settled(): Promise<Record<string, string>>
  close(): Promise<void>
}

export async function openRecorded(world: World): Promise<Recorded> {
  const gateway = await world.databases.connect('gateway', 'tessera_gateway')
  const vault = await world.databases.connect('vault', 'tessera_vault')
  async function read(): Promise<Record<string, string>> {
    const [ofGateway, ofVault, ledger] = await Promise.all([
      digestsOf(gateway, gatewayRows),
      digestsOf(vault, vaultRows),
      world.acquirer.ledger(),
    ])
    return { ...ofGateway, ...ofVault, acquirer: digest(JSON.stringify(ledger)) }
  }
  async function settled(): Promise<Record<string, string>> {
    const workOf = async () => [...(await gateway.query(gatewayWork)).rows, ...(await vault.query(vaultWork)).rows]
    let last = ''
    await until(
      async () => {
        if ((await workOf()).length > 0) return false
        const now = JSON.stringify(await read())
        const same = now === last
        last = now
        return same
      },
      { withinMs: 60_000, what: 'background work to come to rest', everyMs: 500 },
    )
    return JSON.parse(last)
  }
  return {
    read,
    settled,
    async close() {
      await Promise.all([gateway.end(), vault.end()])
    },
  }
}

async function digestsOf(
  client: pg.Client,
  queries: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const parts = Object.entries(queries).map(
    ([name, query]) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(r::text, '|' order by r::text)), '') as digest from (${query}) r`,
  )
  const { rows } = await client.query<{ name: string; digest: string }>(parts.join(' union all '))
  return Object.fromEntries(rows.map((row) => [row.name, row.digest]))
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What every process of the product has logged so far, PostgreSQL included. */
export function logsOf(world: World): string {
  const folder = join(world.product.dataDirectory, 'logs')
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  return [...files, world.product.output()].join('\n')
}
