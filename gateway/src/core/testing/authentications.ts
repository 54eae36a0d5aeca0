import type { Authentication, AuthenticationResult, Challenge } from '../authentication/authentication.ts'
import { beginAuthentication } from '../authentication/begin.ts'
import { trustedId } from '../ids.ts'
import { type DecisionContext, Draft, type NewSession, recordAfter } from '../payments/decision.ts'
import type { HeldCard, Payment, PaymentRecord } from '../payments/payment.ts'
import { aHeldCard } from './orders.ts'
import { aPayment } from './payments.ts'

/** Shoppers for tests of the rules: plain data. */
export const aSession: NewSession = {
  authenticationId: trustedId('0e6b1f6e-6f0e-4f6e-8f6e-6f0e6b1f6e00'),
  sessionId: trustedId('session00000000000000000000'),
  sessionDigest: 'digest',
  lifetimeMs: 15 * 60_000,
}

export const aChallenge: Challenge = {
  acsUrl: 'https://acs.example/challenge',
  acsTransId: 'acs',
  dsTransId: 'ds',
  windowSize: '03',
}

export const aResult = (changes: Partial<AuthenticationResult> = {}): AuthenticationResult => ({
  transStatus: 'Y',
  reason: null,
  eci: '05',
  proof: 'sealed',
  dsTransId: 'ds',
  acsTransId: 'acs',
  flow: 'challenge',
  challengeCancel: null,
  atMs: 1,
  ...changes,
})

/** A payment that waits for its shopper, over a card that is held for an hour. */
export function awaitsShopper(
  context: DecisionContext,
  changes: { payment?: Partial<Payment>; held?: Partial<HeldCard>; authentication?: Partial<Authentication> } = {},
): { record: PaymentRecord; authentication: Authentication } {
  const before = { payment: aPayment('created', changes.payment), operations: [] }
  const draft = new Draft(before.payment, context)
  const held = aHeldCard({ expiresAtMs: context.nowMs + 3_600_000, ...changes.held })
  beginAuthentication(draft, held, aSession, { challengeMandated: false, required: false })
  const record = recordAfter(before, draft.decision())
  const authentication = { ...(record.authentication as Authentication), ...changes.authentication }
  return { record: { ...record, authentication }, authentication }
}
