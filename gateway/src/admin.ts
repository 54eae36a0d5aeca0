import type { MerchantCredentials } from '@tessera/contracts/supervision'
import type { Mode } from '@tessera/contracts/vault-protocol'
import { systemClock } from '@tessera/lib/clock'
import { filePath, readConfig, url } from '@tessera/lib/config'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { connectors } from './connectors/catalogue.ts'
import { ThreeDSecureSettingsInvalid } from './core/authentication/settings.ts'
import { type KeyId, type MerchantId, trustedId } from './core/ids.ts'
import { scopes } from './core/merchants/merchant.ts'
import { OriginsInvalid } from './core/merchants/origins.ts'
import { TaxSettingsInvalid } from './core/tax/tax-settings.ts'
import { readKeyFile } from './key-files.ts'
import { createSealer } from './lib/sealing.ts'
import { createMerchant, makeKey } from './merchant-setup.ts'
import { openDatabase } from './store/database.ts'
import { createMerchantStore, type MerchantSettings, type SettingsChange } from './store/merchants.ts'

export type { SettingsChange }

const schema = {
  databaseUrl: url({
    variable: 'DATABASE_URL',
    description: 'PostgreSQL of the gateway',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
  }),
  sealingKeyFile: filePath({
    variable: 'TESSERA_SEALING_KEY_FILE',
    description: 'Key that seals webhook and return-signing secrets',
    mustExist: true,
  }),
} as const

/** What an operator does from the command line: merchants and keys, on the gateway's database. */
export interface Admin {
  createMerchant(merchant: { name: string; mode: Mode; connector: string }): Promise<MerchantCredentials>
  setMerchantStatus(merchantId: string, status: 'active' | 'inactive'): Promise<boolean>
  /** Returns the settings that hold now, undefined for an unknown merchant. */
  setMerchant(merchantId: string, change: SettingsChange): Promise<MerchantSettings | undefined>
  /** Returns the key's text, undefined for an unknown merchant. */
  createKey(
    merchantId: string,
    key: { kind: 'secret' | 'publishable'; mode: Mode; scopes: string[] },
  ): Promise<{ keyId: string; text: string } | undefined>
  /** Ends a key after `inMs`; 0 revokes it. */
  endKey(merchantId: string, keyId: string, inMs: number): Promise<boolean>
  close(): Promise<void>
}

/** A request that names something that does not exist. Its message is for the operator. */
export class AdminRefused extends Error {
  override name = 'AdminRefused'
}

const refusals = [TaxSettingsInvalid, ThreeDSecureSettingsInvalid, OriginsInvalid]

export function openAdmin(environment: Record<string, string | undefined>): Admin {
  const config = readConfig({ schema, environment, knownElsewhere: Object.keys(environment) })
  const log = createLogger({ process: 'admin', clock: systemClock, level: 'warn' })
  const database = openDatabase(config.databaseUrl, log)
  const clock = systemClock
  const ids = createIds(clock, secureRandom)
  const merchants = createMerchantStore(database.cold, ids)
  const sealer = createSealer({ keys: [readKeyFile(config.sealingKeyFile)], random: secureRandom })
  const parts = { merchants, sealer, clock, ids, random: secureRandom }
  return {
    async createMerchant(merchant) {
      if (!connectors.has(merchant.connector)) {
        throw new AdminRefused(
          `there is no connector ${merchant.connector}; there are ${[...connectors.keys()].join(', ')}`,
        )
      }
      return createMerchant(parts, merchant)
    },
    setMerchantStatus: (merchantId, status) =>
      merchants.setStatus(trustedId<MerchantId>(merchantId), status, clock.now()),
    setMerchant: (merchantId, change) =>
      merchants.changeSettings(trustedId<MerchantId>(merchantId), change, clock.now()).catch((error) => {
        const isInvalid = refusals.some((refusal) => error instanceof refusal)
        throw isInvalid ? new AdminRefused(error.message) : error
      }),
    async createKey(merchantId, key) {
      const unknown = key.scopes.find((scope) => !(scopes as readonly string[]).includes(scope))
      if (unknown !== undefined) throw new AdminRefused(`there is no scope ${unknown}; there are ${scopes.join(', ')}`)
      const made = makeKey(parts, key.kind, key.mode, key.kind === 'publishable' ? ['tokens:write'] : key.scopes)
      const added = await merchants.addKey(trustedId<MerchantId>(merchantId), made.row, clock.now())
      return added ? { keyId: made.row.keyId, text: made.text } : undefined
    },
    endKey: (merchantId, keyId, inMs) =>
      merchants.endKey(trustedId<MerchantId>(merchantId), trustedId<KeyId>(keyId), clock.now() + inMs, clock.now()),
    close: () => database.close(),
  }
}
