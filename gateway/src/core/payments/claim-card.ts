import type { ClaimReply } from '@tessera/contracts/vault-protocol'
import { derivedId } from '@tessera/lib/derived-id'
import type { PaymentMethod } from '../customers/payment-method.ts'
import { type FingerprintId, type OperationId, type PaymentId, trustedId, type VaultCardId } from '../ids.ts'
import type { IdempotencyClaim, IdempotencyRecord, Scope } from '../ports/payment-store.ts'
import { accept, type Refusal, type Result, refuse } from '../refusals.ts'
import type { HeldCard, Operation, PaymentRecord } from './payment.ts'
import type { CardSource, CreatePayment } from './payments.ts'
import { decisionContext, type EngineParts } from './settlement.ts'

/** A card that the vault holds for one attempt. */
export interface ClaimedCard {
  attemptId: OperationId
  card: Extract<ClaimReply, { outcome: 'claimed' }>['card']
  held: HeldCard
  /** The saved card, where it is one. */
  method: PaymentMethod | null
}

export type NoCard = { refusal: Refusal; mayBeRepeated: boolean }

/** Claims the card of a command for a new attempt. */
export async function claimCard(
  parts: EngineParts,
  scope: Scope,
  command: Pick<CreatePayment, 'customerId' | 'saveCard'>,
  source: CardSource,
  claim: IdempotencyClaim | null,
): Promise<{ ok: true; claimed: ClaimedCard } | { ok: false; none: NoCard }> {
  const method = await findMethod(parts, scope, command, source)
  if (!method.ok) return { ok: false, none: { refusal: method.refusal, mayBeRepeated: false } }
  const attemptId = attemptIdOf(parts, scope, source, claim)
  const withFingerprint = command.saveCard && source.kind === 'token'
  const reply =
    (withFingerprint ? null : claimedBefore(source)) ??
    (await parts.vault.claim({
      ...scope,
      attemptId,
      source: method.value === null ? tokenOf(source) : { kind: 'card', cardId: method.value.cardId },
      withFingerprint,
    }))
  if (reply.outcome !== 'claimed') {
    // A token that cannot be claimed may have been used by this very request, sent before.
    return { ok: false, none: { refusal: claimRefusals[reply.outcome], mayBeRepeated: true } }
  }
  const held: HeldCard = {
    attemptId,
    saves: savedBy(parts, command, source, reply.fingerprintId),
    transactionId: method.value?.networkTransactionId ?? null,
    expiresAtMs: reply.holdExpiresAtMs,
  }
  return { ok: true, claimed: { attemptId, card: reply.card, held, method: method.value } }
}

/**
 * A token's attempt follows from key and token, so that a repeated request claims as the same attempt; without a key, and for
 * a saved card (which many attempts may claim), each request is its own. A token that came with its claim came with its attempt.
 */
function attemptIdOf(
  parts: EngineParts,
  scope: Scope,
  source: CardSource,
  claim: IdempotencyClaim | null,
): OperationId {
  if (source.kind === 'token' && source.claimed !== undefined) return source.claimed.attemptId
  if (claim === null || source.kind !== 'token') return trustedId<OperationId>(`att_${parts.ids.timeOrdered()}`)
  return attemptOfToken(scope, claim.key, source.token)
}

export function attemptOfToken({ merchantId, mode }: Scope, key: string, token: string): OperationId {
  return trustedId<OperationId>(`att_${derivedId(merchantId, mode, key, token)}`)
}

async function findMethod(
  parts: EngineParts,
  scope: Scope,
  { customerId }: Pick<CreatePayment, 'customerId'>,
  source: CardSource,
): Promise<Result<PaymentMethod | null>> {
  if (source.kind === 'token') return accept(null)
  if (source.kind === 'latest_payment_method') {
    const latest = customerId === null ? undefined : await parts.store.findLatestPaymentMethod(scope, customerId)
    return latest === undefined ? refuse({ refusal: 'no_saved_card' }) : accept(latest)
  }
  const method = await parts.store.findPaymentMethod(scope, source.paymentMethodId)
  const isForeign = customerId !== null && method?.customerId !== customerId
  if (method === undefined || isForeign) return refuse({ refusal: 'not_found', what: 'payment_method' })
  if (method.status === 'blocked') return refuse({ refusal: 'payment_method_blocked' })
  return accept(method)
}

function tokenOf(source: CardSource): { kind: 'token'; token: string } {
  if (source.kind !== 'token') throw new Error('a saved card was not found, and not refused')
  return { kind: 'token', token: source.token }
}

/** Asking again would give the same answer, and costs a call. */
function claimedBefore(source: CardSource): ClaimReply | null {
  if (source.kind !== 'token' || source.claimed === undefined) return null
  const { face, holdExpiresAtMs } = source.claimed
  return { outcome: 'claimed', card: face, fingerprintId: null, holdExpiresAtMs }
}

/** Where the card will be kept. One that is kept already, and charged again, stays where it is. */
function savedBy(
  parts: EngineParts,
  command: Pick<CreatePayment, 'customerId' | 'saveCard'>,
  source: CardSource,
  fingerprintId: string | null,
): Operation['saves'] {
  if (!command.saveCard || source.kind !== 'token' || fingerprintId === null) return null
  return {
    cardId: trustedId<VaultCardId>(decisionContext(parts).newId('card')),
    fingerprintId: trustedId<FingerprintId>(fingerprintId),
  }
}

const claimRefusals: Record<Exclude<ClaimReply['outcome'], 'claimed'>, Refusal> = {
  token_unknown: { refusal: 'token_unknown' },
  token_expired: { refusal: 'token_expired' },
  token_already_used: { refusal: 'token_already_used' },
  suspected: { refusal: 'card_testing_suspected' },
  card_unknown: { refusal: 'not_found', what: 'payment_method' },
}

/**
 * Gives back a claim whose request turned out to be a repetition. Where both derive the same attempt, the claim is the first
 * request's as well, recorded or held for its confirmation: then it stays. A payment that ended before anything was sent no
 * longer says which card it had: the claim ends, and its token, which may be the one that was used there, stays used.
 */
export async function returnSpareClaim(
  parts: EngineParts,
  scope: Scope,
  first: IdempotencyRecord,
  attemptId: OperationId,
): Promise<void> {
  if (first.operationId === attemptId) return
  const hasNoAttempt = first.operationId === null && first.paymentId !== null
  const record = hasNoAttempt ? await parts.store.find(scope, first.paymentId as PaymentId) : undefined
  if (record?.payment.held?.attemptId === attemptId) return
  if (record?.operations.some(({ operationId }) => operationId === attemptId)) return
  parts.vault.release({ ...scope, attemptId, reason: record && hasDroppedCard(record) ? 'ended' : 'unused' })
}

function hasDroppedCard({ payment, operations }: PaymentRecord): boolean {
  return payment.card !== null && payment.held === null && operations.every(({ kind }) => kind !== 'authorize')
}
