import type { ReversalEffect, ReversalEntry } from '../ledger/entries.ts'
import { type AuthorizationRecord, heldMinor, isDisputed, type Ledger, type LedgerRecord } from '../ledger/ledger.ts'
import { type Decision, type DecisionContext, repeat } from './decisions.ts'
import type { ReverseRequest } from './requests.ts'

/**
 * A reversal says "whatever happened, undo it": it is taken for an authorization that was declined, that was reversed
 * before, or that has not arrived, and in the last case it stops the latecomer.
 */
export function decideReversal(
  ledger: Ledger,
  request: ReverseRequest,
  context: DecisionContext,
): Decision<ReversalEntry> {
  const known = ledger.find(request.account, request.reference)
  if (known !== undefined) return repeat(known, isSame(known, request))
  const authorization = ledger.authorization(request.account, request.authorization)
  const result = authorization === undefined ? nothingHeld : resultOf(authorization, request.amountMinor)
  return {
    kind: 'new',
    entry: {
      type: 'reversal',
      atMs: context.nowMs,
      account: request.account,
      reference: request.reference,
      id: `rev_${context.ids.timeOrdered()}`,
      authorization: request.authorization,
      status: result.code === null ? 'succeeded' : 'refused',
      code: result.code,
      requestedMinor: request.amountMinor,
      amountMinor: result.amountMinor,
      effect: result.effect,
      tombstone: authorization === undefined,
    },
  }
}

interface Result {
  code: string | null
  effect: ReversalEffect
  amountMinor: number
}

const nothingHeld: Result = { code: null, effect: 'nothing_held', amountMinor: 0 }
const refused = (code: string): Result => ({ code, effect: 'nothing_held', amountMinor: 0 })

function resultOf(authorization: AuthorizationRecord, requestedMinor: number | null): Result {
  const held = heldMinor(authorization)
  if (held === 0 && authorization.capturedMinor === 0) return nothingHeld
  if (held > 0) {
    const amountMinor = requestedMinor ?? held
    if (amountMinor > held) return refused('amount_too_large')
    return { code: null, effect: 'released', amountMinor }
  }
  return undoSale(authorization, requestedMinor)
}

/** Everything is captured. What the authorization captured by itself can be undone as a whole, until some is refunded. */
function undoSale(authorization: AuthorizationRecord, requestedMinor: number | null): Result {
  const { entry, capturedMinor, refundedMinor, refundPendingMinor } = authorization
  if (!entry.capture) return refused('already_captured')
  if (refundedMinor + refundPendingMinor > 0) return refused('already_refunded')
  if (isDisputed(authorization)) return refused('disputed')
  if (requestedMinor !== null && requestedMinor !== capturedMinor) return refused('already_captured')
  return { code: null, effect: 'undone', amountMinor: capturedMinor }
}

function isSame({ entry }: LedgerRecord, request: ReverseRequest): boolean {
  return (
    entry.type === 'reversal' &&
    entry.authorization === request.authorization &&
    entry.requestedMinor === request.amountMinor
  )
}
