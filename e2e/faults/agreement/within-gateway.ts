import type { Json } from '../../harness/api.ts'
import type { Check, Disagreement } from './disagreement.ts'

const settledStates = ['authorized', 'captured', 'failed', 'canceled', 'expired']

export const nothingIsStuck: Check = (books) => [
  ...books.payments.flatMap((payment) => {
    const reserved = payment.capturing_minor + payment.reversing_minor + payment.refunding_minor
    const isSettled = settledStates.includes(payment.state) && reserved === 0
    return isSettled
      ? []
      : [{ order: payment.external_id, what: `${payment.payment_id} is ${payment.state}, ${reserved} reserved` }]
  }),
  ...all(
    books.operations.filter((operation) => !['approved', 'declined'].includes(operation.state)),
    (operation) => `operation ${operation.operation_id} is still ${operation.state}`,
  ),
  ...books.payments
    .filter(
      (payment) =>
        payment.captured_minor !== payment.settled_minor || payment.captured_minor !== payment.paid_out_minor,
    )
    .map((payment) => ({ order: payment.external_id, what: `${payment.payment_id} is not paid out` })),
  ...all(books.cardSettlements, (row) => `the fate of ${row.card_id} is not settled`),
  ...all(books.permits, (permit) => `${permit.attempt_id} could still be sent`),
]

/** Double entry, against the payments' own amounts. All is settled and paid out by now, so it says where the money is as well. */
export const ledgerAddsUp: Check = ({ ledgerEntries, payments }) => {
  const disagreements: Disagreement[] = []
  for (const [currency, entries] of Map.groupBy(ledgerEntries, (entry) => entry.currency)) {
    const total = sum(entries)
    if (total !== 0) disagreements.push({ order: null, what: `the ledger in ${currency} sums to ${total}` })
  }
  const entriesOf = Map.groupBy(ledgerEntries, (entry) => entry.payment_id)
  for (const payment of payments) {
    const own = entriesOf.get(payment.payment_id) ?? []
    for (const [account, expected] of Object.entries(expectedBalances(payment))) {
      const booked = sum(own.filter((entry) => entry.account === account))
      if (booked === expected) continue
      const what = `${payment.payment_id}: ${account} must be ${expected}, and is ${booked} in the ledger`
      disagreements.push({ order: payment.external_id, what })
    }
  }
  return disagreements
}

function expectedBalances(payment: Json): Record<string, number> {
  const kept = payment.captured_minor - payment.refunded_minor
  const isOpen = payment.dispute?.state === 'open'
  const isLost = payment.dispute?.state === 'lost'
  return {
    acquirer_receivable: 0,
    acquirer_settled: 0,
    merchant_balance: kept - payment.disputed_minor,
    dispute_reserve: isOpen ? payment.disputed_minor : 0,
    merchant_payable: (isLost ? payment.disputed_minor : 0) - kept,
  }
}

export const eventsAreComplete: Check = ({ payments, events, deliveries, received }) => {
  const byPayment = Map.groupBy(events, (event) => event.payment_id)
  const undelivered = new Set(
    deliveries.filter(({ state }) => state !== 'delivered').map((delivery) => delivery.event_id),
  )
  const told = events.filter((event) => event.public_sequence !== null)
  return [
    ...payments.flatMap((payment) => {
      const faults = faultsOfEvents(payment, byPayment.get(payment.payment_id) ?? [])
      return faults.map((what) => ({ order: payment.external_id, what: `${payment.payment_id}: ${what}` }))
    }),
    ...faultsOfFeed(events),
    ...all(
      told.filter((event) => undelivered.has(event.event_id)),
      (event) => `${event.event_id} is not delivered`,
    ),
    ...all(
      told.filter((event) => !received.has(event.event_id)),
      (event) => `${event.event_id} never reached the receiver`,
    ),
  ]
}

const outcomes = {
  captured: 'payment.succeeded',
  failed: 'payment.failed',
  canceled: 'payment.canceled',
  expired: 'payment.canceled',
}

function faultsOfEvents(payment: Json, own: Json[]): string[] {
  const types = own.map((event) => event.type)
  const faults: string[] = []
  if (own.some((event, index) => event.sequence !== index))
    faults.push(`event sequences ${own.map((each) => each.sequence)}`)
  const shown = own.flatMap((event) => event.public_sequence ?? [])
  if (shown.some((sequence, index) => sequence !== index + 1)) faults.push(`public sequences ${shown}`)
  if (own.length !== payment.last_sequence + 1)
    faults.push(`${own.length} events, the last is ${payment.last_sequence}`)
  for (const once of [
    'payment.created',
    'payment.authorized',
    'payment.succeeded',
    'payment.failed',
    'payment.canceled',
    'payment.chargeback',
  ]) {
    if (types.indexOf(once) !== types.lastIndexOf(once)) faults.push(`${once} told twice`)
  }
  const expected = outcomes[payment.state as keyof typeof outcomes]
  if (expected !== undefined && !types.includes(expected))
    faults.push(`${payment.state}, but ${expected} was never told`)
  for (const other of ['payment.succeeded', 'payment.failed', 'payment.canceled']) {
    if (expected !== undefined && other !== expected && types.includes(other))
      faults.push(`${payment.state}, but ${other} was told`)
  }
  return faults
}

/** Places in a merchant's feed have no gaps; there is one merchant here. What `v1` does not show has none. */
function faultsOfFeed(events: Json[]): Disagreement[] {
  const told = events.filter((event) => event.public_sequence !== null)
  const places = told.map((event) => event.feed_position).sort((left, right) => left - right)
  const gap = places.findIndex((place, index) => place !== index + 1)
  return gap === -1 ? [] : [{ order: null, what: `place ${gap + 1} of the event feed is ${places[gap]}` }]
}

export const savedCardsAgree: Check = ({ paymentMethods, vaultCards, forgottenCards }) => {
  const stateOf = new Map(vaultCards.map((card) => [card.card_id, card.state]))
  const referred = new Set(paymentMethods.map((method) => method.card_id))
  return [
    ...all(
      paymentMethods.filter(({ card_id }) => stateOf.get(card_id) !== 'active' && !forgottenCards.has(card_id)),
      (method) => `${method.payment_method_id} refers to a card that is ${stateOf.get(method.card_id)}`,
    ),
    ...all(
      vaultCards.filter(
        ({ card_id, state }) => state !== 'erased' && !referred.has(card_id) && !forgottenCards.has(card_id),
      ),
      (card) => `${card.card_id} is ${card.state} in the vault, and nobody refers to it`,
    ),
  ]
}

const sum = (entries: Json[]): number => entries.reduce((total, entry) => total + entry.amount_minor, 0)
const all = (rows: Json[], what: (row: Json) => string): Disagreement[] =>
  rows.map((row) => ({ order: null, what: what(row) }))
