import type { SessionId } from '../ids.ts'
import { isPaidOnOurPage, payPagePath } from '../payments/hosted.ts'
import type { Payment } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'
import type { AuthenticationRecord } from '../ports/payment-store.ts'
import type { Authentication } from './authentication.ts'
import { type SessionStep, type SessionView, sessionPaths } from './authentications.ts'
import type { AuthenticationParts } from './carry-out.ts'

/** Where a merchant registered no site: nobody else's page can be there. */
const developersMachine = ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*']

/** EMV 3-D Secure: the issuer's hidden page has ten seconds. */
const methodTimeoutMs = 10_000

/** What the shopper's page has to do now. A session whose payment asks for a later one leads there. */
export async function viewOf(
  parts: AuthenticationParts,
  { record, authentication: asked }: AuthenticationRecord,
  askedSessionId: SessionId,
): Promise<SessionView> {
  const { payment } = record
  const authentication = record.authentication ?? asked
  const sessionId = payment.authentication?.sessionId ?? askedSessionId
  const merchant = parts.directory.merchant(payment.merchantId)
  return {
    sessionId,
    paymentId: payment.paymentId,
    next: await stepOf(parts, payment, authentication, sessionId),
    merchantName: merchant?.name ?? '',
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    card: payment.card && { brand: payment.card.brand, last4: payment.card.last4 },
    issuerText: authentication.issuerText,
    shopUrl: payment.failureUrl ?? payment.returnUrl,
    framedBy: merchant?.origins ?? (payment.mode === 'test' ? developersMachine : []),
  }
}

const outcomes: Record<Exclude<PaymentState, 'requires_action' | 'processing'>, 'succeeded' | 'failed' | 'canceled'> = {
  created: 'failed',
  requires_confirmation: 'succeeded',
  authorized: 'succeeded',
  captured: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
  expired: 'failed',
}

async function stepOf(
  parts: AuthenticationParts,
  payment: Payment,
  authentication: Authentication,
  sessionId: SessionId,
): Promise<SessionStep> {
  if (payment.state === 'requires_action') return stepOfWaiting(parts, payment, authentication, sessionId)
  if (payment.state === 'processing') return { step: 'waiting', for: 'charge', pollAfterMs: 1_000 }
  const outcome = outcomes[payment.state]
  if (isPaidOnOurPage(payment)) {
    // There the shopper reads how it ended, tries another card, and is led back to the shop.
    return { step: 'done', outcome, redirectTo: `${parts.publicUrl}${payPagePath(payment.paymentId)}` }
  }
  const redirectTo = await parts.returnLinks.linkFor(payment, outcome === 'succeeded' ? 'succeeded' : 'failed')
  return { step: 'done', outcome, redirectTo }
}

async function stepOfWaiting(
  parts: AuthenticationParts,
  payment: Payment,
  authentication: Authentication,
  sessionId: SessionId,
): Promise<SessionStep> {
  const { provider } = parts
  switch (authentication.state) {
    case 'created':
      return (await methodStep(parts, payment, authentication, sessionId)) ?? { step: 'collect' }
    case 'ready':
      return { step: 'collect' }
    case 'challenge': {
      const { challenge } = authentication
      if (challenge === null) throw new Error(`payment ${payment.paymentId} waits for a challenge that is not known`)
      const creq = provider.challengeRequest(authentication, challenge)
      return { step: 'challenge', url: challenge.acsUrl, creq, sessionData: null, windowSize: challenge.windowSize }
    }
    case 'decoupled':
      return { step: 'waiting', for: 'issuer', pollAfterMs: 2_000 }
    default:
      return { step: 'waiting', for: 'answer', pollAfterMs: 1_000 }
  }
}

async function methodStep(
  { provider, publicUrl }: AuthenticationParts,
  { mode, card }: Payment,
  { authenticationId }: Authentication,
  sessionId: SessionId,
): Promise<SessionStep | null> {
  const participation = card === null ? null : await provider.participation(mode, card)
  if (participation?.kind !== 'takes_part' || participation.methodUrl === null) return null
  const notificationUrl = `${publicUrl}${sessionPaths(sessionId).methodNotification}`
  const data = provider.methodData(authenticationId, notificationUrl)
  return { step: 'method', url: participation.methodUrl, data, timeoutMs: methodTimeoutMs }
}
