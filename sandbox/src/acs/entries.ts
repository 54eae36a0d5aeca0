import type {
  ChallengeCancel,
  DeviceChannel,
  FinalTransStatus,
  MessageCategory,
  TransStatus,
  TransStatusReason,
} from '@tessera/contracts/three-ds/codes'
import type { IssuerDecision } from '@tessera/contracts/three-ds/issuer-scripts'
import type { SpokenVersion } from '@tessera/contracts/three-ds/versions'

/** What the issuer writes down of its authentications. The number of the card is read, looked up and forgotten. */

interface EntryHead {
  atMs: number
  acsTransId: string
}

/** The proof that goes into an authorization. */
export interface Proof {
  eci: string | null
  /** CAVV: twenty bytes in base64. */
  authenticationValue: string | null
}

/** An AReq was answered. */
export interface AuthenticationEntry extends EntryHead, Proof {
  type: 'authentication'
  threeDSServerTransId: string
  dsTransId: string
  version: SpokenVersion
  deviceChannel: DeviceChannel
  messageCategory: MessageCategory
  card: { bin: string; last4: string }
  mastercardLike: boolean
  /** Null where nothing is paid. The amount is in minor units, the currency lower case. */
  purchase: { amount: string; currency: string; exponent: number } | null
  merchantName: string
  notificationUrl: string | null
  threeDSServerUrl: string
  transStatus: TransStatus
  transStatusReason: TransStatusReason | null
  decision: IssuerDecision
  /** What the cardholder has to type. */
  code: string
  /** When a decoupled authentication is over at the latest. */
  decoupledUntilMs: number | null
}

/** The browser came with its first CReq; or the cardholder typed something. */
export interface ChallengeStepEntry extends EntryHead {
  type: 'challenge_step'
  step: 'begun' | 'answered'
}

/** A challenge is over. */
export interface ChallengeResultEntry extends EntryHead, Proof {
  type: 'challenge_result'
  transStatus: FinalTransStatus
  transStatusReason: TransStatusReason | null
  challengeCancel: ChallengeCancel | null
}

/**
 * An RReq came to its end: received with an RRes, or answered otherwise, or nobody could be reached. `copy` is 2 for the second
 * one of an issuer that sends it twice.
 */
export interface ResultReportEntry extends EntryHead {
  type: 'result_report'
  copy: 1 | 2
  outcome: 'received' | 'refused' | 'unreachable'
  detail: string
}

export type IssuerEntry = AuthenticationEntry | ChallengeStepEntry | ChallengeResultEntry | ResultReportEntry

/** What an authorization brings along of an authentication. */
export interface PresentedProof {
  dsTransId: string
  eci: string | null
  authenticationValue: string | null
}

/** What the issuer finds when it compares that with what it gave. */
export interface CheckedProof {
  dsTransId: string
  result:
    | 'verified'
    | 'unknown_transaction'
    | 'not_authenticated'
    | 'wrong_value'
    | 'wrong_eci'
    | 'other_amount'
    | 'other_card'
    | 'spent_before'
    | 'expired'
  /** As the network sees it: what fails the check is worth nothing. */
  eci: string
  /** Visa's digit: 2 authenticated, 3 attempted, 1 failed. */
  cavvResult: '1' | '2' | '3'
}
