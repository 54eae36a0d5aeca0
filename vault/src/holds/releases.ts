import type {
  FenceReply,
  FenceRequest,
  ReleaseReply,
  ReleaseRequest,
  UnsentClaimsReply,
  UnsentClaimsRequest,
} from '@tessera/contracts/vault-protocol'
import type { Batcher } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import type { HoldRows } from '../store/holds.ts'
import type { FenceRow, StepState } from '../store/steps.ts'

export interface ReleaseParts {
  fences: Batcher<FenceRow, StepState>
  holds: HoldRows
  clock: Clock
}

/** After the answer the step can no longer be sent. */
export async function fence(request: FenceRequest, { fences, clock }: ReleaseParts): Promise<FenceReply> {
  const { merchantId, mode, stepId, attemptId } = request
  const state = await fences.submit({ merchantId, mode, stepId, attemptId, nowMs: clock.now() })
  return { outcome: state === 'fenced' ? 'never_sent' : 'may_have_been_sent' }
}

export async function release({ releases }: ReleaseRequest, { holds, clock }: ReleaseParts): Promise<ReleaseReply> {
  await holds.free(
    releases.filter((each) => each.reason === 'unused'),
    clock.now(),
  )
  await holds.end(releases.filter((each) => each.reason === 'ended'))
  return { outcome: 'released' }
}

export async function unsentClaims(
  { olderThanMs, claimedFromMs, limit }: UnsentClaimsRequest,
  { holds, clock }: ReleaseParts,
): Promise<UnsentClaimsReply> {
  return { claims: await holds.unsentClaims(claimedFromMs, clock.now() - olderThanMs, limit) }
}
