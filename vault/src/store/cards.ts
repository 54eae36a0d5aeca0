import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type { AuditChains } from '../audit/audit-chains.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import type { Database } from './database.ts'

export interface NewCard {
  cardId: string
  sealedNumber: Buffer
  wrappedKey: Buffer
  fingerprintId: string
  face: CardFace
}

export type CardState = 'provisional' | 'active' | 'erased'

const audited = (from: string, first: number) => `audited as (
  insert into audit_log (merchant_id, chain_id, sequence, position, mode, action, subject_id, step_id, destination,
    at_ms, previous, mac)
  select $1, $${first}, $${first + 1}, 0, $2, $${first + 2}, $3, null, null, $4, $${first + 3}, $${first + 4}
  from ${from})`

const activateCard = {
  name: 'activate_card',
  text: `with changed as (
      update cards set state = 'active', updated_at_ms = $4
      where merchant_id = $1 and mode = $2 and card_id = $3 and state = 'provisional' returning state),
    ${audited('changed', 5)}
    select state from changed`,
}

const eraseCard = {
  name: 'erase_card',
  text: `with changed as (
      update cards set state = 'erased', sealed_number = null, wrapped_key = null, cardholder_name = null,
        updated_at_ms = $4
      where merchant_id = $1 and mode = $2 and card_id = $3 and state <> 'erased' returning state),
    ${audited('changed', 5)}
    select state from changed`,
}

const readCard = {
  name: 'read_card',
  text: 'select state, fingerprint_id from cards where merchant_id = $1 and mode = $2 and card_id = $3',
}

const findFingerprint = {
  name: 'find_fingerprint',
  text: `select fingerprint_id from card_fingerprints
    where merchant_id = $1 and mode = $2 and key_version = $3 and mac = $4`,
}

const addFingerprint = {
  name: 'add_fingerprint',
  text: `insert into card_fingerprints (merchant_id, mode, key_version, mac, fingerprint_id, created_at_ms)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
}

const writeEntry = {
  name: 'write_audit_entry',
  text: `insert into audit_log (merchant_id, chain_id, sequence, position, mode, action, subject_id, step_id,
      destination, at_ms, previous, mac)
    values ($1, $5, $6, 0, $2, $7, $3, $10, $11, $4, $8, $9)`,
}

export interface CardRows {
  read(merchantId: string, mode: Mode, cardId: string): Promise<{ state: CardState; fingerprintId: string } | null>
  /** False when it is not provisional. */
  activate(entry: AuditEntry): Promise<boolean>
  /** Number and key go. False when there is no such card, or it is erased already. */
  erase(entry: AuditEntry): Promise<boolean>
  /** The id that stands for this keyed hash; `fresh` becomes it when there is none. */
  fingerprintId(
    key: { merchantId: string; mode: Mode; keyVersion: number; mac: Buffer },
    fresh: string,
    nowMs: number,
  ): Promise<string>
  writeEntry(entry: AuditEntry): Promise<void>
}

export function cardRows(database: Database, chains: AuditChains): CardRows {
  function change(statement: typeof activateCard, entry: AuditEntry): Promise<boolean> {
    return chains.append([entry], async (link, [mac]) => {
      const { merchantId, mode, subjectId, atMs, action } = entry
      const place = [link.chainId, link.sequence, action, link.previous, mac]
      const rows = await database.run(statement, [merchantId, mode, subjectId, atMs, ...place])
      return { committed: rows.map((_row, position) => position), result: rows.length === 1 }
    })
  }
  return {
    async read(merchantId, mode, cardId) {
      const [row] = await database.run(readCard, [merchantId, mode, cardId])
      return row === undefined ? null : { state: row.state, fingerprintId: row.fingerprint_id }
    },
    activate: (entry) => change(activateCard, entry),
    erase: (entry) => change(eraseCard, entry),
    async fingerprintId({ merchantId, mode, keyVersion, mac }, fresh, nowMs) {
      const key = [merchantId, mode, keyVersion, mac]
      const [known] = await database.run(findFingerprint, key)
      if (known !== undefined) return known.fingerprint_id
      await database.run(addFingerprint, [...key, fresh, nowMs])
      const [stored] = await database.run(findFingerprint, key)
      return stored.fingerprint_id
    },
    writeEntry(entry) {
      return chains.append([entry], async (link, [mac]) => {
        const { merchantId, mode, subjectId, atMs, action, stepId, destination } = entry
        const place = [link.chainId, link.sequence, action, link.previous, mac, stepId, destination]
        await database.run(writeEntry, [merchantId, mode, subjectId, atMs, ...place])
        return { committed: [0], result: undefined }
      })
    },
  }
}
