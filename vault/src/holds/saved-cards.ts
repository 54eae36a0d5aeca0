import type { SavedCardReply, SavedCardRequest } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { AuditAction, AuditEntry } from '../audit/audit-entry.ts'
import type { CardRows } from '../store/cards.ts'

interface SavedCardParts {
  cards: CardRows
  clock: Clock
}

/** A provisional card becomes usable. Repeating it changes nothing. */
export async function activateCard(request: SavedCardRequest, parts: SavedCardParts): Promise<SavedCardReply> {
  if (await parts.cards.activate(entryFor(request, 'card_activated', parts))) return { outcome: 'active' }
  const state = await stateOf(request, parts)
  if (state === 'provisional') throw new Error('a card that was not provisional became so')
  return { outcome: state ?? 'card_unknown' }
}

/** Number and data key go for good. Repeating it changes nothing. */
export async function eraseCard(request: SavedCardRequest, parts: SavedCardParts): Promise<SavedCardReply> {
  if (await parts.cards.erase(entryFor(request, 'card_erased', parts))) return { outcome: 'erased' }
  return { outcome: (await stateOf(request, parts)) === null ? 'card_unknown' : 'erased' }
}

async function stateOf({ merchantId, mode, cardId }: SavedCardRequest, { cards }: SavedCardParts) {
  return (await cards.read(merchantId, mode, cardId))?.state ?? null
}

function entryFor(request: SavedCardRequest, action: AuditAction, { clock }: SavedCardParts): AuditEntry {
  const { merchantId, mode, cardId } = request
  return { merchantId, mode, action, subjectId: cardId, stepId: null, destination: null, atMs: clock.now() }
}
