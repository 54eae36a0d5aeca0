import type { Draft, NewSession } from '../payments/decision.ts'
import type { HeldCard } from '../payments/payment.ts'
import { nextState } from '../payments/states.ts'
import type { Authentication, PaymentAuthentication } from './authentication.ts'
import { isOver } from './states.ts'

/** So much before the vault lets go of the card, it is too late: the authorization must still get there. */
export const cardMarginMs = 60_000

/** Whether a session over this card would leave anybody the time to come. */
export function leavesTime(holdEndsAtMs: number, nowMs: number): boolean {
  return holdEndsAtMs - cardMarginMs > nowMs
}

/** Makes the shopper authenticate, for the amount as it stands in the draft, before anything (more) is sent with this card. */
export function beginAuthentication(
  draft: Draft,
  held: HeldCard,
  session: NewSession,
  { challengeMandated, required }: Pick<Authentication, 'challengeMandated' | 'required'>,
): void {
  const { payment } = draft
  const nowMs = payment.updatedAtMs
  const { authenticationId, sessionId, sessionDigest, lifetimeMs } = session
  payment.state = nextState(payment.state, 'require_action')
  payment.held = held
  payment.dueAtMs = Math.min(nowMs + lifetimeMs, held.expiresAtMs - cardMarginMs)
  payment.authentication = {
    authenticationId,
    sessionId,
    state: 'created',
    version: null,
    eci: null,
    flow: null,
    dsTransId: null,
    liabilityShift: false,
    amountMinor: payment.amountMinor,
  }
  draft.authenticate({
    merchantId: payment.merchantId,
    paymentId: payment.paymentId,
    authenticationId,
    mode: payment.mode,
    sessionDigest,
    state: 'created',
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    challengeMandated,
    required,
    version: null,
    methodCompletion: null,
    requestedBy: null,
    challenge: null,
    issuerText: null,
    result: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  })
  draft.tell('payment.requires_action')
}

/** Ends what the payment has of an authentication, where that is not over. What comes of it later changes nothing. */
export function giveUpAuthentication(draft: Draft, authentication: Authentication | undefined): void {
  if (authentication !== undefined && !isOver(authentication.state)) {
    draft.authenticate({ ...authentication, state: 'abandoned' })
    noteAuthentication(draft, { state: 'abandoned' })
  }
  if (draft.payment.authentication !== null) noteAuthentication(draft, { sessionId: null })
}

export function noteAuthentication(draft: Draft, change: Partial<PaymentAuthentication>): void {
  const { authentication } = draft.payment
  if (authentication === null) throw new Error(`payment ${draft.payment.paymentId} has no authentication to speak of`)
  draft.payment.authentication = { ...authentication, ...change }
}

/** Lets go of the card. One that was saved, provisionally, with an attempt that came to nothing is erased. */
export function dropHeld(draft: Draft): void {
  const { held } = draft.payment
  if (held?.cvcSpent && held.saves !== null) draft.settleCard(held.saves.cardId)
  draft.payment.held = null
}
