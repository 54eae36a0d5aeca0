import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import type { AuthenticationBook } from '../acs/authentication-book.ts'
import type { LedgerEntry } from '../ledger/entries.ts'
import type { LedgerRecord } from '../ledger/ledger.ts'

/**
 * What to do about a request: write this entry; answer with what the reference already stands for; refuse, because the
 * reference stands for something else, or because there is no such authorization.
 */
export type Decision<Entry extends LedgerEntry> =
  | { kind: 'new'; entry: Entry }
  | { kind: 'known'; record: LedgerRecord }
  | { kind: 'reference_reused' }
  | { kind: 'authorization_not_found' }

export interface DecisionContext {
  nowMs: number
  ids: Ids
  random: Random
  /** The issuer's memory of what it authenticated. */
  authentications: AuthenticationBook
}

/** The answer for a reference that is in the ledger: the same request again, or another one under its name. */
export function repeat(record: LedgerRecord, isSame: boolean): Decision<never> {
  return isSame ? { kind: 'known', record } : { kind: 'reference_reused' }
}
