import type { Timers } from '@tessera/lib/timers'
import type { MerchantDirectory } from '../merchants/merchant.ts'
import type { Acquirer } from '../payments/acquirer.ts'
import type { CommandDecision } from '../payments/commands.ts'
import { type DecisionContext, recordAfter } from '../payments/decision.ts'
import { lostRaces } from '../payments/lost-races.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import { decisionContext, type EngineParts, networkOf, releaseDroppedCard, settle } from '../payments/settlement.ts'
import type { AuthenticationRecord } from '../ports/payment-store.ts'
import type { ReturnLinks } from '../ports/return-links.ts'
import type { ThreeDSecureProvider } from '../ports/three-d-secure-provider.ts'
import type { Authentication } from './authentication.ts'
import type { ThreeDSecure } from './three-d-secure.ts'

export type AuthenticationParts = EngineParts & {
  threeDSecure: ThreeDSecure
  provider: ThreeDSecureProvider
  acquirer: Acquirer
  directory: MerchantDirectory
  returnLinks: ReturnLinks
  timers: Timers
  /** Where shoppers reach this gateway. */
  publicUrl: string
  /** Authorizations under way that nobody waits for. */
  charging: Set<Promise<unknown>>
}

type Decide = (
  record: PaymentRecord,
  authentication: Authentication,
  context: DecisionContext,
) => CommandDecision | null

export interface CarriedOut {
  found: AuthenticationRecord
  /** Whether the decision was this call's own; false where there was nothing to decide, or another was faster. */
  isOurs: boolean
  /** Ends when the authorization that the decision began is settled. */
  charged: Promise<unknown>
}

/**
 * Decides on the authentication as it stands, and records that; another that came first is looked at anew. What the decision
 * begins to charge is sent by nobody else: at once, and without making the caller wait.
 */
export async function carryOut(
  parts: AuthenticationParts,
  before: AuthenticationRecord,
  decide: Decide,
): Promise<CarriedOut> {
  let found = before
  const lostRace = lostRaces(parts, before.record.payment.paymentId)
  for (;;) {
    const { record } = found
    const decided = decide(record, found.authentication, decisionContext(parts))
    if (decided === null) return { found, isOurs: false, charged: Promise.resolve() }
    const { decision, operation } = decided
    const committed = await parts.store.commit({ decision, claim: null, answer: null })
    const isCommitted = committed.kind === 'committed'
    if (isCommitted) releaseDroppedCard(parts, record, decision)
    else await lostRace()
    const after = isCommitted ? recordAfter(record, decision) : null
    found = after === null ? await reread(parts, found) : { record: after, authentication: changedIn(decided, found) }
    if (after !== null || isOursAfterAll(found, decided)) {
      return { found, isOurs: true, charged: operation ? charge(parts, found.record, operation) : Promise.resolve() }
    }
  }
}

function changedIn({ decision }: CommandDecision, { authentication }: AuthenticationRecord): Authentication {
  const { authenticationId } = authentication
  return decision.authentications.find((each) => each.authenticationId === authenticationId) ?? authentication
}

/** A commit whose reply was lost: its run tells that it was this one. */
function isOursAfterAll(
  { record, authentication }: AuthenticationRecord,
  { decision, operation }: CommandDecision,
): boolean {
  if (operation !== null) return record.operations.some(({ begunBy }) => begunBy === operation.begunBy)
  const ours = decision.authentications.find((each) => each.authenticationId === authentication.authenticationId)
  return ours?.state === 'requested' && authentication.requestedBy === ours.requestedBy
}

export async function reread(
  { store }: Pick<AuthenticationParts, 'store'>,
  { authentication }: AuthenticationRecord,
): Promise<AuthenticationRecord> {
  const found = await store.findByAuthentication(authentication.authenticationId)
  if (found === undefined) throw new Error(`authentication ${authentication.authenticationId} is gone`)
  return found
}

/** The worker settles what fails here, as it does for any attempt that nobody came back for. */
export function charge(
  parts: EngineParts & Pick<AuthenticationParts, 'acquirer' | 'charging'>,
  record: PaymentRecord,
  attempt: Operation,
): Promise<unknown> {
  const { paymentId, operationId } = attempt
  const charging = parts.acquirer
    .send(record, attempt, networkOf(parts, record, attempt))
    .then((sent) => settle(parts, record, attempt, sent.outcome))
    .catch((error: unknown) => parts.log.error('an attempt is left to the worker', { paymentId, operationId, error }))
    .finally(() => parts.charging.delete(charging))
  parts.charging.add(charging)
  return charging
}
