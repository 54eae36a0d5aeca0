import { type Call, type Callers, fieldsOf } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'

/** Requests that are wrong, each with a card number in it; every one must be refused. */
export const wrongBodies = { toVault, toGateway }

type Wrong = [name: string, request: (card: MarkedCard) => Partial<Call>]

/** In the names of the paths on which a number came inside of a text: of a header, an address, or any member but a card's. */
export const textMark = ': text:'
export const textPrefix = `gateway${textMark}`

const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const asJson = (card: MarkedCard) => JSON.stringify({ card: fieldsOf(card) })

const vaultCases: Wrong[] = [
  ['cut off in the middle', (card) => ({ body: asJson(card).slice(0, -9) })],
  ['with a comma too many', (card) => ({ body: asJson(card).replace('}}', ',}}') })],
  ['as a JSON number', (card) => ({ body: asJson(card).replace(`"${card.number}"`, card.number) })],
  [
    'with the number named twice',
    (card) => ({ body: asJson(card).replace('{"card":{', `{"card":{"number":"${card.number}",`) }),
  ],
  ['of last year', (card) => ({ body: { card: { ...fieldsOf(card), exp_year: 2020 } } })],
  ['without a security code', (card) => ({ body: { card: { ...fieldsOf(card), cvc: undefined } } })],
  [
    'in the holder’s name',
    (card) => ({ body: { card: { ...fieldsOf(card), number: '4', cardholder_name: card.number } } }),
  ],
  ['in a field that nobody knows', (card) => ({ body: { pan: card.number, cvc: card.cvc } })],
  ['as a form', (card) => ({ ...form, body: `number=${card.number}&cvc=${card.cvc}` })],
  ['in a body that is too large', (card) => ({ body: { card: fieldsOf(card), filler: 'x'.repeat(70_000) } })],
  [
    'with a key that nobody has',
    (card) => ({ body: asJson(card), headers: { authorization: 'Bearer pk_test_nobody' } }),
  ],
  ['to a path that does not exist', (card) => ({ body: asJson(card), path: '/v1/cards' })],
  ['text: in the query', (card) => ({ body: {}, path: `/v1/tokens?number=${card.number}&cvc=${card.cvc}` })],
  [
    'in bytes that are no UTF-8',
    (card) => ({ body: Buffer.from(`${asJson(card).slice(0, -2)},"x":"\xff"}}`, 'latin1') }),
  ],
]

async function toVault(marks: Marks, callers: Callers): Promise<void> {
  for (const [name, request] of vaultCases) {
    const answer = await callers.toVault({ path: '/v1/tokens', ...request(marks.card(`vault: ${name}`)) })
    if (answer.status < 400) throw new Error(`the vault took a card ${name}: ${answer.text}`)
  }
}

const pay = { amount: 3, currency: 'USD' }

/** A card that comes as one: refused before any parser sees it, and wiped. */
const gatewayCards: Wrong[] = [
  ['as an object', (card) => ({ body: { ...pay, card: fieldsOf(card) } })],
  ['as an object, deep down', (card) => ({ body: { ...pay, payment: { method: { card: fieldsOf(card) } } } })],
  ['as a number of its own', (card) => ({ body: { ...pay, card_number: card.number, cvc: card.cvc } })],
  ['as a form', (card) => ({ ...form, body: `card[number]=${card.number}&card[cvc]=${card.cvc}` })],
  ['as plain text', (card) => ({ body: `charge ${card.number}`, headers: { 'content-type': 'text/plain' } })],
  ['in JSON that is cut off', (card) => ({ body: JSON.stringify({ ...pay, card: fieldsOf(card) }).slice(0, -9) })],
  [
    'with a key that nobody has',
    (card) => ({ body: { card: fieldsOf(card) }, headers: { authorization: 'Bearer no' } }),
  ],
  ['to a path that does not exist', (card) => ({ body: { card: fieldsOf(card) }, path: '/v1/cards' })],
  ['to the path of tokens', (card) => ({ body: { card: fieldsOf(card) }, path: '/v1/tokens' })],
  ['last of all', (card) => ({ body: { card: fieldsOf(card) } })],
]

const texts = ['external_id', 'product_name', 'name', 'email', 'tel', 'customer_id', 'flow_id', 'return_url', 'token']
const endpoints = '/v1/webhook_endpoints'

/** A number in the midst of something else: it is read as text, which cannot be wiped, and must go no further. */
const gatewayTexts: Wrong[] = [
  ...texts.map((field): Wrong => [`as ${field}`, (card) => ({ body: { ...pay, [field]: card.number } })]),
  [
    'as external_id, grouped',
    (card) => ({ body: { ...pay, external_id: card.number.replace(/(.{4})(?=.)/g, '$1-') } }),
  ],
  ['in metadata', (card) => ({ body: { ...pay, metadata: { note: `card ${card.number}` } } })],
  ['as a key of metadata', (card) => ({ body: { ...pay, metadata: { [card.number]: 1 } } })],
  ['as a number in metadata', (card) => ({ body: { ...pay, metadata: { note: Number(card.number) } } })],
  ['as the saved card', (card) => ({ body: { ...pay, payment_method_id: card.number } })],
  ['as the idempotency key', (card) => ({ body: pay, headers: { 'idempotency-key': card.number } })],
  ['as the reason of a refund', (card) => ({ body: { reason: card.number }, path: '/v1/payments/tx_0/refund' })],
  ['in the path of a payment', (card) => ({ body: {}, path: `/v1/payments/${card.number}/capture` })],
  ['in a query', (card) => ({ method: 'GET', path: `/v1/payments?external_id=${card.number}` })],
  ['in the path of a customer', (card) => ({ method: 'GET', path: `/v1/customers/${card.number}/payment-methods` })],
  ['in the URL of an endpoint', (card) => ({ body: { url: `http://127.0.0.1:9/${card.number}` }, path: endpoints })],
  ['as its description', (card) => ({ body: { url: 'https://a.example', description: card.number }, path: endpoints })],
]

async function toGateway(marks: Marks, callers: Callers): Promise<void> {
  for (const [name, request] of gatewayTexts) {
    await callers.toGateway({ path: '/v1/payments', ...request(marks.card(`${textPrefix} ${name}`)) })
  }
  for (const [name, request] of gatewayCards) {
    const answer = await callers.toGateway({ path: '/v1/payments', ...request(marks.card(`gateway: ${name}`)) })
    if (answer.status < 400) throw new Error(`the gateway took a card ${name}: ${answer.text}`)
  }
}
