import type { FinalTransStatus, MethodCompletion, TransStatus } from '@tessera/contracts/three-ds/codes'
import type { SpokenVersion } from '@tessera/contracts/three-ds/versions'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { AuthenticationId, MerchantId, PaymentId, SessionId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import type { Currency } from '../money/currencies.ts'
import type { AuthenticationState } from './states.ts'

export type Flow = 'frictionless' | 'challenge' | 'decoupled'
/** Why a payment in the scope of strong customer authentication goes without; the issuer has the last word. */
export type Exemption = 'low_value' | 'transaction_risk'

/** A text that only `Proofs` opens. */
export type SealedProof = string

/** What the issuer said in the end. */
export interface AuthenticationResult {
  transStatus: Exclude<TransStatus, 'C' | 'D'>
  /** Two digits, of N, R and U. */
  reason: string | null
  eci: string | null
  /** The issuer's proof (CAVV), sealed: it goes into the authorization and nowhere else. */
  proof: SealedProof | null
  dsTransId: string | null
  acsTransId: string | null
  flow: Flow
  /** Two digits: why a challenge ended early. */
  challengeCancel: string | null
  atMs: number
}

/** What the browser carries to the issuer. */
export interface Challenge {
  acsUrl: string
  acsTransId: string
  dsTransId: string
  windowSize: '01' | '02' | '03' | '04' | '05'
}

/**
 * One authentication of one payment, for one amount. It belongs to its payment as operations do: every change is part of a
 * decision on the payment, whose version guards both.
 */
export interface Authentication {
  merchantId: MerchantId
  paymentId: PaymentId
  authenticationId: AuthenticationId
  mode: Mode
  /** What the shopper's session is looked up by; the session's id itself is with the payment while it is of use. */
  sessionDigest: string
  state: AuthenticationState
  /** The version of the amount that it is made for, and counts for. */
  amountMinor: AmountMinor
  currency: Currency
  /** The issuer must ask the shopper: an authorization without was declined for it, or a card is saved for later. */
  challengeMandated: boolean
  /** Without a full or attempted authentication nothing is sent. */
  required: boolean
  /** Known once the issuer is asked. */
  version: SpokenVersion | null
  /** Null while the issuer's hidden page has not ended. */
  methodCompletion: MethodCompletion | null
  /** The run that asks the issuer: of several at once, one. */
  requestedBy: string | null
  challenge: Challenge | null
  /** Plain text of the issuer for the cardholder. */
  issuerText: string | null
  result: AuthenticationResult | null
  createdAtMs: number
  updatedAtMs: number
}

/** A results request, checked in form: what it says of the authentication that it names. */
export interface ReportedResult {
  authenticationId: AuthenticationId
  acsTransId: string
  dsTransId: string
  version: SpokenVersion
  transStatus: FinalTransStatus
  reason: string | null
  eci: string | null
  cavv: string | null
  challengeCancel: string | null
}

/** What a payment itself remembers of its authentication: for its reads, and to find the rest. */
export interface PaymentAuthentication {
  /** Null: the merchant's own, made elsewhere. */
  authenticationId: AuthenticationId | null
  /** While the shopper can do something there. */
  sessionId: SessionId | null
  state: AuthenticationState
  version: string | null
  eci: string | null
  flow: Flow | null
  dsTransId: string | null
  /** Whose loss fraud is: true, the issuer's. */
  liabilityShift: boolean
  /** The amount that it was made for; it counts for no other. */
  amountMinor: AmountMinor
}

/** What an attempt went out with; `authenticationId` leads to the proof, which the merchant's own result brings by itself. */
export interface AttemptAuthentication {
  authenticationId: AuthenticationId | null
  state: AuthenticationState | null
  version: string | null
  eci: string | null
  dsTransId: string | null
  /** What the acquirer answers to the authorization wins. */
  liabilityShift: boolean
  exemption: Exemption | null
}

/** What the merchant asked for, where that is not the usual. */
export interface AuthenticationWish {
  threeDSecure: 'automatic' | 'required' | 'skip'
  /** As the merchant's server sees the shopper. */
  shopper: { ip: string | null; userAgent: string | null; acceptLanguage: string | null } | null
}

/** The merchant's own authentication, made elsewhere. */
export interface BroughtResult {
  version: string
  transStatus: 'Y' | 'A'
  eci: string
  cavv: string
  dsTransId: string
}
