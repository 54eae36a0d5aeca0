import type { Json } from '../../harness/api.ts'
import type { Books } from '../books.ts'
import type { Check, Disagreement } from './disagreement.ts'

interface PaymentAccount {
  payment: Json
  operations: Json[]
  /** What the acquirer has under the references of this payment's attempts. */
  authorizations: Json[]
}

/** Payment by payment: what the gateway says and what truly happened. */
export const agreesWithAcquirer: Check = (books) => {
  const accounts = accountsOf(books)
  return [
    ...strangers(books),
    ...accounts.flatMap((account) => {
      const faults = [
        ...faultsOfOperations(account),
        ...faultsOfSums(account),
        ...faultsOfState(account),
        ...faultsOfSettlement(account),
      ]
      return faults.map((what) => ({
        order: account.payment.external_id,
        what: `${account.payment.payment_id}: ${what}`,
      }))
    }),
  ]
}

const isAuthorization = (entry: Json): boolean => entry.type === 'authorization'
const sum = (rows: Json[], field: string): number => rows.reduce((total, row) => total + row[field], 0)

function accountsOf(books: Books): PaymentAccount[] {
  const operations = Map.groupBy(books.operations, (operation) => operation.payment_id)
  const authorizations = new Map(books.acquirer.filter(isAuthorization).map((entry) => [entry.reference, entry]))
  return books.payments.map((payment) => {
    const own = operations.get(payment.payment_id) ?? []
    const attempts = own.filter((operation) => operation.kind === 'authorize')
    const known = attempts.flatMap((attempt) => authorizations.get(attempt.operation_id) ?? [])
    return { payment, operations: own, authorizations: known }
  })
}

/** The acquirer must know nothing that the gateway does not, and know each reference once. */
function strangers({ acquirer, operations }: Books): Disagreement[] {
  const known = new Set(operations.map((operation) => operation.operation_id))
  const references = acquirer.flatMap((entry) => [
    entry.reference,
    ...(entry.operations ?? []).map((operation: Json) => operation.reference),
  ])
  const unknown = references.filter((reference) => !known.has(reference))
  const seen = new Set<string>()
  const twice = references.filter((reference) => seen.size === seen.add(reference).size)
  return [
    ...unknown.map((reference) => ({ order: null, what: `the acquirer knows ${reference}, the gateway does not` })),
    ...twice.map((reference) => ({ order: null, what: `the acquirer has ${reference} twice` })),
  ]
}

function faultsOfOperations({ operations, authorizations }: PaymentAccount): string[] {
  const truths = new Map<string, Json>()
  for (const entry of authorizations) {
    truths.set(entry.reference, entry)
    for (const operation of entry.operations) truths.set(operation.reference, operation)
  }
  return operations.flatMap((operation) => faultsOfOperation(operation, truths.get(operation.operation_id)))
}

const kindOf: Record<string, string> = {
  authorize: 'authorization',
  capture: 'capture',
  reversal: 'reversal',
  refund: 'refund',
}

function faultsOfOperation(operation: Json, truth: Json | undefined): string[] {
  const name = `${operation.kind} ${operation.operation_id} (${operation.state})`
  // An attempt that was given up, and approved after all, stays declined; what it was approved for goes back.
  const isLate = operation.kind === 'authorize' && operation.acquirer_reference !== null
  const isApproved = operation.state === 'approved' || isLate
  if (truth === undefined) {
    // A reversal of an authorization that never arrived is recorded by the acquirer apart from it.
    return isApproved && operation.kind !== 'reversal' ? [`${name}: the acquirer knows nothing of it`] : []
  }
  const faults: string[] = []
  if (truth.type !== kindOf[operation.kind])
    faults.push(`${name}: the acquirer has a ${truth.type} under its reference`)
  const happened = truth.status === 'approved' || truth.status === 'succeeded'
  if (happened !== isApproved) faults.push(`${name}: the acquirer says ${truth.status}`)
  const isEmpty = operation.kind === 'reversal' && truth.effect === 'nothing_held'
  if (happened && !isEmpty && truth.amount_minor !== operation.amount_minor) {
    faults.push(`${name}: ${operation.amount_minor} here, ${truth.amount_minor} at the acquirer`)
  }
  return faults
}

function faultsOfSums({ payment, authorizations }: PaymentAccount): string[] {
  const pairs: [what: string, here: number, there: number][] = [
    ['captured', payment.captured_minor, sum(authorizations, 'captured_minor')],
    ['refunded', payment.refunded_minor, sum(authorizations, 'refunded_minor')],
    [
      'held',
      payment.authorized_minor - payment.captured_minor - payment.reversed_minor,
      sum(authorizations, 'held_minor'),
    ],
  ]
  const faults = pairs.flatMap(([what, here, there]) =>
    here === there ? [] : [`${what} ${here} here, ${there} at the acquirer`],
  )
  const live = authorizations.filter((entry) => entry.held_minor > 0 || entry.captured_minor > 0)
  if (live.length > 1) faults.push(`${live.length} live authorizations`)
  return faults
}

/** What was given up was never in our books; at the acquirer its settlement is on its way back. */
function faultsOfSettlement({ payment, operations, authorizations }: PaymentAccount): string[] {
  if (payment.captured_minor === 0) return []
  const [dispute] = authorizations.flatMap((entry) => entry.dispute ?? [])
  const pairs: [what: string, here: unknown, there: unknown][] = [
    ['settled', moved(operations, 'settled_at'), sum(authorizations, 'settled_minor')],
    ['paid out', moved(operations, 'paid_out_at'), sum(authorizations, 'paid_out_minor')],
    ['dispute', payment.dispute?.state ?? null, dispute?.state ?? null],
    ['disputed', payment.dispute?.amountMinor ?? 0, dispute?.amount_minor ?? 0],
  ]
  return pairs.flatMap(([what, here, there]) =>
    here === there ? [] : [`${what} ${here} here, ${there} at the acquirer`],
  )
}

/** Captured less refunded, as far as the acquirer has reported it. */
function moved(operations: Json[], when: 'settled_at' | 'paid_out_at'): number {
  const done = operations.filter((operation) => operation[when] !== null)
  const refunds = done.filter((operation) => operation.kind === 'refund')
  return sum(done, 'amount_minor') - 2 * sum(refunds, 'amount_minor')
}

function faultsOfState({ payment, authorizations }: PaymentAccount): string[] {
  const [held, captured] = [sum(authorizations, 'held_minor'), sum(authorizations, 'captured_minor')]
  const isGivenUp = ['failed', 'canceled', 'expired'].includes(payment.state)
  const faults: string[] = []
  if (isGivenUp && held + captured > 0)
    faults.push(`${payment.state}, but the acquirer has ${held} held, ${captured} captured`)
  if ((payment.state === 'captured') !== captured > 0)
    faults.push(`${payment.state}, but ${captured} captured at the acquirer`)
  if (payment.state === 'authorized' && held === 0) faults.push('authorized, but the acquirer holds nothing')
  return faults
}
