import type { FinalTransStatus, MethodCompletion } from '@tessera/contracts/three-ds/codes'
import type { SpokenVersion } from '@tessera/contracts/three-ds/versions'
import type { CardBrand, CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type { Authentication, Challenge, ReportedResult } from '../authentication/authentication.ts'
import type { BrowserData, ResultsAnswer } from '../authentication/authentications.ts'
import type { ThreeDSecureSettings } from '../authentication/settings.ts'
import type { AuthenticationId, OperationId } from '../ids.ts'
import type { Payment } from '../payments/payment.ts'

/** Whether the issuer of a card takes part. `unknown`: the directory server could not be asked. */
export type Participation =
  | { kind: 'takes_part'; version: SpokenVersion; methodUrl: string | null }
  | { kind: 'takes_no_part' }
  | { kind: 'unknown' }

export interface AskIssuer {
  payment: Payment
  authentication: Authentication
  version: SpokenVersion
  methodCompletion: MethodCompletion
  browser: BrowserData
  merchant: { name: string; country: string; settings: ThreeDSecureSettings }
  /** The hold whose card is asked about. */
  holdId: OperationId
  /** Public address of the page that the issuer sends the browser back to. */
  returnUrl: string
  /** How long the shopper may take elsewhere, in whole minutes; null: not at all. */
  decoupledMinutes: number | null
}

/** What the issuer answered. A request that came to nothing, and an answer that is not one, are `unavailable`. */
export type IssuerAnswer =
  | {
      kind: 'result'
      transStatus: FinalTransStatus | 'I'
      reason: string | null
      eci: string | null
      cavv: string | null
      dsTransId: string
      acsTransId: string
      issuerText: string | null
    }
  | { kind: 'challenge' | 'decoupled'; challenge: Challenge; issuerText: string | null }
  | { kind: 'unavailable'; why: string }

/** A results request that is none, with the Erro that says so. */
export type ReadResult = { ok: true; result: ReportedResult } | { ok: false; answer: ResultsAnswer }

/** Why a results request that is well-formed is not taken, as the protocol's error codes have it. */
export type ResultRefusal = 'unknown_transaction' | 'contradicts' | 'too_early' | 'other_version'

/** Speaks 3-D Secure with the outside: messages go out and come in here, and no card number is ever part of what it is given. */
export interface ThreeDSecureProvider {
  isAvailable(mode: Mode): boolean
  /** By what may be known of the number. Answered from memory, once the card ranges are there. */
  participation(mode: Mode, card: CardFace): Promise<Participation>
  /** What is posted to the issuer's hidden page. */
  methodData(authenticationId: AuthenticationId, notificationUrl: string): string
  /** Sends the authentication request, at most once per authentication, through the vault. Never throws. */
  ask(request: AskIssuer): Promise<IssuerAnswer>
  /** What the browser carries to the issuer's page. */
  challengeRequest(authentication: Authentication, challenge: Challenge): string
  /** Whether what the browser brought back speaks of this transaction. Whatever else it says is not looked at. */
  isReturnOf(authentication: Authentication, cres: string): boolean
  readResult(bytes: Uint8Array): ReadResult
  acceptResult(result: ReportedResult): ResultsAnswer
  refuseResult(result: ReportedResult, why: ResultRefusal): ResultsAnswer
  /** Whether fraud is the issuer's loss under this ECI. */
  shiftsLiability(brand: CardBrand, eci: string | null): boolean
}
