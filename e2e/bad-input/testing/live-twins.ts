import type { World } from './world.ts'

/** Objects of the fixtures' merchant in live mode. */
export interface LiveTwins {
  payment: string
  savedCard: string
  endpoint: string
  event: string
}

const suffix = '01jd1ve0000000000000000000'

/** Copies what the merchant has in test mode into live mode, where no acquirer is connected that could make such things. */
export async function makeLiveTwins(world: World): Promise<LiveTwins> {
  const { mine } = world
  const twins = {
    payment: `tx_${suffix}`,
    savedCard: `pmi_${suffix}`,
    endpoint: `whe_${suffix}`,
    event: `evt_${suffix}`,
  }
  await world.databases.with('gateway', 'tessera_gateway', async (client) => {
    const copies: [table: string, idColumn: string, from: string, to: string][] = [
      ['payments', 'payment_id', mine.captured.replace('tx_', ''), suffix],
      ['payment_methods', 'payment_method_id', mine.savedCard, twins.savedCard],
      ['webhook_endpoints', 'endpoint_id', mine.endpoint, twins.endpoint],
    ]
    for (const [table, id, from, to] of copies) {
      await client.query(
        `insert into ${table} select (jsonb_populate_record(t, jsonb_build_object('${id}', $2::text, 'mode', 'live'))).* from ${table} t where ${id} = $1`,
        [from, to],
      )
    }
    await client.query(
      `insert into events select (jsonb_populate_record(t, jsonb_build_object('payment_id', $2::text, 'event_id', $3::text, 'mode', 'live'))).*
       from events t where event_id = $1`,
      [mine.event, suffix, twins.event],
    )
  })
  return twins
}
