import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { CardRows } from '../store/cards.ts'
import type { CardSafe, Owner } from './card-safe.ts'

/** The public id that stands for the number at this merchant; made when the number is new. */
export async function fingerprintIdOf(
  owner: Owner,
  number: Buffer,
  parts: { safe: CardSafe; cards: CardRows; ids: Ids; clock: Clock },
): Promise<string> {
  const { keyVersion, mac } = await parts.safe.fingerprint(owner, number)
  return parts.cards.fingerprintId({ ...owner, keyVersion, mac }, `fp_${parts.ids.random()}`, parts.clock.now())
}
