import type { Mode, ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { Timers } from '@tessera/lib/timers'
import type { Pool } from 'pg'
import { readThreeDSecureSettings } from '../core/authentication/settings.ts'
import { type MerchantId, trustedId } from '../core/ids.ts'
import type { Caller, Flow, Merchant, MerchantDirectory } from '../core/merchants/merchant.ts'
import { readTaxSettings } from '../core/tax/tax-settings.ts'
import type { JsonRow } from './payment-rows.ts'

export interface LiveDirectory extends MerchantDirectory {
  /** Names the state of all keys and merchants; changes with any of them. */
  revision(): string
  projection(): ProjectedKey[]
  /** The newest of a merchant's public keys; null where it has none that lasts. */
  publishableKeyOf(merchantId: MerchantId, mode: Mode): string | null
  hasLiveKeys(): boolean
  /** Reads again now; throws when the database cannot be read. */
  refresh(): Promise<void>
  stop(): void
}

const refreshEveryMs = 1_000
const forEveryone = ''

interface Contents {
  revision: string
  callers: Map<string, { caller: Caller; expiresAtMs: number | null }>
  merchants: Map<string, Merchant>
  flows: Map<string, Flow[]>
  projection: ProjectedKey[]
  publishableKeys: Map<string, string>
}

const nothing: Contents = {
  revision: '',
  callers: new Map(),
  merchants: new Map(),
  flows: new Map(),
  projection: [],
  publishableKeys: new Map(),
}

/**
 * Keys, merchants and flows in memory, so that no payment reads them from the database. Every change writes a new value to
 * `key_revision`; it is compared once a second, and all is read again when it differs.
 */
export async function openDirectory(parts: {
  pool: Pool
  clock: Clock
  timers: Timers
  log: Logger
}): Promise<LiveDirectory> {
  let contents = nothing
  let refreshing: Promise<void> | null = null

  async function read(): Promise<void> {
    const revision = await readRevision(parts.pool)
    if (revision !== contents.revision) contents = await readContents(parts.pool, revision)
  }
  const refresh = (): Promise<void> => {
    refreshing ??= read().finally(() => {
      refreshing = null
    })
    return refreshing
  }
  await refresh()
  const polling = parts.timers.every(refreshEveryMs, () => {
    refresh().catch((error: Error) => parts.log.warn('keys could not be read', { error }))
  })

  return {
    findCaller(keyHash, nowMs) {
      const known = contents.callers.get(keyHash)
      if (known === undefined || (known.expiresAtMs !== null && known.expiresAtMs <= nowMs)) return undefined
      return known.caller
    },
    merchant: (merchantId) => contents.merchants.get(merchantId),
    flows: (merchantId, mode) => contents.flows.get(`${merchantId} ${mode}`) ?? [],
    revision: () => contents.revision,
    projection: () => contents.projection,
    publishableKeyOf: (merchantId, mode) => contents.publishableKeys.get(`${merchantId} ${mode}`) ?? null,
    hasLiveKeys: () => contents.projection.some((key) => key.mode === 'live'),
    refresh,
    stop: () => polling.stop(),
  }
}

async function readRevision(pool: Pool): Promise<string> {
  const result = await pool.query<{ revision: string }>({
    name: 'select-key-revision',
    text: 'select revision from key_revision where name = $1',
    values: [forEveryone],
  })
  return result.rows[0]?.revision ?? 'none'
}

async function readContents(pool: Pool, revision: string): Promise<Contents> {
  const [merchants, keys, flows] = await Promise.all([
    pool.query<JsonRow>('select * from merchants'),
    pool.query<{ key: JsonRow }>(
      'select row_to_json(k) as key from api_keys k where revoked_at is null order by created_at',
    ),
    pool.query<JsonRow>(
      `select f.*, c.connector, c.status as connector_status from flows f
       join connectors c on c.merchant_id = f.merchant_id and c.connector_id = f.connector_id order by f.created_at, f.flow_id`,
    ),
  ])
  const contents: Contents = {
    ...nothing,
    revision,
    callers: new Map(),
    merchants: new Map(),
    flows: new Map(),
    projection: [],
    publishableKeys: new Map(),
  }
  for (const row of merchants.rows) contents.merchants.set(row.merchant_id, merchantOf(row))
  for (const row of flows.rows) {
    const owner = `${row.merchant_id} ${row.mode}`
    contents.flows.set(owner, [...(contents.flows.get(owner) ?? []), flowOf(row)])
  }
  for (const { key } of keys.rows) addKey(contents, key)
  return contents
}

function addKey(contents: Contents, row: JsonRow): void {
  const merchant = contents.merchants.get(row.merchant_id)
  if (merchant === undefined) throw new Error(`key ${row.key_id} belongs to no merchant`)
  const caller: Caller = { merchant, keyId: row.key_id, kind: row.kind, mode: row.mode, scopes: row.scopes }
  contents.callers.set(row.hash, { caller, expiresAtMs: row.expires_at })
  if (row.public_text !== null && row.expires_at === null) {
    contents.publishableKeys.set(`${row.merchant_id} ${row.mode}`, row.public_text)
  }
  const flow = contents.flows.get(`${row.merchant_id} ${row.mode}`)?.find((each) => each.isDefault)
  contents.projection.push({
    hash: row.hash,
    kind: row.kind,
    merchantId: row.merchant_id,
    merchantActive: merchant.status === 'active',
    mode: row.mode,
    scopes: row.scopes,
    // A key may be narrower than its merchant.
    allowedOrigins: row.allowed_origins ?? merchant.origins?.slice() ?? null,
    s2sEnabled: merchant.s2sEnabled,
    expiresAtMs: row.expires_at,
    connectorId: flow?.connectorId ?? null,
  })
}

function merchantOf(row: JsonRow): Merchant {
  return {
    merchantId: trustedId<MerchantId>(row.merchant_id),
    name: row.name,
    status: row.status,
    s2sEnabled: row.s2s_enabled,
    numericExternalIds: row.numeric_external_ids,
    tax: readTaxSettings(row.tax_settings),
    threeDSecure: readThreeDSecureSettings(row.three_d_secure_settings),
    origins: row.origins,
  }
}

function flowOf(row: JsonRow): Flow {
  return {
    flowId: row.flow_id,
    captureMethod: row.capture_method,
    isDefault: row.is_default,
    status: row.status,
    connectorId: row.connector_id,
    connector: row.connector,
    connectorStatus: row.connector_status,
  }
}
