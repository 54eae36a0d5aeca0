import type { Acquirer } from '../harness/acquirer.ts'
import type { Answer } from '../harness/api.ts'
import { freshDeclinedNumber } from '../harness/cards.ts'
import { anOrder } from '../harness/server-payments.ts'
import { until } from '../harness/until.ts'
import { type Call, type Callers, oneCallBody } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'

/** Cards that come to the card host with the payment itself, whose rest goes on to the gateway. */
export async function sendInOneCall(marks: Marks, callers: Callers, acquirer: Acquirer): Promise<void> {
  const paid = await callers.payInOneCall(marks.card('one call: success'))
  expectStatus(paid, 'CHECKOUT_SUCCESS')
  await callers.toGateway({ path: `/api/payment/${paid.json.id}/refund`, body: { reason: 'wrong size' } })

  const grouped = marks.card('one call: grouped by dashes')
  const number = grouped.number.replace(/(.{4})(?=.)/g, '$1-')
  expectStatus(await callers.payInOneCall(grouped, { body: oneCallBody(grouped, { number }) }), 'CHECKOUT_SUCCESS')

  const escaped = marks.card('one call: written in escapes')
  const body = JSON.stringify(oneCallBody(escaped, { number: '?' })).replace('?', asEscapes(escaped.number))
  expectStatus(await callers.payInOneCall(escaped, { body }), 'CHECKOUT_SUCCESS')

  const declined = await callers.payInOneCall(marks.card('one call: declined', freshDeclinedNumber()))
  expectStatus(declined, 'PAYMENT_FAILED')

  const waiting = marks.card('one call: confirmed later')
  const created = await callers.payInOneCall(waiting, { body: oneCallBody(waiting, {}, { autoConfirm: false }) })
  expectStatus(created, 'INITIATION')
  expectStatus(
    await callers.toGateway({ path: `/api/server/payment/${created.json.id}/confirm`, body: {} }),
    'CHECKOUT_SUCCESS',
  )
  const left = marks.card('one call: never confirmed')
  await callers.payInOneCall(left, { body: oneCallBody(left, {}, { autoConfirm: false }) })

  const saved = marks.card('one call: saved')
  await callers.payInOneCall(saved, { body: oneCallBody(saved, {}, { savePaymentMethod: true }) })
  await until(() => paysWithSavedCard(callers), { withinMs: 30_000, what: 'the saved card to be chargeable' })

  await repeatInOneCall(marks, callers)
  await doubtInOneCall(marks, callers, acquirer)
}

async function paysWithSavedCard(callers: Callers): Promise<boolean> {
  const { json } = await callers.payInOneCallAtGateway({ body: anOrder(1_763, { useCustomerPaymentMethod: true }) })
  return json.status === 'CHECKOUT_SUCCESS'
}

/** Each repetition is another token, which nobody uses. */
async function repeatInOneCall(marks: Marks, callers: Callers): Promise<void> {
  const headers = { 'idempotency-key': 'one-call' }
  const [card, other] = [marks.card('one call: repeated'), marks.card('one call: under the key of another')]
  for (let count = 0; count < 3; count += 1) {
    expectStatus(await callers.payInOneCall(card, { headers }), 'CHECKOUT_SUCCESS')
  }
  expectRefused('under the key of another', await callers.payInOneCall(other, { headers }))
}

async function doubtInOneCall(marks: Marks, callers: Callers, acquirer: Acquirer): Promise<void> {
  for (const kind of ['reset_after', 'http_500_after', 'garbage_after']) {
    const card = marks.card(`one call, doubt: ${kind}`)
    await acquirer.faults([{ match: { last4: card.number.slice(-4) }, fault: { kind }, times: 1 }])
    await callers.payInOneCall(card)
  }
}

type Wrong = [name: string, request: (card: MarkedCard) => Partial<Call>]

const textOf = (card: MarkedCard): string => JSON.stringify(oneCallBody(card))
const withText = (field: string) => (card: MarkedCard) => ({ body: anOrder(1_762, { [field]: `x ${card.number}` }) })

