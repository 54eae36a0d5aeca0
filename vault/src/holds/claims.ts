import { type ClaimReply, type ClaimRequest, holdLifetimeMs } from '@tessera/contracts/vault-protocol'
import type { Batcher } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { CallRefused } from '../call-refused.ts'
import { type CardSafe, type Owner, wipeCard } from '../cards/card-safe.ts'
import { fingerprintIdOf } from '../cards/fingerprints.ts'
import type { Defence } from '../defence/defence.ts'
import type { VaultMetrics } from '../metrics.ts'
import type { CardRows } from '../store/cards.ts'
import type { ClaimFacts, ClaimResult, ClaimRow } from '../store/claims.ts'
import type { HoldRows } from '../store/holds.ts'

export interface ClaimParts {
  tokenClaims: Batcher<ClaimRow, ClaimResult>
  cardClaims: Batcher<ClaimRow, ClaimResult>
  holds: HoldRows
  cards: CardRows
  safe: CardSafe
  clock: Clock
  ids: Ids
  metrics: VaultMetrics
  defence: Pick<Defence, 'mayBePaidWith'>
}

/** Binds a card to an attempt; see ClaimRequest. Throws CallRefused when the attempt has a hold on another card already: the caller mixed up its ids. */
export async function claim(request: ClaimRequest, parts: ClaimParts): Promise<ClaimReply> {
  const { merchantId, mode, attemptId, source } = request
  const nowMs = parts.clock.now()
  const isToken = source.kind === 'token'
  if (isToken && !parts.defence.mayBePaidWith(request, source.token, attemptId)) {
    parts.metrics.claims.add({ source: source.kind, outcome: 'suspected' })
    return { outcome: 'suspected' }
  }
  const sourceId = isToken ? source.token : source.cardId
  const claims = isToken ? parts.tokenClaims : parts.cardClaims
  const row = { merchantId, mode, attemptId, sourceId, nowMs, holdExpiresAtMs: nowMs + holdLifetimeMs }
  const result = await claims.submit(row)
  const reply = result.won
    ? claimedReply(result.face, result.fingerprintId, result.holdExpiresAtMs)
    : replyToLoser(result.facts, request, nowMs)
  parts.metrics.claims.add({ source: source.kind, outcome: reply.outcome })
  if (reply.outcome !== 'claimed' || reply.fingerprintId !== null || !request.withFingerprint) return reply
  return { ...reply, fingerprintId: await fingerprintHeld(request, attemptId, parts) }
}

function claimedReply(
  card: (ClaimReply & { outcome: 'claimed' })['card'],
  fingerprintId: string | null,
  holdExpiresAtMs: number,
): ClaimReply {
  return { outcome: 'claimed', card, fingerprintId, holdExpiresAtMs }
}

/** The claim changed nothing: either it was made before by this very attempt, or it cannot be made. */
export function replyToLoser(facts: ClaimFacts, { source, attemptId }: ClaimRequest, nowMs: number): ClaimReply {
  const sourceId = source.kind === 'token' ? source.token : source.cardId
  const { hold } = facts
  if (hold !== null && hold.sourceId !== sourceId) throw new CallRefused('this attempt holds another token or card')
  if (facts.source === null) return { outcome: source.kind === 'token' ? 'token_unknown' : 'card_unknown' }
  const { face, fingerprintId, expiresAtMs, claimedBy } = facts.source
  if (hold !== null && hold.expiresAtMs > nowMs) return claimedReply(face, fingerprintId, hold.expiresAtMs)
  if (source.kind === 'card') return { outcome: 'card_unknown' }
  if (claimedBy !== null && claimedBy !== attemptId) return { outcome: 'token_already_used' }
  if (expiresAtMs <= nowMs) return { outcome: 'token_expired' }
  return { outcome: 'token_already_used' }
}

async function fingerprintHeld(owner: Owner, attemptId: string, parts: ClaimParts): Promise<string | null> {
  const { merchantId, mode } = owner
  const held = await parts.holds.heldCard({ merchantId, mode, attemptId }, parts.clock.now())
  if (held === null) return null
  const card = await parts.safe.openHeld({ merchantId, mode }, held)
  if (card === null) return null
  try {
    return await fingerprintIdOf({ merchantId, mode }, attemptId, card.number, parts)
  } finally {
    wipeCard(card)
  }
}
