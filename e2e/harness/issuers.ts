import { testCards, threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import type { IssuerScript } from '@tessera/contracts/three-ds/issuer-scripts'
import { issuersByCard, issuersByLastFour, notEnrolled, plainIssuer } from '@tessera/contracts/three-ds/test-issuers'

/** A card of test mode, and what its simulated issuer does in 3-D Secure; null where it takes no part. */
export interface ScriptedCard {
  number: string
  name: string
  issuer: IssuerScript | null
}

/** Every scripted issuer there is: the family's, in its Visa spelling, and the cards that are known for what they do. */
export const scriptedCards: readonly ScriptedCard[] = [
  ...[...issuersByLastFour].map(([lastFour, issuer]) => familyCard(lastFour, 'visa', issuer)),
  ...[...issuersByCard].map(([number, issuer]) => ({ number, name: `${number}: ${issuer.summary}`, issuer })),
  ...[...notEnrolled].map((number) => ({ number, name: `${number}: takes no part`, issuer: null })),
  { number: '4242424242424242', name: `4242424242424242: ${plainIssuer.summary}`, issuer: plainIssuer },
]

/** The same decisions in Mastercard's spelling, once each. */
export const mastercardIssuers: readonly ScriptedCard[] = [...issuersByLastFour]
  .filter(([lastFour]) => lastFour.startsWith('00'))
  .map(([lastFour, issuer]) => familyCard(lastFour, 'mastercard', issuer))

function familyCard(lastFour: string, brand: 'visa' | 'mastercard', issuer: IssuerScript): ScriptedCard {
  return { number: threeDSecureTestNumber(lastFour, brand), name: `…${lastFour} ${brand}: ${issuer.summary}`, issuer }
}

/** Whether anything may be charged when an authentication is required, as the table of the contract's facts has it. */
export function authenticates({ issuer }: ScriptedCard): boolean {
  if (issuer === null) return false
  const { decision } = issuer
  switch (decision.kind) {
    case 'frictionless':
      return decision.transStatus === 'Y' || decision.transStatus === 'A'
    case 'challenge':
      return (
        (decision.by === 'code' || decision.by === 'passes') && !['never', 'contradicting'].includes(decision.report)
      )
    case 'decoupled':
      return decision.ends === 'passed'
    case 'directory_fault':
      return false
  }
}

/** Ends by a deadline alone. */
export function waitsForever({ issuer }: ScriptedCard): boolean {
  const decision = issuer?.decision
  if (decision?.kind === 'decoupled') return decision.ends === 'never'
  return decision?.kind === 'challenge' && decision.report === 'never'
}

/** Whether the acquirer of test mode approves a card of this number, once its shopper is authenticated. */
export function isApproved({ number }: ScriptedCard): boolean {
  const { responseCode = '00' } = testCards.find((card) => card.number === number)?.behaviour ?? {}
  return responseCode === '00'
}
