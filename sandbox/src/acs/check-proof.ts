import { eciTableOf } from '@tessera/contracts/three-ds/eci'
import { type AuthenticationBook, type AuthenticationRecord, proofOf } from './authentication-book.ts'
import type { CheckedProof, PresentedProof } from './entries.ts'

/** Visa takes a value for about ninety days. */
const proofLifetimeMs = 90 * 24 * 3_600_000

/** `mastercardLike` is the card's, for proofs of transactions that nobody knows. */
export function checkProof(
  book: AuthenticationBook,
  presented: PresentedProof,
  request: {
    account: string
    reference: string
    amountMinor: number
    currency: string
    number: string
    mastercardLike: boolean
  },
  nowMs: number,
): CheckedProof {
  const record = book.findByDsTransId(presented.dsTransId)
  const result = record === undefined ? 'unknown_transaction' : resultOf(record, presented, request, nowMs)
  const table = eciTableOf(request.mastercardLike ? 'mastercard' : 'visa')
  if (record === undefined || result !== 'verified') {
    return { dsTransId: presented.dsTransId, result, eci: table.none, cavvResult: '1' }
  }
  const { eci, transStatus } = proofOf(record)
  return {
    dsTransId: presented.dsTransId,
    result,
    eci: eci ?? table.none,
    cavvResult: transStatus === 'Y' ? '2' : '3',
  }
}

function resultOf(
  record: AuthenticationRecord,
  presented: PresentedProof,
  request: Parameters<typeof checkProof>[2],
  nowMs: number,
): CheckedProof['result'] {
  const { entry, spentOn } = record
  const proof = proofOf(record)
  if (proof.authenticationValue === null) return 'not_authenticated'
  if (presented.authenticationValue !== proof.authenticationValue) return 'wrong_value'
  if (presented.eci !== proof.eci) return 'wrong_eci'
  const { card, purchase } = entry
  if (!request.number.startsWith(card.bin) || !request.number.endsWith(card.last4)) return 'other_card'
  const isSameAmount = purchase?.amount === String(request.amountMinor) && purchase.currency === request.currency
  if (!isSameAmount) return 'other_amount'
  if (spentOn !== null && spentOn !== `${request.account}/${request.reference}`) return 'spent_before'
  return nowMs > entry.atMs + proofLifetimeMs ? 'expired' : 'verified'
}
