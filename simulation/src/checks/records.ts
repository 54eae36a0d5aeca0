import type { Promised } from '../world/forgetful-shop.ts'
import type { Received } from '../world/receivers.ts'
import type { Books, EventRow } from './books.ts'
import type { Found } from './violation.ts'

const terminal = new Set(['failed', 'canceled', 'expired'])

/** Ledger, events and deliveries: each tells the same story as the payments. */
export function checkRecords(books: Books, received: readonly Received[], found: Found): void {
  checkLedger(books, found)
  for (const payment of books.payments) {
    const events = books.events.filter((event) => event.payment_id === payment.payment_id)
    if (events.length !== payment.last_sequence + 1) {
      found('every change has its event', `${payment.payment_id}: ${events.length} of ${payment.last_sequence + 1}`)
    }
    checkEvents(payment.payment_id, events, found)
  }
  checkFeed(books.events, found)
  checkDeliveries(books, received, found)
}

/** What was asked for again came again, whatever became of the delivery that was under way. */
export function checkPromised(promised: readonly Promised[], received: readonly Received[], found: Found): void {
  for (const { eventId, url, askedAtMs } of promised) {
    const isThere = received.some((each) => each.eventId === eventId && each.url === url && each.atMs > askedAtMs)
    if (!isThere) found('what is asked for again comes again', `${eventId} at ${url}`)
  }
}

function checkLedger({ ledger, payments }: Books, found: Found): void {
  const sums = new Map<string, number>()
  const add = (name: string, amount: number) => sums.set(name, (sums.get(name) ?? 0) + amount)
  for (const { operation_id, payment_id, account, currency, amount_minor } of ledger) {
    add(`operation ${operation_id} ${currency}`, amount_minor)
    if (account === 'merchant_payable') add(payment_id, -amount_minor)
  }
  for (const [name, sum] of sums) {
    if (name.startsWith('operation ') && sum !== 0) found('the ledger sums to zero', `${name}: ${sum}`)
  }
  for (const { payment_id, amounts, dispute } of payments) {
    const earned = sums.get(payment_id) ?? 0
    const lost = dispute?.state === 'lost' ? amounts.disputed : 0
    const expected = amounts.captured - amounts.refunded - lost
    if (earned !== expected) found('the ledger agrees with the amounts', `${payment_id}: ${earned}, not ${expected}`)
  }
}

function checkEvents(id: string, events: EventRow[], found: Found): void {
  let publicSequence = 0
  let over: string | null = null
  events.forEach((event, index) => {
    if (event.sequence !== index) found('events have no gaps', `${id} at ${index}`)
    if (event.public_sequence !== null) {
      publicSequence += 1
      if (event.public_sequence !== publicSequence) found('public events have no gaps', `${id} at ${publicSequence}`)
    }
    if (over !== null && event.state !== over) found('what is over stays over', `${id}: ${over}, then ${event.state}`)
    if (terminal.has(event.state)) over = event.state
  })
  const paid = events.filter(({ type }) => type === 'payment.succeeded').length
  if (paid > 1) found('a payment succeeds once', id)
}

function checkFeed(events: EventRow[], found: Found): void {
  const places = events.flatMap(({ position }) => (position === null ? [] : [position])).sort((a, b) => a - b)
  if (places.some((place, index) => place !== index + 1)) found('the feed has no gaps', places.join(' '))
  for (const { event_id, public_sequence, position } of events) {
    if ((public_sequence === null) !== (position === null)) found('every public event is in the feed', event_id)
  }
}

function checkDeliveries(books: Books, received: readonly Received[], found: Found): void {
  const bodies = new Map<string, string>()
  for (const { url, eventId, body, isSigned } of received) {
    if (!isSigned) found('every webhook is signed', `${eventId} at ${url}`)
    const name = `${url} ${eventId}`
    if (bodies.has(name) && bodies.get(name) !== body) found('a webhook says the same each time', name)
    bodies.set(name, body)
    if (!books.events.some((event) => event.event_id === eventId)) found('no webhook without its event', name)
  }
  for (const { event_id, url, state } of books.deliveries) {
    if (!bodies.has(`${url} ${event_id}`))
      found('every event reaches its receiver', `${event_id} at ${url} is ${state}`)
  }
  const urls = new Set(books.deliveries.map(({ url }) => url))
  for (const event of books.events.filter(({ public_sequence }) => public_sequence !== null)) {
    const reached = books.deliveries.filter(({ event_id }) => event_id === event.event_id).length
    if (reached === 0 && urls.size > 0) found('every public event has its deliveries', event.event_id)
  }
}
