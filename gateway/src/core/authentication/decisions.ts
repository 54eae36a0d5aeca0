import type { CommandDecision } from '../payments/commands.ts'
import { type DecisionContext, Draft } from '../payments/decision.ts'
import { failureOf } from '../payments/failure.ts'
import { checkoutDeadlineMs, isHosted } from '../payments/hosted.ts'
import { attemptOfHeld } from '../payments/new-payment.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import { nextState } from '../payments/states.ts'
import type { Authentication, AuthenticationResult, Challenge, Flow } from './authentication.ts'
import { cardMarginMs, dropHeld, giveUpAuthentication, noteAuthentication } from './begin.ts'
import { consequenceOf } from './consequence.ts'
import { awaitsResult, isOver, stateAfter } from './states.ts'

/** EMV 3-D Secure gives a cardholder ten minutes for each answer; the issuer reports by itself when they are over. */
const challengeLifetimeMs = 11 * 60_000
/** After the browser is back, the issuer's result is late. */
const resultLifetimeMs = 90_000
/** Longer than any request takes whose process lives. */
const requestLifetimeMs = 60_000

/** A record whose payment waits for this very authentication, with the amount that it was made for. */
function isWaiting({ payment }: PaymentRecord, { authenticationId, amountMinor }: Authentication): boolean {
  return (
    payment.state === 'requires_action' &&
    payment.authentication?.authenticationId === authenticationId &&
    payment.amountMinor === amountMinor
  )
}

/** The issuer's hidden page ended, or did not. Null: that is known already, or of no use any more. */
export function decideMethodDone(
  record: PaymentRecord,
  authentication: Authentication,
  how: 'called_back' | 'timed_out',
  context: DecisionContext,
): CommandDecision | null {
  const state = stateAfter(authentication.state, 'method_done')
  if (state === null || !isWaiting(record, authentication)) return null
  const draft = new Draft(record.payment, context)
  draft.authenticate({ ...authentication, state, methodCompletion: how === 'called_back' ? 'Y' : 'N' })
  noteAuthentication(draft, { state })
  return { decision: draft.decision(), operation: null }
}

/** The issuer is about to be asked: whoever records this asks, and nobody else does. */
export function decideRequest(
  record: PaymentRecord,
  authentication: Authentication,
  asked: Pick<Authentication, 'version' | 'methodCompletion'>,
  context: DecisionContext,
): CommandDecision | null {
  const state = stateAfter(authentication.state, 'request')
  if (state === null || !isWaiting(record, authentication)) return null
  const draft = new Draft(record.payment, context)
  draft.authenticate({ ...authentication, ...asked, state, requestedBy: context.newId('run') })
  noteAuthentication(draft, { state, version: asked.version })
  setDeadline(draft, context.nowMs + requestLifetimeMs)
  return { decision: draft.decision(), operation: null }
}

/** The issuer wants the shopper: in the browser, or elsewhere until `untilMs`. */
export function decideChallenge(
  record: PaymentRecord,
  authentication: Authentication,
  asked: { kind: 'challenge'; challenge: Challenge } | { kind: 'decoupled'; challenge: Challenge; untilMs: number },
  issuerText: string | null,
  context: DecisionContext,
): CommandDecision | null {
  const state = stateAfter(authentication.state, asked.kind === 'challenge' ? 'C' : 'D')
  if (state === null) return null
  const draft = new Draft(record.payment, context)
  draft.authenticate({ ...authentication, state, challenge: asked.challenge, issuerText })
  if (isWaiting(record, authentication)) {
    noteAuthentication(draft, { state, flow: asked.kind })
    setDeadline(draft, asked.kind === 'challenge' ? context.nowMs + challengeLifetimeMs : asked.untilMs)
  }
  return { decision: draft.decision(), operation: null }
}

/** The browser came back from the issuer. */
export function decideReturn(
  record: PaymentRecord,
  authentication: Authentication,
  context: DecisionContext,
): CommandDecision | null {
  const state = stateAfter(authentication.state, 'come_back')
  if (state === null || !isWaiting(record, authentication)) return null
  const draft = new Draft(record.payment, context)
  draft.authenticate({ ...authentication, state })
  noteAuthentication(draft, { state })
  setDeadline(draft, context.nowMs + resultLifetimeMs)
  return { decision: draft.decision(), operation: null }
}

