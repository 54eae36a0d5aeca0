import type { FinalTransStatus, TransStatus, TransStatusReason } from './codes.ts'
import type { SpokenVersion } from './versions.ts'

/** What the sandbox's directory server and issuer do with a card. Data, so that documents and tests share it. */
export interface IssuerScript {
  summary: string
  versions: { start: SpokenVersion; end: SpokenVersion }
  /** The issuer's 3DS Method page, if it has one, calls back or never does. */
  method: 'calls_back' | 'never_calls_back' | null
  decision: IssuerDecision
}

export type IssuerDecision =
  | {
      kind: 'frictionless'
      transStatus: Extract<TransStatus, 'Y' | 'A' | 'N' | 'R' | 'U' | 'I'>
      reason: TransStatusReason | null
      /** A request that mandates a challenge gets one, with a code. */
      challengesWhenMandated: boolean
    }
  | { kind: 'challenge'; by: ChallengeManner; report: ReportManner }
  /** The cardholder answers elsewhere, after five seconds, or never. */
  | { kind: 'decoupled'; ends: 'passed' | 'failed' | 'never' }
  | { kind: 'directory_fault'; fault: DirectoryFault }

/**
 * `code`: a page that shows a one-time code and asks for it. The others end by themselves at the first CReq: passed, failed,
 * cancelled by the cardholder; `abandoned` shows the page and ends as timed out five seconds later.
 */
export type ChallengeManner = 'code' | 'passes' | 'fails' | 'is_cancelled' | 'abandoned'

/**
 * When the RReq is sent. `before` the CRes, as it should be; `after` it by two seconds; `late`, by twenty; `twice`, before and
 * once more; `never`; `contradicting`: before, and with N although the CRes will say Y.
 */
export type ReportManner = 'before' | 'after' | 'late' | 'twice' | 'never' | 'contradicting'

/** What becomes of the answer to the AReq. */
export const directoryFaults = [
  'not_json',
  'element_missing',
  'other_transaction',
  'erro',
  'http_500',
  'reset',
  'late',
  'truncated',
  'other_version',
  'timeout',
] as const
export type DirectoryFault = (typeof directoryFaults)[number]

/** Delays that the scripts speak of. */
export const issuerDelaysMs = {
  reportAfter: 2_000,
  reportLate: 20_000,
  reportAgain: 1_000,
  abandoned: 5_000,
  decoupled: 5_000,
  lateAnswer: 12_000,
  timeout: 60_000,
  /** EMV 3-D Secure: from the ARes to the first CReq, and between two interactions of the cardholder. */
  firstChallengeRequest: 30_000,
  interaction: 600_000,
} as const

/** A wrong code may be typed this often; then the challenge has failed. */
export const codeAttempts = 3

export function frictionless(
  transStatus: FinalTransStatus | 'I',
  reason: TransStatusReason | null = null,
): IssuerDecision {
  return { kind: 'frictionless', transStatus, reason, challengesWhenMandated: false }
}

export function challenge(by: ChallengeManner, report: ReportManner = 'before'): IssuerDecision {
  return { kind: 'challenge', by, report }
}
