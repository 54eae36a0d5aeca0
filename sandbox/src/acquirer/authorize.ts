import { brandOf } from '@tessera/contracts/card-brands'
import { eciTableOf } from '@tessera/contracts/three-ds/eci'
import { checkProof } from '../acs/check-proof.ts'
import type { CheckedProof } from '../acs/entries.ts'
import type { AuthorizationEntry } from '../ledger/entries.ts'
import type { Ledger, LedgerRecord } from '../ledger/ledger.ts'
import { behaviourOf, judge, type Verdict } from './behaviour.ts'
import { type Decision, type DecisionContext, repeat } from './decisions.ts'
import type { AuthorizeRequest } from './requests.ts'

const authorizationLifetimeMs = 7 * 24 * 3_600_000
/** "Invalid transaction": what a reversal that came first makes of the authorization. */
const reversedBefore = '12'

export function decideAuthorization(
  ledger: Ledger,
  request: AuthorizeRequest,
  context: DecisionContext,
): Decision<AuthorizationEntry> {
  const known = ledger.find(request.account, request.reference)
  if (known !== undefined) return repeat(known, isSame(known, request))

  const { nowMs } = context
  const behaviour = behaviourOf(request.card)
  const tombstone = ledger.tombstone(request.account, request.reference)
  const authentication = checkedAuthentication(request, context)
  const isAuthenticated = authentication?.result === 'verified'
  const verdict = tombstone === undefined ? judge(request, behaviour, nowMs, isAuthenticated) : refusedByTombstone
  const { number, expMonth, expYear } = request.card
  return {
    kind: 'new',
    entry: {
      type: 'authorization',
      atMs: nowMs,
      account: request.account,
      reference: request.reference,
      id: `auth_${context.ids.timeOrdered()}`,
      status: verdict.approved ? 'approved' : 'declined',
      responseCode: verdict.responseCode,
      adviceCode: verdict.adviceCode,
      cvcResult: verdict.cvcResult,
      avsResult: verdict.avsResult,
      networkTransactionId: verdict.approved ? newNetworkTransactionId(number, context) : null,
      amountMinor: request.amountMinor,
      currency: request.currency,
      capture: request.capture,
      captureBeforeMs: nowMs + authorizationLifetimeMs,
      initiator: request.initiator,
      card: { bin: number.slice(0, 6), last4: number.slice(-4), expMonth, expYear },
      refund: behaviour.refund ?? null,
      dispute: behaviour.dispute ?? null,
      ...(authentication === null ? {} : { authentication }),
      ...(request.exemption === null ? {} : { exemption: request.exemption }),
    },
  }
}

const refusedByTombstone: Verdict = {
  approved: false,
  responseCode: reversedBefore,
  adviceCode: null,
  cvcResult: 'P',
  avsResult: null,
}

function checkedAuthentication(request: AuthorizeRequest, context: DecisionContext): CheckedProof | null {
  if (request.authentication === null) return null
  const { number } = request.card
  const brand = brandOf(Buffer.from(number, 'latin1')) ?? 'visa'
  const mastercardLike = eciTableOf(brand) === eciTableOf('mastercard')
  const { authentications, nowMs } = context
  return checkProof(authentications, request.authentication, { ...request, number, mastercardLike }, nowMs)
}

/** Compared by what the ledger keeps, so two numbers with the same face count as one. */
function isSame(known: LedgerRecord, request: AuthorizeRequest): boolean {
  const { entry } = known
  if (entry.type !== 'authorization') return false
  const { number, expMonth, expYear } = request.card
  return (
    entry.amountMinor === request.amountMinor &&
    entry.currency === request.currency &&
    entry.capture === request.capture &&
    entry.initiator === request.initiator &&
    (entry.authentication?.dsTransId ?? null) === (request.authentication?.dsTransId ?? null) &&
    (entry.exemption ?? null) === request.exemption &&
    entry.card.bin === number.slice(0, 6) &&
    entry.card.last4 === number.slice(-4) &&
    entry.card.expMonth === expMonth &&
    entry.card.expYear === expYear
  )
}

/** Shaped like the schemes' own: 15 digits, or for Mastercard a BankNet reference and the date. */
function newNetworkTransactionId(number: string, { random, ids, nowMs }: DecisionContext): string {
  const isMastercard = number.startsWith('5') || number.startsWith('2')
  if (!isMastercard) return String(Math.floor(random.unit() * 1e15)).padStart(15, '0')
  const date = new Date(nowMs).toISOString().slice(5, 10).replace('-', '')
  return `MCC${ids.random().slice(0, 6).toUpperCase()}${date}`
}
