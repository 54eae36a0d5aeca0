import { isLive, type Oracle } from '../world/oracle.ts'
import type { Points } from '../world/points.ts'
import type { Books, PaymentRow } from './books.ts'

const givenUp = new Set(['failed', 'canceled', 'expired'])

/** What can be told from the books of a run that is over. */
export function notePoints(books: Books, oracle: Oracle, points: Points): void {
  for (const payment of books.payments) if (givenUp.has(payment.state)) noteGivenUp(payment, books, points)
  for (const { operation_id, state } of books.operations) {
    if (state === 'declined' && !oracle.entries.has(operation_id)) points.hit('declined as never processed')
  }
  noteRefunds(oracle, points)
  noteSettlement(books, oracle, points)
  noteAuthentications(books, oracle, points)
  if (books.deliveries.some(({ tries }) => tries > 1)) points.hit('webhook delivered again')
}

function noteGivenUp({ payment_id, amounts }: PaymentRow, books: Books, points: Points): void {
  const types = books.events.filter((each) => each.payment_id === payment_id).map(({ type }) => type)
  const wasTold = types.includes('payment.authorized') || types.includes('payment.succeeded')
  if (amounts.authorized > 0 && !wasTold) points.hit('approval after giving up')
  const isReversed = books.operations.some((each) => each.payment_id === payment_id && each.kind === 'reversal')
  if (isReversed) points.hit('reversal after giving up')
}

function noteSettlement(books: Books, { settlement }: Oracle, points: Points): void {
  for (const { kind, amountMinor } of settlement.lines) {
    if (kind === 'paid_out') points.hit('paid out')
    if (kind === 'settled' && amountMinor < 0) points.hit('refund settled')
  }
  for (const { dispute } of books.payments) {
    if (dispute?.state === 'won') points.hit('dispute won')
    if (dispute?.state === 'lost') points.hit('dispute lost')
  }
}

function noteAuthentications(books: Books, oracle: Oracle, points: Points): void {
  for (const { isApproved, declineCode, cavv } of oracle.authorizations()) {
    if (isApproved && cavv !== null) points.hit('charged with a proof')
    if (!isApproved && declineCode === '1A') points.hit('asked to authenticate after a decline')
  }
  for (const { state, failure } of books.payments) {
    if (state === 'failed' && failure === 'authentication_abandoned') points.hit('authentication ended too late')
  }
}

function noteRefunds(oracle: Oracle, points: Points): void {
  for (const entry of oracle.entries.values()) {
    if (entry.kind !== 'refund') continue
    if (entry.status === 'failed') points.hit('refund failed')
    const target = oracle.entries.get(entry.authorization)
    if (target?.kind === 'authorization' && isLive(target) && target.fate.refund === 'pending') {
      points.hit('refund pending')
    }
  }
}
