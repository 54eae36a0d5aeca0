import type { RefundBehaviour, RefundEntry, RefundSettlementEntry } from '../ledger/entries.ts'
import { type AuthorizationRecord, isDisputed, type Ledger, type LedgerRecord } from '../ledger/ledger.ts'
import { type Decision, type DecisionContext, repeat } from './decisions.ts'
import type { RefundRequest } from './requests.ts'

/** A pending refund settles by itself after this, at the first look at the ledger; a test may settle it sooner. */
export const refundPendingMs = 10_000

export function decideRefund(ledger: Ledger, request: RefundRequest, context: DecisionContext): Decision<RefundEntry> {
  const known = ledger.find(request.account, request.reference)
  if (known !== undefined) return repeat(known, isSame(known, request))
  const authorization = ledger.authorization(request.account, request.authorization)
  if (authorization === undefined) return { kind: 'authorization_not_found' }
  return {
    kind: 'new',
    entry: {
      type: 'refund',
      atMs: context.nowMs,
      account: request.account,
      reference: request.reference,
      id: `ref_${context.ids.timeOrdered()}`,
      authorization: request.authorization,
      amountMinor: request.amountMinor,
      ...courseOf(refusalOf(authorization, request), authorization.entry.refund, context.nowMs),
    },
  }
}

function refusalOf(authorization: AuthorizationRecord, request: RefundRequest): string | null {
  const { capturedMinor, refundedMinor, refundPendingMinor } = authorization
  if (capturedMinor === 0) return 'not_refundable'
  if (isDisputed(authorization)) return 'disputed'
  return request.amountMinor > capturedMinor - refundedMinor - refundPendingMinor ? 'amount_too_large' : null
}

type Course = Pick<RefundEntry, 'status' | 'code' | 'settlesAtMs' | 'settlesAs'>

function courseOf(refusal: string | null, behaviour: RefundBehaviour | null, nowMs: number): Course {
  const unsettled = { settlesAtMs: null, settlesAs: null }
  if (refusal !== null) return { status: 'refused', code: refusal, ...unsettled }
  switch (behaviour) {
    case null:
      return { status: 'succeeded', code: null, ...unsettled }
    case 'fails':
      return { status: 'failed', code: 'refund_failed', ...unsettled }
    case 'pending_then_succeeds':
      return { status: 'pending', code: null, settlesAtMs: nowMs + refundPendingMs, settlesAs: 'succeeded' }
    case 'pending_then_fails':
      return { status: 'pending', code: null, settlesAtMs: nowMs + refundPendingMs, settlesAs: 'failed' }
  }
}

function isSame({ entry }: LedgerRecord, request: RefundRequest): boolean {
  return (
    entry.type === 'refund' &&
    entry.authorization === request.authorization &&
    entry.amountMinor === request.amountMinor
  )
}

export function settlementOf(refund: RefundEntry, nowMs: number): RefundSettlementEntry {
  return {
    type: 'refund_settlement',
    atMs: nowMs,
    account: refund.account,
    reference: refund.reference,
    status: refund.settlesAs ?? 'succeeded',
  }
}
