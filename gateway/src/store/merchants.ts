import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Pool, PoolClient } from 'pg'
import type { ConnectorId, FlowId, KeyId, MerchantId } from '../core/ids.ts'

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

/** Writes a merchant with its connectors, flows and keys, in one transaction. */
export function insertMerchant(pool: Pool, merchant: NewMerchant, revision: string, nowMs: number): Promise<void> {
  return inTransaction(pool, async (client) => {
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
    await markRevision(client, revision)
  })
}

export function addKey(
  pool: Pool,
  merchantId: MerchantId,
  key: NewKey,
  revision: string,
  nowMs: number,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    await insertKey(client, merchantId, key, nowMs)
    await markRevision(client, revision)
  })
}

/** Revokes now, or at the end of an overlap; returns false where the merchant has no such key. */
export function endKey(
  pool: Pool,
  merchantId: MerchantId,
  keyId: KeyId,
  end: { atMs: number; nowMs: number; revision: string },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const isNow = end.atMs <= end.nowMs
    const result = await client.query(
      `update api_keys set ${isNow ? 'revoked_at' : 'expires_at'} = $3 where merchant_id = $1 and key_id = $2 and revoked_at is null`,
      [merchantId, keyId, end.atMs],
    )
    await markRevision(client, end.revision)
    return result.rowCount === 1
  })
}

/** Switches a merchant on or off. */
export function setMerchantStatus(
  pool: Pool,
  merchantId: MerchantId,
  status: 'active' | 'inactive',
  revision: string,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    await client.query('update merchants set status = $2 where merchant_id = $1', [merchantId, status])
    await markRevision(client, revision)
  })
}

export async function findReturnSigningSecret(pool: Pool, merchantId: string): Promise<Buffer | undefined> {
  const result = await pool.query<{ return_signing_secret: Buffer }>(
    'select return_signing_secret from merchants where merchant_id = $1',
    [merchantId],
  )
  return result.rows[0]?.return_signing_secret
}

async function insertKey(client: PoolClient, merchantId: MerchantId, key: NewKey, nowMs: number): Promise<void> {
  await client.query(
    `insert into api_keys (merchant_id, key_id, kind, mode, hash, public_text, hint, scopes, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [merchantId, key.keyId, key.kind, key.mode, key.hash, key.publicText, key.hint, key.scopes, nowMs],
  )
}

async function markRevision(client: PoolClient, revision: string): Promise<void> {
  await client.query(
    "insert into key_revision (name, revision) values ('', $1) on conflict (name) do update set revision = excluded.revision",
    [revision],
  )
}

async function inTransaction<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await run(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}
