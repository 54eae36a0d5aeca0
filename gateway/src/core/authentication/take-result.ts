import type { AuthenticationRecord } from '../ports/payment-store.ts'
import { shiftOf } from './ask-issuer.ts'
import type { Authentication, AuthenticationResult, ReportedResult } from './authentication.ts'
import type { ResultsAnswer } from './authentications.ts'
import { type AuthenticationParts, carryOut } from './carry-out.ts'
import { decideResult, flowOf } from './decisions.ts'
import { awaitsResult } from './states.ts'

/**
 * A result that the issuer reports. The sender is believed for what only the directory server and the issuer know, the id of the
 * transaction there; and for the first report alone.
 */
export async function takeResult(parts: AuthenticationParts, bytes: Uint8Array): Promise<ResultsAnswer> {
  const { provider, store, log } = parts
  const read = provider.readResult(bytes)
  if (!read.ok) return read.answer
  const { result } = read
  const { authenticationId } = result
  const found = await store.findByAuthentication(authenticationId)
  if (found === undefined) return provider.refuseResult(result, 'unknown_transaction')
  const { paymentId } = found.record.payment
  const doubt = doubtAbout(found.authentication, result)
  if (doubt !== null) {
    log.warn('a result of 3-D Secure is not taken', { paymentId, reason: doubt })
    return provider.refuseResult(result, doubt)
  }
  const { found: after } = await carryOut(parts, found, (record, authentication, context) => {
    if (!awaitsResult(authentication.state)) return null
    const taken = resultOf(parts, authentication, result, context.nowMs)
    return decideResult(
      record,
      authentication,
      taken,
      { liabilityShift: shiftOf(parts, found, taken), issuerText: null },
      context,
    )
  })
  // Another report of the same moment may have been the first.
  return isKept(after.authentication, result)
    ? provider.acceptResult(result)
    : provider.refuseResult(result, 'contradicts')
}

function doubtAbout(
  authentication: Authentication,
  result: ReportedResult,
): 'unknown_transaction' | 'too_early' | 'other_version' | null {
  if (authentication.state === 'requested') return 'too_early'
  const known = authentication.challenge ?? authentication.result
  const isSame = (ours: string | null, theirs: string): boolean => ours?.toLowerCase() === theirs.toLowerCase()
  if (known === null || !isSame(known.dsTransId, result.dsTransId) || !isSame(known.acsTransId, result.acsTransId)) {
    return 'unknown_transaction'
  }
  return authentication.version === result.version ? null : 'other_version'
}

/** Given up meanwhile counts as kept: there is nothing that the issuer could do about it. */
function isKept({ state, result: kept }: AuthenticationRecord['authentication'], result: ReportedResult): boolean {
  return state === 'abandoned' || kept?.transStatus === result.transStatus
}

function resultOf(
  parts: AuthenticationParts,
  authentication: Authentication,
  { transStatus, reason, eci, cavv, dsTransId, acsTransId, challengeCancel }: ReportedResult,
  atMs: number,
): AuthenticationResult {
  const proof = cavv === null ? null : parts.threeDSecure.seal(authentication, cavv)
  return { transStatus, reason, eci, proof, dsTransId, acsTransId, flow: flowOf(authentication), challengeCancel, atMs }
}
