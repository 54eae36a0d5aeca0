import { type Clock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { createAuditChains } from './audit/audit-chains.ts'
import { type AuditFindings, type ChainEnd, verifyAuditLog } from './audit/verify.ts'
import { readVaultStorage } from './config.ts'
import { checkRootKey, instanceKey } from './crypto/instance-keys.ts'
import { openRootKey } from './crypto/root-key.ts'
import { readAuditLog } from './store/audit-log.ts'
import { cardRows } from './store/cards.ts'
import { openDatabase } from './store/database.ts'
import { instanceKeyRows } from './store/keys.ts'

export type { AuditFindings, ChainEnd } from './audit/verify.ts'

type Environment = Record<string, string | undefined>

/**
 * Checks the vault's audit log, all of it, against the ends that an earlier check has found. Needs the vault's database and its
 * root key, and leaves an entry itself, since PCI DSS 10.2.1.3 wants every access to the log in it. Throws ConfigInvalid,
 * RootKeyInvalid, WrongRootKey.
 */
export async function checkAuditLog(
  environment: Environment,
  earlier: readonly ChainEnd[] = [],
  clock: Clock = systemClock,
): Promise<AuditFindings> {
  const { databaseUrl, rootKey: setting } = readVaultStorage(environment)
  const rootKey = openRootKey(setting, environment, secureRandom)
  const database = openDatabase(databaseUrl, createLogger({ process: 'vault', clock, level: 'warn' }))
  try {
    const instance = { rows: instanceKeyRows(database), rootKey, clock, random: secureRandom }
    await checkRootKey(instance)
    const key = await instanceKey('audit', instance)
    const chains = createAuditChains(key, createIds(clock, secureRandom))
    const entry = { merchantId: '', mode: '', action: 'audit_log_read', subjectId: '' } as const
    await cardRows(database, chains).writeEntry({ ...entry, stepId: null, destination: null, atMs: clock.now() })
    return await verifyAuditLog(key, readAuditLog(database), earlier)
  } finally {
    await database.close()
  }
}
