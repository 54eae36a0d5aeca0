import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom, seededRandom } from '@tessera/lib/random'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type MerchantId, trustedId } from '../core/ids.ts'
import { createSealer } from '../lib/sealing.ts'
import { type Database, openDatabase } from './database.ts'
import { createMerchantStore } from './merchants.ts'
import { createReturnSigningSecrets } from './return-signing-secrets.ts'

const merchantId = trustedId<MerchantId>('mer_1')
const sealer = createSealer({ keys: [seededRandom(1).bytes(32)], random: secureRandom })

let test: TestDatabase
let database: Database

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'return signing' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  const merchants = createMerchantStore(database.cold, createIds(systemClock, secureRandom))
  const place = { kind: 'return_signing_secret', merchantId, recordId: merchantId } as const
  const returnSigningSecret = sealer.seal('rss_secret', place)
  await merchants.insert({ merchantId, name: 'Shop', returnSigningSecret, connectors: [], flows: [], keys: [] }, 1)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

it('a merchant’s secret is read in clear, by the key that sealed it', async () => {
  const secrets = createReturnSigningSecrets({ pool: database.cold, sealer })
  expect(await secrets.secretOf(merchantId)).toBe('rss_secret')
  await expect(secrets.secretOf(trustedId('mer_2'))).rejects.toThrow('there is no merchant mer_2')
})
