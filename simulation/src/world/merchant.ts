import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import type { Pool } from 'pg'
import { type EndpointId, type MerchantId, trustedId } from '../../../gateway/src/core/ids.ts'
import { createSealer, type Sealer } from '../../../gateway/src/lib/sealing.ts'
import { createMerchant } from '../../../gateway/src/merchant-setup.ts'
import { createMerchantStore } from '../../../gateway/src/store/merchants.ts'
import { createWebhookStore } from '../../../gateway/src/store/webhooks.ts'
import type { Sessions } from '../database/sessions.ts'

/** When every run begins. */
export const startMs = Date.parse('2026-10-07T12:00:00.000Z')

export interface Shop {
  merchantId: string
  secretKey: string
  inflowKey: string
  sealer: Sealer
  /** Puts the endpoints back as every run finds them. */
  restoreEndpoints(): Promise<void>
}

/** One merchant with an endpoint of each dialect: the same in every run, so made once per database. */
export async function openShop(sessions: Sessions): Promise<Shop> {
  const clock = new ManualClock(startMs)
  const random = seededRandom(20_261_007)
  const ids = createIds(clock, random)
  const sealer = createSealer({ keys: [random.bytes(32)], random })
  const session = await sessions.take('plain')
  const client = { query: session.client.query.bind(session.client), release: () => {} }
  const pool = { ...client, connect: async () => client } as unknown as Pool
  const merchants = createMerchantStore(pool, ids)
  const made = await createMerchant(
    { merchants, sealer, clock, ids, random },
    { name: 'Tea', mode: 'test', connector: 'sandbox' },
  )
  const webhooks = createWebhookStore({ pool, sealer })
  for (const dialect of ['v1', 'inflow'] as const) {
    await webhooks.insert(
      {
        merchantId: trustedId<MerchantId>(made.merchantId),
        endpointId: trustedId<EndpointId>(`we_${ids.timeOrdered()}`),
        mode: 'test',
        dialect,
        url: `https://${dialect}.shop.test/hooks`,
        description: null,
        secret: `whsec_${random.bytes(24).toString('base64')}`,
        previousSecret: null,
        previousSecretUntilMs: null,
        eventTypes: null,
        status: 'enabled',
        disabledReason: null,
        failingSinceMs: null,
        createdAtMs: startMs,
        updatedAtMs: startMs,
      },
      { inAll: 16, ofDialect: 16 },
    )
  }
  sessions.give(session)
  await sessions.ask('create table kept_endpoints as select * from webhook_endpoints')
  return {
    merchantId: made.merchantId,
    secretKey: made.secretKey,
    inflowKey: made.inflowPrivateKey,
    sealer,
    restoreEndpoints: async () => {
      await sessions.ask('insert into webhook_endpoints select * from kept_endpoints')
    },
  }
}