/** Every one is to be refused, and none is to reach the gateway: neither as a card nor as a text. */
const atCardHost: Wrong[] = [
  ['that is wrong in its check digit', (card) => ({ body: oneCallBody(card, { number: `${card.number}0` }) })],
  ['of last year', (card) => ({ body: oneCallBody(card, { expYear: 2020 }) })],
  ['with a faulty order', (card) => ({ body: oneCallBody(card, {}, { products: [], currency: 'XXX' }) })],
  ['as a JSON number', (card) => ({ body: textOf(card).replace(`"${card.number}"`, card.number) })],
  ['as a text', (card) => ({ body: anOrder(1_762, { card: card.number }) })],
  ['as a list', (card) => ({ body: anOrder(1_762, { card: [{ number: card.number, cvc: card.cvc }] }) })],
  ['cut off in the middle', (card) => ({ body: textOf(card).slice(0, -30) })],
  ['named twice', (card) => ({ body: textOf(card).replace('"card":', `"card":{"number":"${card.number}"},"card":`) })],
  [
    'named twice, once in escapes',
    (card) => ({ body: textOf(card).replace('"card":', `"c\\u0061rd":{"number":"${card.number}"},"card":`) }),
  ],
  ['of another name', (card) => ({ body: anOrder(1_762, { creditCard: { number: card.number, cvc: card.cvc } }) })],
  ['in a deeper place', (card) => ({ body: anOrder(1_762, { payment: { card: { number: card.number } } }) })],
  ['beside another', (card) => ({ body: oneCallBody(card, { number: '4242424242424242' }, { note: card.number }) })],
  ['twice in one body', (card) => ({ body: oneCallBody(card, {}, { note: `00${card.number}00` }) })],
  ['in metadatas', (card) => ({ body: anOrder(1_762, { metadatas: { note: { deep: [card.number] } } }) })],
  ['as a key of metadatas', (card) => ({ body: anOrder(1_762, { metadatas: { [card.number]: 1 } }) })],
  ['as a number in metadatas', (card) => ({ body: anOrder(1_762, { metadatas: { note: Number(card.number) } }) })],
  [
    'in escapes in a text',
    (card) => ({ body: JSON.stringify(anOrder(1_762, { note: '?' })).replace('?', asEscapes(card.number)) }),
  ],
  ...['firstName', 'businessName', 'taxId', 'customerEmail', 'paymentMethodId', 'card_token', 'threeDsSuccessUrl'].map(
    (field): Wrong => [`as ${field}`, withText(field)],
  ),
  ['as a form', (card) => ({ body: `card[number]=${card.number}&card[cvc]=${card.cvc}`, ...form })],
  ['text: as the idempotency key', (card) => ({ body: anOrder(1_762), headers: { 'idempotency-key': card.number } })],
  ['with a key that nobody has', (card) => ({ body: oneCallBody(card), headers: { 'x-inflow-api-key': 'nobody' } })],
  ['to a path of the API host', (card) => ({ body: oneCallBody(card), path: '/api/payment' })],
  ['in a body that is too large', (card) => ({ body: oneCallBody(card, {}, { filler: 'x'.repeat(70_000) }) })],
  [
    'in bytes that are no UTF-8',
    (card) => ({ body: Buffer.from(`${textOf(card).slice(0, -1)},"x":"\xff"}`, 'latin1') }),
  ],
]

const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }

/** A card that comes as one: refused before any parser sees it, and wiped. */
const atApiHost: Wrong[] = [
  ['as an object', (card) => ({ body: oneCallBody(card) })],
  ['under a key in escapes', (card) => ({ body: textOf(card).replace('"card":', '"c\\u0061rd":') })],
  ['cut off in the middle', (card) => ({ body: textOf(card).slice(0, -30) })],
  ['with a forged signature', (card) => ({ body: oneCallBody(card), headers: { 'x-tessera-relay': 'forged' } })],
  ['with a key that nobody has', (card) => ({ body: oneCallBody(card), headers: { 'x-inflow-api-key': 'nobody' } })],
]

export async function wrongInOneCall(marks: Marks, callers: Callers): Promise<void> {
  for (const [name, request] of atCardHost) {
    const card = marks.card(`card host: ${name}`)
    const answer = await callers.payInOneCall(card, request(card))
    // What the vault adds is cut out of a body unread: the number goes no further, and the rest may be good.
    if (name !== 'as card_token') expectRefused(name, answer)
  }
  for (const [name, request] of atApiHost) {
    const card = marks.card(`API host: ${name}`)
    expectRefused(name, await callers.payInOneCallAtGateway(request(card)))
  }
}

function asEscapes(digits: string): string {
  return [...digits].map((digit) => `\\u003${digit}`).join('')
}

function expectStatus(answer: Answer, status: string): void {
  if (answer.json?.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`)
}

function expectRefused(name: string, answer: Answer): void {
  if (answer.status < 400) throw new Error(`a card ${name} was taken: ${answer.text}`)
}
