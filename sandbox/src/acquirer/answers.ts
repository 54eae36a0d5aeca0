import type { CheckedProof } from '../acs/entries.ts'
import type { AuthorizationEntry } from '../ledger/entries.ts'
import { type AuthorizationRecord, isAuthorization, type LedgerRecord, type OperationRecord } from '../ledger/ledger.ts'

/** An HTTP answer that is ready to leave. */
export interface Answer {
  status: number
  body: string
}

/** With the `reference` that it is about, wherever one was understood: an answer must say which request it belongs to. */
export function refusal(status: number, code: string, message: string, reference?: string): Answer {
  return { status, body: JSON.stringify({ error: { code, message }, reference }) }
}

/** The answer to a POST: of the operation that the reference stands for. A refused operation is a 422. */
export function answerOf(record: LedgerRecord): Answer {
  if (isAuthorization(record)) return { status: 200, body: JSON.stringify(authorizationBody(record.entry)) }
  return { status: record.status === 'refused' ? 422 : 200, body: JSON.stringify(operationBody(record)) }
}

/** What truly happened to a reference, for inquiries: always 200, and with the sums in the case of an authorization. */
export function truthOf(record: LedgerRecord): Answer {
  const body = isAuthorization(record)
    ? { ...authorizationBody(record.entry), ...sumsOf(record) }
    : operationBody(record)
  return { status: 200, body: JSON.stringify(body) }
}

export function authorizationBody(entry: AuthorizationEntry) {
  return {
    type: entry.type,
    id: entry.id,
    reference: entry.reference,
    status: entry.status,
    response_code: entry.responseCode,
    advice_code: entry.adviceCode,
    cvc_result: entry.cvcResult,
    avs_result: entry.avsResult,
    network_transaction_id: entry.networkTransactionId,
    amount_minor: entry.amountMinor,
    currency: entry.currency,
    captured: entry.capture && entry.status === 'approved',
    capture_before: new Date(entry.captureBeforeMs).toISOString(),
    ...(entry.authentication === undefined ? {} : { three_d_secure: authenticationBody(entry.authentication) }),
    ...(entry.exemption === undefined ? {} : { exemption: entry.exemption }),
  }
}

/** The network's own view of the authentication: where it differs from what was sent, this one counts. */
function authenticationBody({ result, eci, cavvResult }: CheckedProof) {
  return { result, eci, cavv_result: cavvResult }
}

export function sumsOf(record: AuthorizationRecord) {
  return {
    captured_minor: record.capturedMinor,
    released_minor: record.releasedMinor,
    refunded_minor: record.refundedMinor,
    refund_pending_minor: record.refundPendingMinor,
    settled_minor: record.settledMinor,
    paid_out_minor: record.paidOutMinor,
    dispute: record.dispute && {
      id: record.dispute.id,
      state: record.dispute.state,
      amount_minor: record.dispute.amountMinor,
    },
  }
}

export function operationBody({ entry, status }: OperationRecord) {
  const head = {
    type: entry.type,
    id: entry.id,
    reference: entry.reference,
    authorization: entry.authorization,
    status,
    code: status === 'failed' ? 'refund_failed' : entry.code,
    amount_minor: entry.amountMinor,
  }
  if (entry.type === 'capture') return { ...head, final: entry.final, released_minor: entry.releasedMinor }
  if (entry.type === 'reversal') return { ...head, effect: entry.effect }
  return head
}
