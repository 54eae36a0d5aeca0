import { chargedMinor, heldMinor, isLive, type Oracle } from '../world/oracle.ts'
import type { Books, OperationRow, PaymentRow } from './books.ts'
import type { Found } from './violation.ts'

const givenUp = new Set(['failed', 'canceled', 'expired'])

/** What truly happened, against what the gateway wrote down, payment by payment. Both must be at rest. */
export function checkMoney(books: Books, oracle: Oracle, found: Found): void {
  const known = new Set(books.operations.map((operation) => operation.operation_id))
  for (const { reference } of oracle.entries.values()) {
    if (!known.has(reference)) found('nothing is sent that was not recorded first', reference)
  }
  for (const payment of books.payments) {
    const operations = books.operations.filter((operation) => operation.payment_id === payment.payment_id)
    checkPayment(payment, operations, oracle, found)
  }
}

function checkPayment(payment: PaymentRow, operations: OperationRow[], oracle: Oracle, found: Found): void {
  const id = payment.payment_id
  const attempts = new Set(
    operations.filter(({ kind }) => kind === 'authorize').map(({ operation_id }) => operation_id),
  )
  const made = oracle.authorizations().filter(({ reference }) => attempts.has(reference))
  const live = made.filter(isLive)
  if (live.length > 1) found('at most one live authorization per payment', id)
  const sum = (value: (each: (typeof made)[number]) => number) => made.reduce((total, each) => total + value(each), 0)
  const truth = {
    held: sum(heldMinor),
    captured: sum((each) => each.capturedMinor),
    refunded: sum((each) => each.refundedMinor),
  }
  const told = `${id} is ${payment.state} with ${JSON.stringify(payment.amounts)}; true is ${JSON.stringify(truth)}`

  if (givenUp.has(payment.state)) {
    if (truth.held > 0 || sum(chargedMinor) > 0) found('what is given up holds no money', told)
  } else {
    if (payment.amounts.captured !== truth.captured) found('captured is what the acquirer captured', told)
    const left = payment.amounts.authorized - payment.amounts.captured - payment.amounts.reversed
    if (left !== truth.held) found('what is left is what the acquirer holds', told)
  }
  if (payment.state === 'captured' && truth.captured === 0) found('succeeded is captured', told)
  if (payment.amounts.refunded !== truth.refunded) found('refunded is what the acquirer refunded', told)
  const underWay = payment.amounts.capturing + payment.amounts.reversing + payment.amounts.refunding
  if (underWay !== 0) found('nothing stays reserved', told)
  for (const { operation_id, kind, state } of operations) {
    if (state !== 'approved' && state !== 'declined')
      found('no operation stays in doubt', `${kind} ${operation_id} is ${state}`)
    checkOperation(operation_id, kind, state, oracle, found)
  }
  if (payment.state === 'processing') found('no payment stays in doubt', told)
}

function checkOperation(id: string, kind: string, state: string, oracle: Oracle, found: Found): void {
  const entry = oracle.entries.get(id)
  const happened = entry?.kind === 'authorization' ? entry.isApproved : entry?.status === 'succeeded'
  if (state === 'approved' && !happened) found('what is approved here is approved there', `${kind} ${id}`)
  if (state === 'declined' && happened && kind !== 'authorize' && kind !== 'reversal') {
    found('failed never hides that it was done', `${kind} ${id}`)
  }
  if (entry !== undefined && entry.kind !== 'authorization' && entry.code === 'amount_too_large') {
    found('the acquirer is never asked for more than there is', `${kind} ${id}`)
  }
}
