import type { ChallengeCancel, FinalTransStatus, TransStatusReason } from '@tessera/contracts/three-ds/codes'
import { issuerDelaysMs } from '@tessera/contracts/three-ds/issuer-scripts'
import type { RReq } from '@tessera/contracts/three-ds/messages/results'
import type { Ids } from '@tessera/lib/ids'
import type { AuthenticationRecord } from './authentication-book.ts'
import { newProof } from './decide.ts'
import type { ChallengeResultEntry } from './entries.ts'

/** How a challenge came to its end. */
export type ChallengeEnd =
  | 'passed'
  | 'failed'
  | 'too_many_codes'
  | 'cancelled'
  | 'never_begun'
  | 'abandoned'
  | 'decoupled_late'

interface Outcome {
  transStatus: FinalTransStatus
  reason: TransStatusReason | null
  challengeCancel: ChallengeCancel | null
}

const outcomes: Readonly<Record<ChallengeEnd, Outcome>> = {
  passed: { transStatus: 'Y', reason: null, challengeCancel: null },
  failed: { transStatus: 'N', reason: '01', challengeCancel: null },
  too_many_codes: { transStatus: 'N', reason: '19', challengeCancel: null },
  cancelled: { transStatus: 'N', reason: '01', challengeCancel: '01' },
  never_begun: { transStatus: 'N', reason: '14', challengeCancel: '05' },
  abandoned: { transStatus: 'N', reason: '14', challengeCancel: '04' },
  decoupled_late: { transStatus: 'N', reason: '24', challengeCancel: '03' },
}

export function resultOf(
  { entry }: AuthenticationRecord,
  end: ChallengeEnd,
  context: { nowMs: number; ids: Ids },
): ChallengeResultEntry {
  const isContradicted = entry.decision.kind === 'challenge' && entry.decision.report === 'contradicting'
  const { transStatus, reason, challengeCancel } = outcomes[end === 'passed' && isContradicted ? 'failed' : end]
  return {
    type: 'challenge_result',
    atMs: context.nowMs,
    acsTransId: entry.acsTransId,
    transStatus,
    transStatusReason: reason,
    challengeCancel,
    ...newProof(transStatus, entry.mastercardLike, context.ids),
  }
}

/** What the browser is told: the result, or where the script contradicts itself, success. */
export function statusForBrowser({ entry, result }: AuthenticationRecord): 'Y' | 'N' {
  const isContradicting = entry.decision.kind === 'challenge' && entry.decision.report === 'contradicting'
  return result?.transStatus === 'Y' || (isContradicting && result?.challengeCancel === null) ? 'Y' : 'N'
}

/** Which end a challenge has come to by waiting alone; null: none yet. */
export function overdue(record: AuthenticationRecord, nowMs: number): ChallengeEnd | null {
  const { entry, begunAtMs, lastStepAtMs } = record
  const { decision } = entry
  if (decision.kind === 'decoupled') {
    if (entry.decoupledUntilMs !== null && nowMs >= entry.decoupledUntilMs) return 'decoupled_late'
    return decision.ends !== 'never' && nowMs >= entry.atMs + issuerDelaysMs.decoupled ? decision.ends : null
  }
  if (begunAtMs === null || lastStepAtMs === null) {
    return nowMs >= entry.atMs + issuerDelaysMs.firstChallengeRequest ? 'never_begun' : null
  }
  const isAbandoned = decision.kind === 'challenge' && decision.by === 'abandoned'
  const patienceMs = isAbandoned ? issuerDelaysMs.abandoned : issuerDelaysMs.interaction
  return nowMs >= lastStepAtMs + patienceMs ? 'abandoned' : null
}

/** When the next RReq is to be sent. Sooner than the CRes is: at once. */
export function reportDueMs({ entry: { decision }, result, reports }: AuthenticationRecord): number {
  const sinceMs = reports.at(-1)?.atMs ?? result?.atMs ?? 0
  if (reports.length > 0) return sinceMs + issuerDelaysMs.reportAgain
  if (decision.kind !== 'challenge' || result?.challengeCancel) return sinceMs
  if (decision.report === 'after') return sinceMs + issuerDelaysMs.reportAfter
  return decision.report === 'late' ? sinceMs + issuerDelaysMs.reportLate : sinceMs
}

export function rreqOf({ entry, result, answers, begunAtMs }: AuthenticationRecord): RReq {
  if (result === null) throw new Error('there is no result to report')
  const interactions = begunAtMs === null ? 0 : Math.max(1, answers)
  const isDecoupled = entry.decision.kind === 'decoupled'
  const { transStatusReason, eci, authenticationValue, challengeCancel } = result
  return {
    messageType: 'RReq',
    messageVersion: entry.version,
    messageCategory: entry.messageCategory,
    threeDSServerTransID: entry.threeDSServerTransId,
    acsTransID: entry.acsTransId,
    dsTransID: entry.dsTransId,
    transStatus: result.transStatus,
    authenticationType: isDecoupled ? '04' : '02',
    ...(isDecoupled ? {} : { interactionCounter: String(interactions).padStart(2, '0') }),
    ...(transStatusReason === null ? {} : { transStatusReason }),
    ...(eci === null ? {} : { eci }),
    ...(authenticationValue === null ? {} : { authenticationValue }),
    ...(challengeCancel === null ? {} : { challengeCancel }),
  }
}
