import type pg from 'pg'
import type { Json } from '../../harness/api.ts'
import type { BusyAnswer } from './busy-client.ts'
import type { GeneratedRequest } from './generated-requests.ts'
import type { World } from './world.ts'

type Ids = Set<string>

interface Stand {
  payments: Ids
  refunds: Ids
  endpoints: Ids
  idempotencyKeys: Ids
  tokens: Ids
}

/** Keeps what the answers said was made, and compares it with what was recorded: neither may hold more than the other. */
export class Account {
  readonly #world: World
  readonly #gateway: pg.Client
  readonly #vault: pg.Client
  readonly #before: Stand
  readonly #told: Stand = {
    payments: new Set(),
    refunds: new Set(),
    endpoints: new Set(),
    idempotencyKeys: new Set(),
    tokens: new Set(),
  }

  private constructor(world: World, gateway: pg.Client, vault: pg.Client, before: Stand) {
    this.#world = world
    this.#gateway = gateway
    this.#vault = vault
    this.#before = before
  }

  static async open(world: World): Promise<Account> {
    const gateway = await world.databases.connect('gateway', 'tessera_gateway')
    const vault = await world.databases.connect('vault', 'tessera_vault')
    return new Account(world, gateway, vault, await standOf(gateway, vault))
  }

  note({ call, idempotencyKey }: GeneratedRequest, { status }: BusyAnswer, json: Json): void {
    const made = status < 300 || json?.id !== undefined
    if (!made) return
    const told = this.#told
    if (idempotencyKey !== null) told.idempotencyKeys.add(idempotencyKey.replace(/^"(.*)"$/, '$1'))
    if (call.name === 'POST /v1/payments') told.payments.add(json.transaction_id.replace('tx_', ''))
    if (call.name === 'POST /v1/payments/{id}/refund') told.refunds.add(json.id)
    if (call.name === 'POST /v1/webhook_endpoints') told.endpoints.add(json.id)
    if (call.name === 'POST /v1/tokens') told.tokens.add(json.id)
  }

  async isSettled(): Promise<boolean> {
    const { rows } = await this.#gateway.query("select 1 from operations where state in ('sending', 'unknown') limit 1")
    return rows.length === 0
  }

  /** Everything that is recorded and was not told, or told and not recorded. */
  async disagreements(): Promise<string[]> {
    const after = await standOf(this.#gateway, this.#vault)
    const found: string[] = []
    for (const name of ['payments', 'refunds', 'endpoints', 'tokens'] as const) {
      const made = new Set([...after[name]].filter((id) => !this.#before[name].has(id)))
      for (const id of made) if (!this.#told[name].has(id)) found.push(`${name}: ${id} was made and not told`)
      for (const id of this.#told[name]) if (!made.has(id)) found.push(`${name}: ${id} was told and not made`)
    }
    for (const key of after.idempotencyKeys) {
      const known = this.#before.idempotencyKeys.has(key) || this.#told.idempotencyKeys.has(key)
      if (!known) found.push(`idempotency keys: ${key} was kept for a refused request`)
    }
    return [...found, ...(await this.againstAcquirer())]
  }

  /** Authorization by authorization: the acquirer's ledger and the gateway's payments. */
  async againstAcquirer(): Promise<string[]> {
    const { rows } = await this.#gateway.query<{
      reference: string
      approved: boolean
      captured: string
      refunded: string
      held: string
    }>(
      `select o.operation_id as reference, o.state = 'approved' as approved, p.captured_minor as captured, p.refunded_minor as refunded,
         p.authorized_minor - p.captured_minor - p.reversed_minor as held
       from operations o join payments p using (merchant_id, payment_id) where o.kind = 'authorize'`,
    )
    const ours = new Map(
      rows.map((row) => [row.reference, [row.approved, row.captured, row.refunded, row.held].join(' ')]),
    )
    const found: string[] = []
    for (const entry of await this.#world.acquirer.ledger()) {
      const theirs = [entry.status === 'approved', entry.captured_minor, entry.refunded_minor, entry.held_minor].join(
        ' ',
      )
      if (ours.get(entry.reference) !== theirs)
        found.push(`${entry.reference}: ours ${ours.get(entry.reference)}, the acquirer’s ${theirs}`)
      ours.delete(entry.reference)
    }
    // What never arrived there is a failed payment here, and nothing else.
    const lost = [...ours].filter(([, stand]) => stand !== 'false 0 0 0')
    return [...found, ...lost.map(([reference, stand]) => `${reference}: ours ${stand}, unknown to the acquirer`)]
  }

  async close(): Promise<void> {
    await Promise.all([this.#gateway.end(), this.#vault.end()])
  }
}

async function standOf(gateway: pg.Client, vault: pg.Client): Promise<Stand> {
  const ids = async (client: pg.Client, query: string): Promise<Ids> =>
    new Set((await client.query<{ id: string }>(query)).rows.map((row) => row.id))
  return {
    payments: await ids(gateway, 'select payment_id as id from payments'),
    refunds: await ids(gateway, "select operation_id as id from operations where kind = 'refund'"),
    endpoints: await ids(gateway, 'select endpoint_id as id from webhook_endpoints'),
    idempotencyKeys: await ids(gateway, 'select key as id from idempotency_keys'),
    tokens: await ids(vault, 'select token as id from tokens'),
  }
}
