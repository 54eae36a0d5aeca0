import type { Authentication } from '../authentication/authentication.ts'
import { beginAuthentication, giveUpAuthentication, leavesTime } from '../authentication/begin.ts'
import { accept, type Result } from '../refusals.ts'
import { type CommandDecision, notNow } from './commands.ts'
import { type DecisionContext, Draft } from './decision.ts'
import { attemptOfHeld } from './new-payment.ts'
import type { PaymentRecord } from './payment.ts'
import type { PaymentChange } from './payments.ts'
import { nextState, verdictOf } from './states.ts'
import type { Terms } from './terms.ts'

/** Begins the attempt that the held card was claimed for: from here on it is one like any other. */
export function decideConfirm({ payment }: PaymentRecord, context: DecisionContext): Result<CommandDecision> {
  const { held } = payment
  if (verdictOf(payment.state, 'confirm') === 'no' || held === null) {
    return notNow(payment, 'confirm', 'Only a payment that waits for its confirmation can be confirmed.')
  }
  if (payment.dueAtMs !== null && payment.dueAtMs <= context.nowMs) {
    return notNow(payment, 'confirm', 'The payment was not confirmed in time. Create a new one.')
  }
  const draft = new Draft(payment, context)
  draft.payment.state = nextState(payment.state, 'confirm')
  draft.payment.held = null
  draft.payment.dueAtMs = null
  const operation = attemptOfHeld(draft.payment, held, context)
  draft.put(operation)
  return accept({ decision: draft.decision(), operation })
}

/** Changes what is to be paid, of which nothing has been charged. `terms` is null where the order stays as it is. */
export function decideUpdate(
  { payment, authentication }: PaymentRecord,
  change: Pick<PaymentChange, 'metadata' | 'name'> & { terms: Terms | null },
  context: DecisionContext,
): Result<CommandDecision> {
  if (verdictOf(payment.state, 'update') === 'no') {
    return notNow(payment, 'update', 'A payment can be changed only before it is confirmed.')
  }
  const { terms, metadata, name } = change
  const draft = new Draft(payment, context)
  if (terms !== null) {
    draft.payment.amountMinor = terms.amountMinor
    draft.payment.order = terms.order
  }
  if (metadata !== undefined) draft.payment.metadata = metadata
  if (name !== undefined) draft.payment.name = name
  return authenticateAnew(draft, authentication, context)
}

/** An authentication counts for the amount that it was made for: for another one, the shopper authenticates again. */
function authenticateAnew(
  draft: Draft,
  before: Authentication | undefined,
  context: DecisionContext,
): Result<CommandDecision> {
  const { payment } = draft
  const isOfOtherAmount = payment.authentication !== null && payment.authentication.amountMinor !== payment.amountMinor
  if (isOfOtherAmount && payment.held !== null && before) {
    const { expiresAtMs } = payment.held
    const session = leavesTime(expiresAtMs, context.nowMs) ? context.newSession?.(payment.mode) : null
    if (!session) return notNow(payment, 'update', 'It is too late to authenticate the shopper for another amount.')
    giveUpAuthentication(draft, before)
    beginAuthentication(draft, payment.held, session, before)
  }
  return accept({ decision: draft.decision(), operation: null })
}
