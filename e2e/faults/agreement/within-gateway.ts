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
  ...all(books.cardSettlements, (row) => `the fate of ${row.card_id} is not settled`),
  ...all(books.permits, (permit) => `${permit.attempt_id} could still be sent`),
]

/** Double entry, against the payments' own amounts. */
export const ledgerAddsUp: Check = ({ ledgerEntries, payments }) => {
  const disagreements: Disagreement[] = []
  for (const [currency, entries] of Map.groupBy(ledgerEntries, (entry) => entry.currency)) {
    const total = sum(entries)
    if (total !== 0) disagreements.push({ order: null, what: `the ledger in ${currency} sums to ${total}` })
  }
  const earned = Map.groupBy(
    ledgerEntries.filter((entry) => entry.account === 'merchant_payable'),
    (entry) => entry.payment_id,
  )
  for (const payment of payments) {
    const expected = payment.captured_minor - payment.refunded_minor
    const booked = 0 - sum(earned.get(payment.payment_id) ?? [])
    if (booked !== expected) {
      disagreements.push({
        order: payment.external_id,
        what: `${payment.payment_id}: ${expected} earned, ${booked} in the ledger`,
      })
    }
  }
  return disagreements
}

export const eventsAreComplete: Check = ({ payments, events, deliveries, received }) => {
  const byPayment = Map.groupBy(events, (event) => event.payment_id)
  const undelivered = new Set(
    deliveries.filter(({ state }) => state !== 'delivered').map((delivery) => delivery.event_id),
  )
  const told = events.filter((event) => event.type !== 'payment.created')
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
  if (own.length !== payment.last_sequence + 1)
    faults.push(`${own.length} events, the last is ${payment.last_sequence}`)
  for (const once of [
    'payment.created',
    'payment.authorized',
    'payment.succeeded',
    'payment.failed',
    'payment.canceled',
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

/** Places in a merchant's feed have no gaps; there is one merchant here. `payment.created`, number 0, has none. */
function faultsOfFeed(events: Json[]): Disagreement[] {
  const told = events.filter((event) => event.sequence > 0)
  const places = told.map((event) => event.feed_position).sort((left, right) => left - right)
  const gap = places.findIndex((place, index) => place !== index + 1)
  return gap === -1 ? [] : [{ order: null, what: `place ${gap + 1} of the event feed is ${places[gap]}` }]
}

export const savedCardsAgree: Check = ({ paymentMethods, vaultCards }) => {
  const stateOf = new Map(vaultCards.map((card) => [card.card_id, card.state]))
  const referred = new Set(paymentMethods.map((method) => method.card_id))
  return [
    ...all(
      paymentMethods.filter((method) => stateOf.get(method.card_id) !== 'active'),
      (method) => `${method.payment_method_id} refers to a card that is ${stateOf.get(method.card_id)}`,
    ),
    ...all(
      vaultCards.filter((card) => card.state !== 'erased' && !referred.has(card.card_id)),
      (card) => `${card.card_id} is ${card.state} in the vault, and nobody refers to it`,
    ),
  ]
}

const sum = (entries: Json[]): number => entries.reduce((total, entry) => total + entry.amount_minor, 0)
const all = (rows: Json[], what: (row: Json) => string): Disagreement[] =>
  rows.map((row) => ({ order: null, what: what(row) }))
