import { brandOf } from '@tessera/contracts/card-brands'
import type { TransStatus, TransStatusReason } from '@tessera/contracts/three-ds/codes'
import { eciTableOf } from '@tessera/contracts/three-ds/eci'
import { currencyNumbers } from '@tessera/contracts/three-ds/iso-numbers'
import { challenge, type IssuerDecision, type IssuerScript } from '@tessera/contracts/three-ds/issuer-scripts'
import type { AReq } from '@tessera/contracts/three-ds/messages/areq'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import type { Ids } from '@tessera/lib/ids'
import type { AuthenticationEntry, Proof } from './entries.ts'
import { newAuthenticationValue, newCode, newUuid } from './identifiers.ts'

/** An AReq as the directory server hands it to the issuer. */
export type AReqToIssuer = AReq & { dsTransID: string; dsReferenceNumber: string }

interface Answer {
  transStatus: TransStatus
  reason: TransStatusReason | null
  /** What follows: a script that the request does not allow ends at once. */
  decision: IssuerDecision
}

const currencyByNumber = new Map([...currencyNumbers].map(([code, number]) => [number, code]))

export function decideAuthentication(
  areq: AReqToIssuer,
  script: IssuerScript,
  context: { nowMs: number; ids: Ids },
): AuthenticationEntry {
  const { nowMs, ids } = context
  const { transStatus, reason, decision } = answerTo(areq, script.decision)
  const brand = brandOf(Buffer.from(areq.acctNumber, 'latin1')) ?? 'visa'
  const mastercardLike = eciTableOf(brand) === eciTableOf('mastercard')
  return {
    type: 'authentication',
    atMs: nowMs,
    acsTransId: newUuid(ids),
    threeDSServerTransId: areq.threeDSServerTransID,
    dsTransId: areq.dsTransID,
    version: areq.messageVersion,
    deviceChannel: areq.deviceChannel,
    messageCategory: areq.messageCategory,
    card: { bin: areq.acctNumber.slice(0, 6), last4: areq.acctNumber.slice(-4) },
    mastercardLike,
    purchase: purchaseOf(areq),
    merchantName: areq.merchantName ?? areq.threeDSRequestorName,
    notificationUrl: areq.notificationURL ?? null,
    threeDSServerUrl: areq.threeDSServerURL,
    transStatus,
    transStatusReason: reason,
    ...newProof(transStatus, mastercardLike, ids),
    decision,
    code: newCode(ids),
    decoupledUntilMs: transStatus === 'D' ? nowMs + decoupledMinutes(areq) * 60_000 : null,
  }
}

function answerTo(areq: AReqToIssuer, decision: IssuerDecision): Answer {
  switch (decision.kind) {
    case 'frictionless':
      return decision.challengesWhenMandated && areq.threeDSRequestorChallengeInd === '04'
        ? challengeFor(areq, challenge('code'))
        : { transStatus: decision.transStatus, reason: decision.reason, decision }
    case 'challenge':
      return challengeFor(areq, decision)
    case 'decoupled':
      return areq.threeDSRequestorDecReqInd === 'Y'
        ? { transStatus: 'D', reason: null, decision }
        : { transStatus: 'N', reason: '23', decision }
    case 'directory_fault':
      return { transStatus: 'Y', reason: null, decision }
  }
}

/** Only a browser can show this issuer's page. */
function challengeFor(areq: AReqToIssuer, decision: IssuerDecision): Answer {
  if (areq.deviceChannel === '02') return { transStatus: 'C', reason: null, decision }
  return { transStatus: 'U', reason: areq.deviceChannel === '01' ? '03' : '21', decision }
}

const defaultDecoupledMinutes = 5

function decoupledMinutes(areq: AReqToIssuer): number {
  return Number(areq.threeDSRequestorDecMaxTime ?? defaultDecoupledMinutes)
}

function purchaseOf(areq: AReqToIssuer): AuthenticationEntry['purchase'] {
  const { purchaseAmount, purchaseCurrency = '', purchaseExponent } = areq
  const currency = currencyByNumber.get(purchaseCurrency)
  if (purchaseAmount === undefined || currency === undefined) return null
  return { amount: BigInt(purchaseAmount).toString(), currency, exponent: Number(purchaseExponent) }
}

/** Y and A come with a value. For I: Mastercard calls it exempt (06), the others give no shift (07). */
export function newProof(transStatus: TransStatus, mastercardLike: boolean, ids: Ids): Proof {
  const table = eciTableOf(mastercardLike ? 'mastercard' : 'visa')
  switch (transStatus) {
    case 'Y':
      return { eci: table.authenticated, authenticationValue: newAuthenticationValue(ids) }
    case 'A':
      return { eci: table.attempted, authenticationValue: newAuthenticationValue(ids) }
    case 'I':
      return { eci: mastercardLike ? '06' : table.none, authenticationValue: null }
    default:
      return { eci: null, authenticationValue: null }
  }
}

const decoupledText = 'Please confirm this payment in the app of your bank.'

/** The answer that the entry stands for. `challengeUrl` is where browsers reach this issuer. */
export function aresOf(entry: AuthenticationEntry, names: { acs: string; ds: string; challengeUrl: string }): ARes {
  const { transStatus, transStatusReason, eci, authenticationValue } = entry
  return {
    messageType: 'ARes',
    messageVersion: entry.version,
    threeDSServerTransID: entry.threeDSServerTransId,
    acsTransID: entry.acsTransId,
    dsTransID: entry.dsTransId,
    acsReferenceNumber: names.acs,
    dsReferenceNumber: names.ds,
    transStatus,
    ...(transStatusReason === null ? {} : { transStatusReason }),
    ...(eci === null ? {} : { eci }),
    ...(authenticationValue === null ? {} : { authenticationValue }),
    ...(transStatus === 'C'
      ? { acsURL: names.challengeUrl, acsChallengeMandated: 'Y' as const, authenticationType: '02' }
      : {}),
    ...(transStatus === 'D'
      ? { acsDecConInd: 'Y' as const, authenticationType: '04', cardholderInfo: decoupledText }
      : {}),
  }
}
