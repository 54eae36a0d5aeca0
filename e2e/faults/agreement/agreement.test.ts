import { describe, expect, it } from 'vitest'
import type { Json } from '../../harness/api.ts'
import type { Books } from '../books.ts'
import { findDisagreements, promises } from './promises.ts'

/** A payment of 17.62, of which 10.00 was captured and 2.00 refunded; settled and paid out, and 5.00 of it disputed. */
const booksThatAgree = (): Books => ({
  orders: [
    {
      name: 'order-1',
      amountMinor: 1762,
      transactionId: 'tx_1',
      requests: [
        { ...aRequest('create'), answers: [{ status: 201, json: { transaction_id: 'tx_1', status: 'authorized' } }] },
        {
          ...aRequest('capture'),
          answers: [{ status: 200, json: { status: 'completed', amount: 10, amount_captured: '10.00' } }],
        },
        {
          ...aRequest('refund'),
          answers: [
            { status: 200, json: { id: 'orf_1', transaction_id: 'tx_1', status: 'succeeded', amount: '2.00' } },
          ],
        },
      ],
    },
  ],
  acquirer: [
    {
      type: 'authorization',
      reference: 'att_1',
      status: 'approved',
      amount_minor: 1762,
      captured_minor: 1000,
      refunded_minor: 200,
      held_minor: 0,
      settled_minor: 800,
      paid_out_minor: 800,
      dispute: { id: 'dsp_1', state: 'open', amount_minor: 500 },
      operations: [
        { type: 'capture', reference: 'cap_1', status: 'succeeded', amount_minor: 1000 },
        { type: 'refund', reference: 'orf_1', status: 'succeeded', amount_minor: 200 },
      ],
    },
  ],
  payments: [
    {
      payment_id: '1',
      external_id: 'order-1',
      state: 'captured',
      authorized_minor: 1762,
      captured_minor: 1000,
      reversed_minor: 762,
      refunded_minor: 200,
      capturing_minor: 0,
      reversing_minor: 0,
      refunding_minor: 0,
      settled_minor: 1000,
      paid_out_minor: 1000,
      disputed_minor: 500,
      dispute: { disputeId: 'dsp_1', state: 'open', amountMinor: 500 },
      last_sequence: 5,
    },
  ],
  operations: [
    { ...anOperation('authorize', 'att_1', 1762), settled_at: null, paid_out_at: null },
    anOperation('capture', 'cap_1', 1000),
    anOperation('refund', 'orf_1', 200),
  ],
  ledgerEntries: [
    ...aPosting('merchant_payable', 'acquirer_receivable', 800),
    ...aPosting('acquirer_receivable', 'acquirer_settled', 800),
    ...aPosting('acquirer_settled', 'merchant_balance', 800),
    ...aPosting('merchant_balance', 'dispute_reserve', 500),
  ],
  events: eventTypes.map(([type, publicSequence], sequence) => ({
    payment_id: '1',
    sequence,
    public_sequence: publicSequence,
    type,
    event_id: `evt_${sequence}`,
    feed_position: publicSequence,
  })),
  deliveries: [1, 2, 3, 5].map((sequence) => ({ event_id: `evt_${sequence}`, state: 'delivered' })),
  paymentMethods: [{ payment_method_id: 'pmi_1', card_id: 'card_1' }],
  cardSettlements: [],
  vaultCards: [
    { card_id: 'card_1', state: 'active' },
    { card_id: 'card_2', state: 'erased' },
  ],
  forgottenCards: new Set(),
  permits: [],
  shown: new Map([['tx_1', { id: 'tx_1', status: 'partially_refunded' }]]),
  received: new Set(['evt_1', 'evt_2', 'evt_3', 'evt_5']),
})

const eventTypes: [type: string, publicSequence: number | null][] = [
  ['payment.created', null],
  ['payment.authorized', 1],
  ['payment.succeeded', 2],
  ['payment.refunded', 3],
  ['payment.settled', null],
  ['payment.chargeback', 4],
]

const aRequest = (what: 'create' | 'capture' | 'refund') => ({ what, path: '', body: {}, key: what })

function anOperation(kind: string, operation_id: string, amount_minor: number): Json {
  return {
    payment_id: '1',
    kind,
    operation_id,
    amount_minor,
    state: 'approved',
    acquirer_reference: `ref_${operation_id}`,
    settled_at: '1',
    paid_out_at: '2',
  }
}

function aPosting(from: string, to: string, amount_minor: number): Json[] {
  const head = { payment_id: '1', currency: 'usd' }
  return [
    { ...head, account: to, amount_minor },
    { ...head, account: from, amount_minor: -amount_minor },
  ]
}

const [acquirer, word, stuck, ledger, events, cards] = Object.keys(promises) as [
  string,
  string,
  string,
  string,
  string,
  string,
]

