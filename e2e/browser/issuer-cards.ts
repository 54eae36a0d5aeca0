import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'

/**
 * Cards whose last four digits choose what the simulated issuer does: versions, hidden page (0 calls back, 1 none, 2 never calls
 * back), decision.
 */
export const issuers = {
  frictionless: threeDSecureTestNumber('0103'),
  frictionlessAfterHiddenPage: threeDSecureTestNumber('0003'),
  hiddenPageNeverCallsBack: threeDSecureTestNumber('0203'),
  attempted: threeDSecureTestNumber('0123'),
  notAuthenticated: threeDSecureTestNumber('0113'),
  asksForCode: threeDSecureTestNumber('0172'),
  asksForCodeAfterHiddenPage: threeDSecureTestNumber('0072'),
  challengeFails: threeDSecureTestNumber('0171'),
  reportsAfterwards: threeDSecureTestNumber('0173'),
  contradicts: threeDSecureTestNumber('0177'),
  abandoned: threeDSecureTestNumber('0178'),
  answeredElsewhere: threeDSecureTestNumber('0180'),
} as const
