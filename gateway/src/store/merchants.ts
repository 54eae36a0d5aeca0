import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Ids } from '@tessera/lib/ids'
import type { Pool, PoolClient } from 'pg'
import { readThreeDSecureSettings, type ThreeDSecureSettings } from '../core/authentication/settings.ts'
import type { ConnectorId, FlowId, KeyId, MerchantId } from '../core/ids.ts'
import { readOrigins } from '../core/merchants/origins.ts'
import { readTaxSettings, type TaxSettings } from '../core/tax/tax-settings.ts'
import { inTransaction } from './transaction.ts'

export interface NewMerchant {
  merchantId: MerchantId
  name: string
  /** Sealed. */
  returnSigningSecret: Buffer
  connectors: { connectorId: ConnectorId; mode: Mode; connector: string }[]
  flows: { flowId: FlowId; mode: Mode; connectorId: ConnectorId; captureMethod: 'automatic' | 'manual' }[]
  keys: NewKey[]
}

export interface NewKey {
  keyId: KeyId
  kind: 'publishable' | 'secret'
  mode: Mode
  /** SHA-256 of the key's whole text, hex. */
  hash: string
  publicText: string | null
  hint: string
  scopes: string[]
}

/** What an operator may set for a merchant. */
export interface MerchantSettings {
  /** Whether server-to-server payments with a card in them are taken. */
  s2sEnabled: boolean
  tax: TaxSettings
  threeDSecure: ThreeDSecureSettings
  /** Sites whose pages may hold our frames; null where none was registered. */
  origins: string[] | null
}

export interface SettingsChange {
  s2sEnabled?: boolean
  /** What is left out stays as it is. */
  tax?: Partial<TaxSettings>
  threeDSecure?: Partial<ThreeDSecureSettings>
  /** All of them; an empty list for none. */
  origins?: readonly string[]
}

/** Changes to merchants and keys. Each marks a new revision, by which every gateway notices within a second or two. */
export interface MerchantStore {
  insert(merchant: NewMerchant, nowMs: number): Promise<void>
  /** Returns false for an unknown merchant. */
  setStatus(merchantId: MerchantId, status: 'active' | 'inactive', nowMs: number): Promise<boolean>
  /** Returns what holds now; undefined for an unknown merchant. Throws TaxSettingsInvalid, ThreeDSecureSettingsInvalid or OriginsInvalid, and then nothing is changed. */
  changeSettings(merchantId: MerchantId, change: SettingsChange, nowMs: number): Promise<MerchantSettings | undefined>
  /** Returns false for an unknown merchant. */
  addKey(merchantId: MerchantId, key: NewKey, nowMs: number): Promise<boolean>
  /** Revokes a key now, or lets it end later, for an overlap; returns false where the merchant has no such key. */
  endKey(merchantId: MerchantId, keyId: KeyId, atMs: number, nowMs: number): Promise<boolean>
}

export function createMerchantStore(pool: Pool, ids: Ids): MerchantStore {
  const change = <T>(run: (client: PoolClient) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (client) => {
      const result = await run(client)
      await client.query(
        "insert into key_revision (name, revision) values ('', $1) on conflict (name) do update set revision = excluded.revision",
        [ids.timeOrdered()],
      )
      return result
    })
  return {
    insert: (merchant, nowMs) => change((client) => insertMerchant(client, merchant, nowMs)),
    setStatus: (merchantId, status, nowMs) =>
      change(async (client) => {
        const result = await client.query('update merchants set status = $2, updated_at = $3 where merchant_id = $1', [
          merchantId,
          status,
          nowMs,
        ])
        return result.rowCount === 1
      }),
    changeSettings: (merchantId, wanted, nowMs) =>
      change((client) => changeSettings(client, merchantId, wanted, nowMs)),
    addKey: (merchantId, key, nowMs) =>
      change(async (client) => {
        const known = await client.query('select 1 from merchants where merchant_id = $1', [merchantId])
        if (known.rowCount === 1) await insertKey(client, merchantId, key, nowMs)
        return known.rowCount === 1
      }),
    endKey: (merchantId, keyId, atMs, nowMs) =>
      change(async (client) => {
        const column = atMs <= nowMs ? 'revoked_at' : 'expires_at'
        const result = await client.query(
          `update api_keys set ${column} = $3 where merchant_id = $1 and key_id = $2 and revoked_at is null`,
          [merchantId, keyId, atMs],
        )
        return result.rowCount === 1
      }),
  }
}

/** Only what was ever set is stored: a default that changes with a release reaches everybody who did not choose. */
async function changeSettings(
  client: PoolClient,
  merchantId: MerchantId,
  wanted: SettingsChange,
  nowMs: number,
): Promise<MerchantSettings | undefined> {
  const found = await client.query(
    'select s2s_enabled, tax_settings, three_d_secure_settings, origins from merchants where merchant_id = $1 for update',
    [merchantId],
  )
  if (found.rowCount !== 1) return undefined
  const { s2s_enabled: s2sBefore, tax_settings: taxBefore, three_d_secure_settings: threeDSecureBefore } = found.rows[0]
  const givenTax = { ...taxBefore, ...wanted.tax }
  const givenThreeDSecure = { ...threeDSecureBefore, ...wanted.threeDSecure }
  const settings: MerchantSettings = {
    s2sEnabled: wanted.s2sEnabled ?? s2sBefore,
    tax: readTaxSettings(givenTax),
    threeDSecure: readThreeDSecureSettings(givenThreeDSecure),
    origins: wanted.origins === undefined ? found.rows[0].origins : readOrigins(wanted.origins),
  }
  await client.query(
    `update merchants set s2s_enabled = $2, tax_settings = $3, three_d_secure_settings = $4, updated_at = $5, origins = $6
     where merchant_id = $1`,
    [merchantId, settings.s2sEnabled, orNull(givenTax), orNull(givenThreeDSecure), nowMs, settings.origins],
  )
  return settings
}

function orNull(given: object): string | null {
  return Object.keys(given).length === 0 ? null : JSON.stringify(given)
}

async function insertMerchant(client: PoolClient, merchant: NewMerchant, nowMs: number): Promise<void> {
  await client.query(
    `insert into merchants (merchant_id, name, status, s2s_enabled, return_signing_secret, created_at, updated_at)
     values ($1, $2, 'active', true, $3, $4, $4)`,
    [merchant.merchantId, merchant.name, merchant.returnSigningSecret, nowMs],
  )
  for (const each of merchant.connectors) {
    await client.query(
      "insert into connectors (merchant_id, connector_id, mode, connector, status, created_at) values ($1, $2, $3, $4, 'active', $5)",
      [merchant.merchantId, each.connectorId, each.mode, each.connector, nowMs],
    )
  }
  for (const each of merchant.flows) {
    await client.query(
      `insert into flows (merchant_id, mode, flow_id, connector_id, capture_method, is_default, status, created_at)
       values ($1, $2, $3, $4, $5, true, 'active', $6)`,
      [merchant.merchantId, each.mode, each.flowId, each.connectorId, each.captureMethod, nowMs],
    )
  }
  for (const key of merchant.keys) await insertKey(client, merchant.merchantId, key, nowMs)
}

async function insertKey(client: PoolClient, merchantId: MerchantId, key: NewKey, nowMs: number): Promise<void> {
  await client.query(
    `insert into api_keys (merchant_id, key_id, kind, mode, hash, public_text, hint, scopes, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [merchantId, key.keyId, key.kind, key.mode, key.hash, key.publicText, key.hint, key.scopes, nowMs],
  )
}
