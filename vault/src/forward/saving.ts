import type { ForwardRequest } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { CallRefused } from '../call-refused.ts'
import { type CardSafe, wipeCard } from '../cards/card-safe.ts'
import { fingerprintIdOf } from '../cards/fingerprints.ts'
import type { CardRows, NewCard } from '../store/cards.ts'
import type { HoldRows } from '../store/holds.ts'

export interface SavingParts {
  holds: HoldRows
  cards: CardRows
  safe: CardSafe
  clock: Clock
  ids: Ids
}

/** The row to be written together with the send. Throws CallRefused when the id is another card's. */
export async function prepareSaving(
  { merchantId, mode }: ForwardRequest,
  attemptId: string,
  cardId: string,
  parts: SavingParts,
): Promise<NewCard | 'hold_gone'> {
  const owner = { merchantId, mode }
  const held = await parts.holds.heldCard({ ...owner, attemptId }, parts.clock.now())
  const card = held === null ? null : await parts.safe.openHeld(owner, held)
  if (card === null) return 'hold_gone'
  try {
    const fingerprintId = await fingerprintIdOf(owner, attemptId, card.number, parts)
    const stored = await parts.cards.read(merchantId, mode, cardId)
    if (stored !== null && (stored.state === 'erased' || stored.fingerprintId !== fingerprintId)) {
      throw new CallRefused('this card id belongs to another card')
    }
    return { cardId, fingerprintId, face: card.face, ...(await parts.safe.sealForSaving(owner, cardId, card.number)) }
  } finally {
    wipeCard(card)
  }
}
