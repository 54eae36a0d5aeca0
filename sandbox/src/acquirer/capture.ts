import type { CaptureEntry } from '../ledger/entries.ts'
import { type AuthorizationRecord, heldMinor, type Ledger, type LedgerRecord } from '../ledger/ledger.ts'
import { type Decision, type DecisionContext, repeat } from './decisions.ts'
import type { CaptureRequest } from './requests.ts'

export function decideCapture(
  ledger: Ledger,
  request: CaptureRequest,
  context: DecisionContext,
): Decision<CaptureEntry> {
  const known = ledger.find(request.account, request.reference)
  if (known !== undefined) return repeat(known, isSame(known, request))
  const authorization = ledger.authorization(request.account, request.authorization)
  if (authorization === undefined) return { kind: 'authorization_not_found' }

  const code = refusalOf(authorization, request, context.nowMs)
  const releases = code === null && request.final
  return {
    kind: 'new',
    entry: {
      type: 'capture',
      atMs: context.nowMs,
      account: request.account,
      reference: request.reference,
      id: `cap_${context.ids.timeOrdered()}`,
      authorization: request.authorization,
      status: code === null ? 'succeeded' : 'refused',
      code,
      amountMinor: request.amountMinor,
      final: request.final,
      releasedMinor: releases ? heldMinor(authorization) - request.amountMinor : 0,
    },
  }
}

function refusalOf(authorization: AuthorizationRecord, request: CaptureRequest, nowMs: number): string | null {
  if (authorization.entry.status === 'declined') return 'not_capturable'
  if (nowMs > authorization.entry.captureBeforeMs) return 'authorization_expired'
  const held = heldMinor(authorization)
  if (held === 0) return authorization.capturedMinor > 0 ? 'already_captured' : 'not_capturable'
  return request.amountMinor > held ? 'amount_too_large' : null
}

function isSame({ entry }: LedgerRecord, request: CaptureRequest): boolean {
  return (
    entry.type === 'capture' &&
    entry.authorization === request.authorization &&
    entry.amountMinor === request.amountMinor &&
    entry.final === request.final
  )
}
