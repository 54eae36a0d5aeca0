import type pg from 'pg'
import { databasesOf } from '../../harness/databases.ts'
import { until } from '../../harness/until.ts'
import { demand, type FaultCase, type Scene } from './case.ts'
import { payWith, saveCard } from './saved-cards.ts'

export const vaultRestored: FaultCase = {
  number: 19,
  name: 'vault-restored',
  what: 'the vault’s database goes back to a backup, and has forgotten what was sent, saved and erased since then',
  async prepare(scene) {
    const [kept, erased] = await Promise.all([saveCard(scene), saveCard(scene)])
    await atVault(scene, backUp)
    const lost = await saveCard(scene)
    await until(() => scene.api.delete(`/v1/customers/payment-methods/${erased}`).catch(() => null), {
      withinMs: 30_000,
      what: 'a saved card to go',
    })
    return async () => {
      demand((await payWith(scene, kept)).status !== 404, 'a card from the backup cannot be paid with')
      for (const [what, id] of Object.entries({ lost, erased })) {
        const { status } = await payWith(scene, id)
        demand(status === 404, `paying with a card that was ${what} was answered ${status}`)
      }
      return { 'cards forgotten': scene.forgottenCards.size }
    }
  },
  async strike(scene) {
    const { product, wired } = scene
    await atVault(scene, async (client) => {
      await client.query('alter role tessera_vault nologin')
      try {
        wired.vault.kill()
        await client.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tessera_vault'")
        for (const cardId of await restore(client)) scene.forgottenCards.add(cardId)
      } finally {
        await client.query('alter role tessera_vault login')
      }
    })
    await product.kill('vault')
    await wired.vault.ready()
    return {}
  },
}

const atVault = <T>({ product }: Scene, run: (client: pg.Client) => Promise<T>): Promise<T> =>
  databasesOf(product).with('superuser', 'tessera_vault', run)

const tablesOf = async (client: pg.Client, persistence: 'permanent' | 'any'): Promise<string[]> => {
  const { rows } = await client.query(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
     and ($1 = 'any' or relpersistence = 'p')`,
    [persistence],
  )
  return rows.map(({ relname }) => relname)
}

/** As a base backup has it: all tables at one moment, without the UNLOGGED ones. */
async function backUp(client: pg.Client): Promise<void> {
  const tables = await tablesOf(client, 'permanent')
  await client.query('begin isolation level repeatable read')
  await client.query('create schema backup')
  for (const table of tables) await client.query(`create table backup.${table} as table public.${table}`)
  await client.query('commit')
}

/** Returns the saved cards of which the vault knows something else now. */
async function restore(client: pg.Client): Promise<string[]> {
  const kept = await tablesOf(client, 'permanent')
  const all = (await tablesOf(client, 'any')).map((table) => `public.${table}`)
  await client.query('begin')
  // A session that was told to end may be committing still: what it has done must be among what is forgotten.
  await client.query(`lock table ${all} in access exclusive mode`)
  const { rows } = await client.query(
    `select card_id from public.cards as newest full join backup.cards as older using (merchant_id, mode, card_id)
     where newest.state is distinct from older.state`,
  )
  await client.query(`truncate ${all}`)
  for (const table of kept) await client.query(`insert into public.${table} table backup.${table}`)
  await client.query('drop schema backup cascade')
  await client.query('commit')
  return rows.map(({ card_id }) => card_id)
}