/**
 * The issuer has said what it says in the end. The payment goes on, or fails, where it still waits for it; where it was given up
 * meanwhile, or asks for another amount, the result is kept and has no effect. Null: a result is known already.
 */
export function decideResult(
  record: PaymentRecord,
  authentication: Authentication,
  result: AuthenticationResult,
  more: { liabilityShift: boolean; issuerText: string | null },
  context: DecisionContext,
): CommandDecision | null {
  const state = stateAfter(authentication.state, result.transStatus)
  if (state === null) return null
  const draft = new Draft(record.payment, context)
  const issuerText = more.issuerText ?? authentication.issuerText
  draft.authenticate({ ...authentication, state, result, issuerText })
  if (!isWaiting(record, authentication)) return { decision: draft.decision(), operation: null }
  const { eci, flow, dsTransId } = result
  noteAuthentication(draft, { state, eci, flow, dsTransId, liabilityShift: more.liabilityShift, sessionId: null })
  if (consequenceOf(state, authentication) === 'fail') return fail(draft, 'authentication_failed', result)
  return isToBeConfirmed(record) ? awaitConfirmation(draft) : send(draft, context)
}

/** The shopper gives up. */
export function decideCancellation(
  record: PaymentRecord,
  authentication: Authentication,
  context: DecisionContext,
): CommandDecision | null {
  if (isOver(authentication.state) || !isWaiting(record, authentication)) return null
  const draft = new Draft(record.payment, context)
  giveUpAuthentication(draft, authentication)
  return fail(draft, 'authentication_abandoned', null)
}

function fail(
  draft: Draft,
  code: 'authentication_failed' | 'authentication_abandoned',
  result: AuthenticationResult | null,
): CommandDecision {
  const { payment } = draft
  const mayRetry = isHosted(payment)
  payment.state = nextState(payment.state, mayRetry ? 'reopen' : 'abandon')
  payment.dueAtMs = mayRetry ? checkoutDeadlineMs(payment) : null
  payment.failure = failureOf(code, result && `${result.transStatus}${result.reason ?? ''}`)
  dropHeld(draft)
  if (!mayRetry) draft.tell('payment.failed', { failure: payment.failure })
  return { decision: draft.decision(), operation: null }
}

/**
 * An order is charged when the merchant says so, after the shopper has authenticated; where it was said before (the authorization
 * was declined for want of authentication), it need not be said again.
 */
function isToBeConfirmed({ payment, operations }: PaymentRecord): boolean {
  return payment.order !== null && !isHosted(payment) && !operations.some(({ begunBy }) => begunBy !== null)
}

function awaitConfirmation(draft: Draft): CommandDecision {
  const { payment } = draft
  payment.state = nextState(payment.state, 'require_confirmation')
  setDeadline(draft, Number.MAX_SAFE_INTEGER)
  draft.tell('payment.requires_confirmation')
  return { decision: draft.decision(), operation: null }
}

/** The attempt is recorded in the commit of the result; whoever commits it sends it. */
function send(draft: Draft, context: DecisionContext): CommandDecision {
  const { payment } = draft
  const { held } = payment
  if (held === null) throw new Error(`payment ${payment.paymentId} waits for the shopper without a card`)
  payment.state = nextState(payment.state, 'send')
  payment.held = null
  payment.dueAtMs = null
  const operation = attemptOfHeld(payment, held, context)
  draft.put(operation)
  return { decision: draft.decision(), operation }
}

function setDeadline(draft: Draft, atMs: number): void {
  const { held } = draft.payment
  draft.payment.dueAtMs = held === null ? atMs : Math.min(atMs, held.expiresAtMs - cardMarginMs)
}

export function flowOf({ state }: Pick<Authentication, 'state'>): Flow {
  if (!awaitsResult(state)) return 'frictionless'
  return state === 'decoupled' ? 'decoupled' : 'challenge'
}
