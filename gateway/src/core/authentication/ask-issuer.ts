import type { SessionId } from '../ids.ts'
import type { AuthenticationRecord } from '../ports/payment-store.ts'
import type { IssuerAnswer, Participation } from '../ports/three-d-secure-provider.ts'
import type { Authentication, AuthenticationResult } from './authentication.ts'
import { type BrowserData, sessionPaths } from './authentications.ts'
import { cardMarginMs } from './begin.ts'
import { type AuthenticationParts, type CarriedOut, carryOut } from './carry-out.ts'
import { decideChallenge, decideRequest, decideResult } from './decisions.ts'

/** Asks the issuer about this shopper, once: whoever records the request sends it, and everybody else waits for its answer. */
export async function askIssuer(
  parts: AuthenticationParts,
  found: AuthenticationRecord,
  sessionId: SessionId,
  browser: BrowserData,
): Promise<CarriedOut> {
  const { card, mode } = found.record.payment
  if (card === null) throw new Error(`payment ${found.record.payment.paymentId} waits for its shopper without a card`)
  const participation = await parts.provider.participation(mode, card)
  if (participation.kind !== 'takes_part')
    return takeAnswer(parts, found, { kind: 'unavailable', why: participation.kind })
  const { version } = participation
  const requested = await carryOut(parts, found, (record, authentication, context) =>
    decideRequest(
      record,
      authentication,
      { version, methodCompletion: completionOf(authentication, participation) },
      context,
    ),
  )
  if (!requested.isOurs) return requested
  return takeAnswer(parts, requested.found, await ask(parts, requested.found, sessionId, browser))
}

/** A page that has not called back by now has failed. */
function completionOf({ methodCompletion }: Authentication, { methodUrl }: Participation & { kind: 'takes_part' }) {
  return methodCompletion ?? (methodUrl === null ? 'U' : 'N')
}

function ask(
  parts: AuthenticationParts,
  { record, authentication }: AuthenticationRecord,
  sessionId: SessionId,
  browser: BrowserData,
): Promise<IssuerAnswer> {
  const { payment } = record
  const { held } = payment
  const { version, methodCompletion } = authentication
  const merchant = parts.directory.merchant(payment.merchantId)
  if (held === null || version === null || methodCompletion === null || merchant === undefined) {
    throw new Error(`payment ${payment.paymentId} lacks what its authentication request needs`)
  }
  const minutesLeft = Math.floor((held.expiresAtMs - cardMarginMs - parts.clock.now()) / 60_000) - 1
  return parts.provider.ask({
    payment,
    authentication,
    version,
    methodCompletion,
    browser,
    merchant: { name: merchant.name, country: merchant.tax.homeCountry, settings: merchant.threeDSecure },
    holdId: held.attemptId,
    returnUrl: `${parts.publicUrl}${sessionPaths(sessionId).returned}`,
    decoupledMinutes: minutesLeft >= 1 ? minutesLeft : null,
  })
}

function takeAnswer(
  parts: AuthenticationParts,
  found: AuthenticationRecord,
  answer: IssuerAnswer,
): Promise<CarriedOut> {
  const { paymentId } = found.record.payment
  if (answer.kind === 'unavailable') parts.log.warn('an issuer could not be asked', { paymentId, reason: answer.why })
  return carryOut(parts, found, (record, authentication, context) => {
    if (answer.kind === 'challenge' || answer.kind === 'decoupled') {
      const { challenge, issuerText } = answer
      // The issuer was given less than this, so that its own last word still comes.
      const untilMs = record.payment.held?.expiresAtMs ?? context.nowMs
      const asked =
        answer.kind === 'challenge' ? { kind: answer.kind, challenge } : { kind: answer.kind, challenge, untilMs }
      return decideChallenge(record, authentication, asked, issuerText, context)
    }
    const result =
      answer.kind === 'result' ? resultOf(parts, authentication, answer, context.nowMs) : nothingToSay(context.nowMs)
    const issuerText = answer.kind === 'result' ? answer.issuerText : null
    return decideResult(
      record,
      authentication,
      result,
      { liabilityShift: shiftOf(parts, found, result), issuerText },
      context,
    )
  })
}

function nothingToSay(atMs: number): AuthenticationResult {
  return {
    transStatus: 'U',
    reason: null,
    eci: null,
    proof: null,
    dsTransId: null,
    acsTransId: null,
    flow: 'frictionless',
    challengeCancel: null,
    atMs,
  }
}

function resultOf(
  parts: AuthenticationParts,
  authentication: Authentication,
  answer: Extract<IssuerAnswer, { kind: 'result' }>,
  atMs: number,
): AuthenticationResult {
  const { transStatus, reason, eci, cavv, dsTransId, acsTransId } = answer
  const proof = cavv === null ? null : parts.threeDSecure.seal(authentication, cavv)
  return { transStatus, reason, eci, proof, dsTransId, acsTransId, flow: 'frictionless', challengeCancel: null, atMs }
}

/** Fraud is the issuer's loss where it gave its proof, under an ECI that says so. */
export function shiftOf(
  { threeDSecure }: AuthenticationParts,
  { record }: AuthenticationRecord,
  { transStatus, eci, proof }: AuthenticationResult,
): boolean {
  const { card } = record.payment
  const isProven = (transStatus === 'Y' || transStatus === 'A') && proof !== null
  return isProven && card !== null && threeDSecure.shiftsLiability(card.brand, eci)
}
