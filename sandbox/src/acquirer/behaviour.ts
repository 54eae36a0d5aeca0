import { holderNameOutcomes, lastFourOutcomes, type TestCardBehaviour } from '@tessera/contracts/test-card-outcomes'
import { outcomeTestBins, testCards, threeDSecureTestBins } from '@tessera/contracts/test-cards'
import { demandsAuthentication } from '@tessera/contracts/three-ds/test-issuers'
import type { AuthorizeRequest } from './requests.ts'

const listed = new Map(testCards.flatMap(({ number, behaviour }) => (behaviour ? [[number, behaviour] as const] : [])))
const outcomeBins: readonly string[] = Object.values(outcomeTestBins)
const threeDSecureBins: readonly string[] = Object.values(threeDSecureTestBins)
const approves: TestCardBehaviour = {}

/** In this order: the number's own behaviour, the last four digits in an outcome family, the holder name; else approve. */
export function behaviourOf(card: { number: string; holder: string | null }): TestCardBehaviour {
  const own = listed.get(card.number)
  if (own !== undefined) return own
  if (outcomeBins.some((bin) => card.number.startsWith(bin))) {
    const byDigits = lastFourOutcomes.get(card.number.slice(-4))
    if (byDigits !== undefined) return byDigits
  }
  if (threeDSecureBins.some((bin) => card.number.startsWith(bin)) && demandsAuthentication(card.number.slice(-4))) {
    return { threeDSecure: 'required' }
  }
  if (card.holder === null) return approves
  return holderNameOutcomes.get(card.holder.trim().toUpperCase()) ?? approves
}

export interface Verdict {
  approved: boolean
  responseCode: string
  adviceCode: string | null
  cvcResult: string
  avsResult: string | null
}

/** The soft decline: authenticate and come back. Mastercard has its own; every other brand of this sandbox speaks Visa's. */
const authenticationRequired = { mastercard: '65', others: '1A' }
const expiredCard = '54'

/** What the issuer says. `nowMs` decides whether the card has expired: it is good through the last day of its month (UTC). */
export function judge(
  request: AuthorizeRequest,
  behaviour: TestCardBehaviour,
  nowMs: number,
  isAuthenticated: boolean,
): Verdict {
  const responseCode = responseCodeOf(request, behaviour, nowMs, isAuthenticated)
  return {
    approved: isApproval(responseCode, request.amountMinor),
    responseCode,
    adviceCode: behaviour.adviceCode ?? null,
    cvcResult: request.card.cvcSent ? (behaviour.cvcResult ?? 'M') : 'P',
    avsResult: behaviour.avsResult ?? null,
  }
}

function responseCodeOf(
  request: AuthorizeRequest,
  behaviour: TestCardBehaviour,
  nowMs: number,
  isAuthenticated: boolean,
): string {
  const { expMonth, expYear, cvcSent } = request.card
  if (Date.UTC(expYear, expMonth) <= nowMs) return expiredCard
  if (!isAuthenticated && isToBeAuthenticated(request, behaviour)) {
    return /^[25]/.test(request.card.number) ? authenticationRequired.mastercard : authenticationRequired.others
  }
  const applies = behaviour.when === undefined || (behaviour.when === 'cvc_sent') === cvcSent
  return applies ? (behaviour.responseCode ?? '00') : '00'
}

function isToBeAuthenticated(request: AuthorizeRequest, behaviour: TestCardBehaviour): boolean {
  switch (behaviour.threeDSecure) {
    case 'required':
      return request.networkTransactionId === null
    case 'required_for_customer':
      return request.initiator === 'customer'
    case 'required_always':
      return true
    case 'supported':
    case undefined:
      return false
  }
}

/** 85 ("no reason to decline") approves a verification without an amount, and nothing else. */
function isApproval(responseCode: string, amountMinor: number): boolean {
  return ['00', '08', '11'].includes(responseCode) || (responseCode === '85' && amountMinor === 0)
}
