import type { Mode } from '@tessera/contracts/vault-protocol'
import type { EpochKeyRows, EpochPurpose } from '../crypto/epoch-keys.ts'
import type { InstanceKeyRows, InstancePurpose } from '../crypto/instance-keys.ts'
import type { MerchantKeyRows, MerchantPurpose } from '../crypto/merchant-keys.ts'
import type { Database } from './database.ts'

const insertEpochKey = {
  name: 'insert_epoch_key',
  text: `insert into epoch_keys (purpose, version, wrapped, created_at_ms) values ($1, $2, $3, $4)
    on conflict do nothing returning version`,
}
const listEpochKeys = {
  name: 'list_epoch_keys',
  text: 'select purpose, version, wrapped, created_at_ms from epoch_keys order by created_at_ms',
}
const deleteEpochKeys = { name: 'delete_epoch_keys', text: 'delete from epoch_keys where created_at_ms <= $1' }

export function epochKeyRows(database: Database): EpochKeyRows {
  return {
    async insert(row) {
      const values = [row.purpose, row.version, row.wrapped, row.createdAtMs]
      return (await database.run(insertEpochKey, values)).length === 1
    },
    async list() {
      const rows = await database.run(listEpochKeys, [])
      return rows.map((row) => ({
        purpose: row.purpose as EpochPurpose,
        version: row.version as number,
        wrapped: row.wrapped as Buffer,
        createdAtMs: Number(row.created_at_ms),
      }))
    },
    async deleteCreatedBefore(timeMs) {
      await database.run(deleteEpochKeys, [timeMs])
    },
  }
}

const insertMerchantKey = {
  name: 'insert_merchant_key',
  text: `insert into merchant_keys (merchant_id, mode, purpose, version, wrapped, created_at_ms)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
}
const listMerchantKeys = {
  name: 'list_merchant_keys',
  text: 'select version, wrapped from merchant_keys where merchant_id = $1 and mode = $2 and purpose = $3 order by version',
}

export function merchantKeyRows(database: Database): MerchantKeyRows {
  return {
    async insert(merchantId: string, mode: Mode, purpose: MerchantPurpose, row) {
      const values = [merchantId, mode, purpose, row.version, row.wrapped, row.createdAtMs]
      await database.run(insertMerchantKey, values)
    },
    list: (merchantId, mode, purpose) => database.run(listMerchantKeys, [merchantId, mode, purpose]),
  }
}

const insertInstanceKey = {
  name: 'insert_instance_key',
  text: `insert into instance_keys (purpose, version, wrapped, created_at_ms) values ($1, 1, $2, $3)
    on conflict do nothing`,
}
const readInstanceKey = {
  name: 'read_instance_key',
  text: 'select wrapped from instance_keys where purpose = $1 and version = 1',
}
const insertRootKeyCheck = {
  name: 'insert_root_key_check',
  text: 'insert into root_key_checks (purpose, sealed, created_at_ms) values ($1, $2, $3) on conflict do nothing',
}
const readRootKeyCheck = {
  name: 'read_root_key_check',
  text: 'select sealed as wrapped from root_key_checks where purpose = $1',
}

export function instanceKeyRows(database: Database): InstanceKeyRows {
  return {
    async insert(purpose: InstancePurpose, wrapped, createdAtMs) {
      await database.run(insertInstanceKey, [purpose, wrapped, createdAtMs])
    },
    read: async (purpose) => (await database.run(readInstanceKey, [purpose]))[0]?.wrapped ?? null,
    async insertCheck(sealed, createdAtMs) {
      await database.run(insertRootKeyCheck, ['root', sealed, createdAtMs])
    },
    readCheck: async () => (await database.run(readRootKeyCheck, ['root']))[0]?.wrapped ?? null,
  }
}
