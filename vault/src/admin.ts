import type { KeyObject } from 'node:crypto'
import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { createAuditChains } from './audit/audit-chains.ts'
import type { AuditAction } from './audit/audit-entry.ts'
import { type AuditFindings, type ChainEnd, verifyAuditLog } from './audit/verify.ts'
import { readVaultStorage } from './config.ts'
import { checkRootKey, instanceKey } from './crypto/instance-keys.ts'
import { type Rewrapped, rewrapKeys } from './crypto/rewrap.ts'
import { openRootKey, type RootKey } from './crypto/root-key.ts'
import { readAuditLog } from './store/audit-log.ts'
import { cardRows } from './store/cards.ts'
import { type Database, openDatabase } from './store/database.ts'
import { instanceKeyRows } from './store/keys.ts'
import { wrappedKeyRows } from './store/wrapped-keys.ts'

export type { ChainEnd } from './audit/verify.ts'

type Environment = Record<string, string | undefined>

/**
 * Checks the vault's audit log, all of it, against the ends that an earlier check has found. Needs the vault's database and its
 * root key, and leaves an entry itself, since PCI DSS 10.2.1.3 wants every access to the log in it. Throws ConfigInvalid,
 * RootKeyInvalid, WrongRootKey.
 */
export function checkAuditLog(environment: Environment, earlier: readonly ChainEnd[] = []): Promise<AuditFindings> {
  return withStorage(environment, async ({ database, auditKey, note }) => {
    await note('audit_log_read')
    return verifyAuditLog(auditKey, readAuditLog(database), earlier)
  })
}

/**
 * Wraps under the first of the root keys whatever another of them has wrapped. May be killed and done again, beside vaults that
 * have the same root keys. Throws ConfigInvalid, RootKeyInvalid, WrongRootKey, KeyNotOpened.
 */
export function rotateRootKey(environment: Environment): Promise<Rewrapped> {
  return withStorage(environment, async ({ database, rootKey, note }) => {
    await note('keys_rewrapped')
    return rewrapKeys(wrappedKeyRows(database), rootKey)
  })
}

interface Storage {
  database: Database
  rootKey: RootKey
  auditKey: KeyObject
  note(action: AuditAction): Promise<void>
}

async function withStorage<T>(environment: Environment, run: (storage: Storage) => Promise<T>): Promise<T> {
  const [clock, random] = [systemClock, secureRandom]
  const { databaseUrl, rootKey: setting } = readVaultStorage(environment)
  const rootKey = openRootKey(setting, environment, random)
  const database = openDatabase(databaseUrl, createLogger({ process: 'vault', clock, level: 'warn' }))
  try {
    const instance = { rows: instanceKeyRows(database), rootKey, clock, random }
    await checkRootKey(instance)
    const auditKey = await instanceKey('audit', instance)
    const rows = cardRows(database, createAuditChains(auditKey, createIds(clock, random)))
    const entry = { merchantId: '', mode: '', subjectId: '', stepId: null, destination: null } as const
    const note = (action: AuditAction) => rows.writeEntry({ ...entry, action, atMs: clock.now() })
    return await run({ database, rootKey, auditKey, note })
  } finally {
    await database.close()
  }
}
