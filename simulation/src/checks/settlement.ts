import type { Oracle } from '../world/oracle.ts'
import type { Books, LedgerRow, PaymentRow } from './books.ts'
import type { Found } from './violation.ts'

/** What the acquirer has reported, against what became of it here: each line counts once. */
export function checkSettlement(books: Books, oracle: Oracle, found: Found): void {
  const ledger = Map.groupBy(books.ledger, ({ payment_id }) => payment_id)
  for (const payment of books.payments) {
    // Money of what was given up was never in the books.
    if (payment.amounts.captured === 0) continue
    checkPayment(payment, { books, oracle, ledger: ledger.get(payment.payment_id) ?? [] }, found)
  }
}

function checkPayment(
  { payment_id: id, amounts, dispute }: PaymentRow,
  { books, oracle, ledger }: { books: Books; oracle: Oracle; ledger: LedgerRow[] },
  found: Found,
): void {
  const { settlement } = oracle
  const attempts = books.operations
    .filter(({ payment_id, kind }) => payment_id === id && kind === 'authorize')
    .map(({ operation_id }) => operation_id)
  const sum = (value: (attempt: string) => number) => attempts.reduce((total, each) => total + value(each), 0)
  const kept = amounts.captured - amounts.refunded
  const told = `${id}: ${JSON.stringify(amounts)}`
  if (amounts.settled !== amounts.captured || sum((each) => settlement.reportedMinor('settled', each)) !== kept) {
    found('what is settled is what the acquirer has settled', told)
  }
  if (amounts.paidOut !== amounts.captured || sum((each) => settlement.reportedMinor('paid_out', each)) !== kept) {
    found('what is paid out is what the acquirer has paid out', told)
  }
  const [theirs] = attempts.flatMap((each) => settlement.disputes.get(each) ?? [])
  const disputed = theirs === undefined || theirs.state === 'won' ? 0 : theirs.amountMinor
  if ((dispute?.state ?? null) !== (theirs?.state ?? null) || amounts.disputed !== disputed) {
    found('a dispute stands as it stands at the acquirer', `${told} ${dispute?.state}, there ${theirs?.state}`)
  }
  const balance = (account: string) =>
    ledger.filter((line) => line.account === account).reduce((total, { amount_minor }) => total + amount_minor, 0)
  const places = { acquirer_receivable: 0, acquirer_settled: 0, dispute_reserve: 0, merchant_balance: kept - disputed }
  for (const [account, expected] of Object.entries(places)) {
    if (balance(account) !== expected) {
      found('the ledger knows where the money is', `${id}: ${account} is ${balance(account)}, not ${expected}`)
    }
  }
}
