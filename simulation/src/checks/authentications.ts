import type { Call } from '../world/balancer.ts'
import type { Issuers } from '../world/issuers.ts'
import type { Oracle } from '../world/oracle.ts'
import type { Books } from './books.ts'
import type { Found } from './violation.ts'

/** Whom the issuers have authenticated, against what was charged. */
export function checkAuthentications(
  books: Books,
  { oracle, issuers, calls }: { oracle: Oracle; issuers: Issuers; calls: readonly Call[] },
  found: Found,
): void {
  for (const { authenticationId, times } of issuers.asked.values()) {
    if (times > 1) found('an issuer is asked once', `${authenticationId}: ${times} times`)
  }
  const required = new Set(
    calls.flatMap(({ body }) => (body?.three_d_secure === 'required' ? [String(body.external_id)] : [])),
  )
  for (const payment of books.payments) {
    const attempts = books.operations
      .filter(({ payment_id, kind }) => payment_id === payment.payment_id && kind === 'authorize')
      .flatMap(({ operation_id }) => oracle.authorizations().find(({ reference }) => reference === operation_id) ?? [])
    const mustProve = required.has(payment.external_id ?? '')
    for (const { reference, cavv, amountMinor, currency } of attempts) {
      const proves = { paymentId: payment.payment_id, amountMinor, currency }
      if (cavv === null && mustProve) found('nothing is sent without the authentication that was asked for', reference)
      if (cavv !== null && !issuers.hasProven(cavv, proves)) {
        found('a proof counts for the payment and the amount that it was given for', `${reference} ${cavv}`)
      }
    }
    const inOrder = attempts.toSorted((left, right) => left.atMs - right.atMs)
    if (inOrder.slice(0, -1).some(({ isApproved }) => isApproved)) {
      found('no attempt is sent while another may be approved', payment.payment_id)
    }
  }
}
