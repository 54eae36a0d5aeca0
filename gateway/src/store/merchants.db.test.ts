import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { defaultThreeDSecureSettings } from '../core/authentication/settings.ts'
import { type MerchantId, trustedId } from '../core/ids.ts'
import { defaultTaxSettings, TaxSettingsInvalid } from '../core/tax/tax-settings.ts'
import { type Database, openDatabase } from './database.ts'
import { type LiveDirectory, openDirectory } from './directory.ts'
import { createMerchantStore, type MerchantStore } from './merchants.ts'

const merchantId = trustedId<MerchantId>('mer_1')
const log = createLogger({ process: 'test', clock: systemClock, level: 'silent' })

let test: TestDatabase
let database: Database
let merchants: MerchantStore
let directory: LiveDirectory

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'merchants' })
  database = openDatabase(test.url, log)
  merchants = createMerchantStore(database.cold, createIds(systemClock, secureRandom))
  const shop = { name: 'Shop', returnSigningSecret: Buffer.from('sealed'), connectors: [], flows: [], keys: [] }
  await merchants.insert({ merchantId, ...shop }, 1)
  await merchants.insert({ merchantId: trustedId<MerchantId>('mer_2'), ...shop }, 1)
  directory = await openDirectory({ pool: database.cold, clock: systemClock, timers: realTimers, log })
})
afterAll(async () => {
  directory.stop()
  await database.close()
  await test.drop()
})

const known = async (id: string) => {
  await directory.refresh()
  const merchant = directory.merchant(trustedId<MerchantId>(id))
  return [merchant?.s2sEnabled, merchant?.tax]
}

it('a merchant whose settings were never touched has the defaults', async () => {
  expect(await known('mer_1')).toEqual([true, defaultTaxSettings])
})

it('settings change one by one, are answered whole, and reach the directory', async () => {
  const first = { ...defaultTaxSettings, homeCountry: 'NL', registrations: ['GB', 'US-CA'] }
  expect(
    await merchants.changeSettings(merchantId, { tax: { homeCountry: 'NL', registrations: ['GB', 'US-CA'] } }, 2),
  ).toEqual({ s2sEnabled: true, tax: first, threeDSecure: defaultThreeDSecureSettings, origins: null })
  const second = { ...first, reverseChargeRequires: 'verified' as const }
  await merchants.changeSettings(merchantId, { s2sEnabled: false, tax: { reverseChargeRequires: 'verified' } }, 3)
  expect(await known('mer_1')).toEqual([false, second])
  expect(await known('mer_2')).toEqual([true, defaultTaxSettings])
})

it('settings that cannot stand are refused, and nothing changes', async () => {
  const before = await known('mer_1')
  const change = merchants.changeSettings(merchantId, { s2sEnabled: true, tax: { homeCountry: 'UK' } }, 4)
  await expect(change).rejects.toThrow(TaxSettingsInvalid)
  expect(await known('mer_1')).toEqual(before)
})

it('the rules of 3-D Secure are set one by one as well, and refused as a whole', async () => {
  const merchant3 = trustedId<MerchantId>('mer_2')
  const threeDSecure = async () => {
    await directory.refresh()
    return directory.merchant(merchant3)?.threeDSecure
  }
  expect(await threeDSecure()).toEqual(defaultThreeDSecureSettings)
  await merchants.changeSettings(merchant3, { threeDSecure: { policy: 'above_amount', above: { eur: 5_000 } } }, 4)
  await merchants.changeSettings(merchant3, { threeDSecure: { whenUnavailable: 'fail' } }, 4)
  const wanted = { policy: 'above_amount' as const, above: { eur: 5_000 }, whenUnavailable: 'fail' as const }
  expect(await threeDSecure()).toEqual({ ...defaultThreeDSecureSettings, ...wanted })
  const change = merchants.changeSettings(
    merchant3,
    { s2sEnabled: false, threeDSecure: { categoryCode: '12', acquirerBin: '' } },
    4,
  )
  await expect(change).rejects.toThrow(/categoryCode has four digits; acquirerBin/)
  expect(await threeDSecure()).toEqual({ ...defaultThreeDSecureSettings, ...wanted })
  expect((await known('mer_2'))[0]).toBe(true)
})

it('there is nothing to set of a merchant that is not there', async () => {
  expect(await merchants.changeSettings(trustedId<MerchantId>('mer_none'), { s2sEnabled: false }, 5)).toBeUndefined()
})

it('only what was set is stored', async () => {
  const stored = async () =>
    (await database.cold.query('select merchant_id, tax_settings from merchants order by 1')).rows
  await merchants.changeSettings(trustedId<MerchantId>('mer_2'), { s2sEnabled: false }, 6)
  expect(await stored()).toEqual([
    {
      merchant_id: 'mer_1',
      tax_settings: { homeCountry: 'NL', registrations: ['GB', 'US-CA'], reverseChargeRequires: 'verified' },
    },
    { merchant_id: 'mer_2', tax_settings: null },
  ])
})
