import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { CardRows } from '../store/cards.ts'
import type { CardSafe, Owner } from './card-safe.ts'

/**
 * The public id that stands for the number at this merchant; made when the number is new. That the number of `subjectId`
 * was opened for this goes to the audit log.
 */
export async function fingerprintIdOf(
  owner: Owner,
  subjectId: string,
  number: Buffer,
  { safe, cards, ids, clock }: { safe: CardSafe; cards: CardRows; ids: Ids; clock: Clock },
): Promise<string> {
  const atMs = clock.now()
  await cards.writeEntry({ ...owner, action: 'card_fingerprinted', subjectId, stepId: null, destination: null, atMs })
  const { keyVersion, mac } = await safe.fingerprint(owner, number)
  return cards.fingerprintId({ ...owner, keyVersion, mac }, `fp_${ids.random()}`, atMs)
}