/** What could go wrong, planted one at a time: which promise must be found broken. */
const plants: [what: string, promise: string, plant: (books: Books) => void][] = [
  ['charged twice', acquirer, ({ acquirer }) => acquirer.push({ ...acquirer[0], reference: 'att_2', operations: [] })],
  ['a reference used twice', acquirer, ({ acquirer }) => acquirer.push(acquirer[0])],
  ['an authorization that the gateway does not know', acquirer, ({ operations }) => operations.shift()],
  ['an approval that the acquirer does not know', acquirer, (books) => (books.acquirer = [])],
  ['shown as failed although it succeeded', acquirer, ({ payments }) => (payments[0].state = 'failed')],
  ['shown as captured although it is only held', acquirer, ({ acquirer: [entry] }) => hold(entry)],
  ['an amount that differs', acquirer, ({ acquirer: [entry] }) => (entry.operations[0].amount_minor = 999)],
  ['a refund that the acquirer refused', acquirer, ({ acquirer: [entry] }) => (entry.operations[1].status = 'refused')],
  ['a refund that only the acquirer knows', acquirer, ({ acquirer: [entry] }) => (entry.refunded_minor = 400)],
  ['money that is still held', acquirer, ({ acquirer: [entry] }) => (entry.held_minor = 762)],
  ['two live authorizations', acquirer, secondAuthorization],
  ['a settlement that only the acquirer knows', acquirer, ({ operations }) => (operations[1].settled_at = null)],
  ['a payout that the acquirer does not know', acquirer, ({ acquirer: [entry] }) => (entry.paid_out_minor = -200)],
  ['a dispute that only the acquirer knows', acquirer, ({ payments }) => (payments[0].dispute = null)],
  ['a dispute that ended otherwise', acquirer, ({ acquirer: [entry] }) => (entry.dispute.state = 'lost')],
  ['an acknowledged payment that is lost', word, (books) => Object.assign(books, { payments: [], shown: new Map() })],
  ['two payments for one key', word, ({ payments }) => payments.push({ ...payments[0], payment_id: '2' })],
  ['an approval that became a failure', word, ({ shown }) => (shown.get('tx_1').status = 'failed')],
  ['a cancellation that nobody asked for', word, ({ shown }) => (shown.get('tx_1').status = 'canceled')],
  ['an acknowledged refund that is gone', word, ({ operations }) => operations.pop()],
  ['an acknowledged capture that is gone', word, ({ operations }) => operations.splice(1, 1)],
  [
    'a payment whose shop was told that there is none',
    word,
    ({ orders }) =>
      Object.assign(orders[0]?.requests[0] ?? {}, { answers: [{ status: 400, json: { error: { code: 'x' } } }] }),
  ],
  ['a payment that the API does not list', word, ({ shown }) => shown.clear()],
  ['an operation in doubt', stuck, ({ operations }) => (operations[2].state = 'unknown')],
  ['an amount that stays reserved', stuck, ({ payments }) => (payments[0].capturing_minor = 1)],
  ['a payment without an end', stuck, ({ payments }) => (payments[0].state = 'processing')],
  ['a capture that is never paid out', stuck, ({ payments }) => (payments[0].paid_out_minor = 0)],
  ['an authorization that could still be sent', stuck, ({ permits }) => permits.push({ attempt_id: 'att_9' })],
  ['a posting with one side', ledger, ({ ledgerEntries }) => ledgerEntries.pop()],
  ['a settlement that was not booked', ledger, ({ ledgerEntries }) => ledgerEntries.splice(2, 2)],
  ['a dispute that was not booked', ledger, ({ ledgerEntries }) => ledgerEntries.splice(6, 2)],
  ['a posting twice', ledger, ({ ledgerEntries }) => ledgerEntries.push(...ledgerEntries)],
  ['an event that is missing', events, (books) => books.events.splice(1, 1)],
  ['a gap that v1 sees', events, ({ events }) => (events[3].public_sequence = 5)],
  [
    'an event told twice',
    events,
    (books) => books.events.splice(3, 1, { ...books.events[3], type: 'payment.succeeded' }),
  ],
  ['an event that contradicts the outcome', events, (books) => (books.events[3].type = 'payment.failed')],
  ['an event that never arrived', events, ({ received }) => received.delete('evt_2')],
  ['an event without a place in the feed', events, (books) => (books.events[2].feed_position = null)],
  ['a saved card that was erased', cards, ({ vaultCards }) => (vaultCards[0].state = 'erased')],
  ['a card in the vault that nobody refers to', cards, ({ vaultCards }) => (vaultCards[1].state = 'active')],
  ['a card that was never activated', cards, ({ vaultCards }) => (vaultCards[0].state = 'provisional')],
]

function hold(entry: Json): void {
  Object.assign(entry, { captured_minor: 0, refunded_minor: 0, held_minor: 1762, operations: [] })
}

function secondAuthorization(books: Books): void {
  books.operations.push(anOperation('authorize', 'att_2', 1762))
  books.acquirer.push({ ...books.acquirer[0], reference: 'att_2', operations: [] })
}

const broken = (books: Books): string[] =>
  Object.entries(findDisagreements(books)).flatMap(([promise, found]) => (found.length > 0 ? [promise] : []))

it('books that agree break no promise', () => expect(broken(booksThatAgree())).toEqual([]))

describe('is found', () => {
  for (const [what, promise, plant] of plants) {
    it(what, () => {
      const books = booksThatAgree()
      plant(books)
      expect(broken(books)).toContain(promise)
    })
  }
})
